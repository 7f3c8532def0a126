"""Data of look recovery: film looks split by film, portraits with masks, drawing of sets."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.photos.search import photos_of

NUM_COLOR, NUM_GRAY = 12, 8  # reporting looks
LEAST_FACE_SCORE = 0.5
NUM_CLUSTERS = 3  # of `alike`
NUM_CONTENT = 8
_LEAST_SCALE = 1e-6
_ROUNDS = 30  # of k-means


class ColorLook(Protocol):
    """Interface of looks that are functions of color."""

    @property
    def name(self) -> str: ...
    @property
    def is_gray(self) -> bool: ...
    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Give the look to (..., 3) sRGB-encoded colors in [0, 1]."""
        ...


@dataclass(frozen=True)
class FilmLook:
    """A film look: a (33, 33, 33, 3) float32 table indexed [r, g, b], values in [0, 1]."""

    name: str
    family: str
    is_gray: bool
    table: np.ndarray

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Give the look to (..., 3) sRGB-encoded colors in [0, 1], by tetrahedral interpolation."""
        return interpolate(self.table, pixels)


@dataclass(frozen=True)
class Portraits:
    """Photos of one kind.

    Attributes:
        photos: each (H, W, 3) uint8.
        faces: (H, W) bool masks, or None without a reliable one.
        subjects: (H, W) uint8 masks, 255 on the subject, or None where there is none.
        features: (P, D) as `portrait_features` gives them.
        clusters: (P,) int, 0 to 2, by similar colors and backdrops.
    """

    photos: list[np.ndarray]
    faces: list[np.ndarray | None]
    subjects: list[np.ndarray | None]
    features: np.ndarray
    clusters: np.ndarray

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Return the distances of other portraits from the centers of the clusters.

        Args:
            features: (Q, D) of theirs; they are standardized as these portraits' were.

        Returns:
            (Q, 3); infinite where a cluster has no members.
        """
        scale = self.features.std(0) + _LEAST_SCALE
        distances = np.full((len(features), NUM_CLUSTERS), np.inf)
        for index in np.unique(self.clusters):
            center = self.features[self.clusters == index].mean(0)
            distances[:, index] = np.linalg.norm((features - center) / scale, axis=1)
        return distances


def interpolate(table: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Look colors up in an (S, S, S, 3) table indexed [r, g, b], tetrahedrally; (..., 3) float32."""
    size = len(table)
    scaled = np.clip(pixels.reshape(-1, 3), 0, 1).astype(np.float32) * (size - 1)
    base = np.minimum(scaled.astype(np.int32), size - 2)
    fraction = scaled - base
    order = np.argsort(-fraction, axis=1)
    sorted_fraction = np.take_along_axis(fraction, order, 1)
    strides = np.array([size * size, size, 1], np.int32)
    entries, index = table.reshape(-1, 3).astype(np.float32), base @ strides
    out = (1 - sorted_fraction[:, :1]) * entries[index]
    below = np.concatenate([sorted_fraction[:, 1:], np.zeros_like(sorted_fraction[:, :1])], 1)
    for step in range(3):
        index = index + strides[order[:, step]]
        out += (sorted_fraction - below)[:, step : step + 1] * entries[index]
    return out.reshape(pixels.shape)


def film_family(film: str) -> str:
    """Maker and film, without the speed, the process and the variant: all prints of a film are one family."""
    words = re.split(r"[\s_]+", film.strip())
    return " ".join([words[0], *(re.sub("[^a-z0-9]", "", word.lower()) for word in words[1:2])])


def read_looks(path: Path) -> list[FilmLook]:
    """Read an npz of (S, S, S, 3) uint8 tables indexed [b, g, r]; MANIFEST.csv beside it names film and kind."""
    manifest = path.parent / "MANIFEST.csv"
    rows = {row["name"]: row for row in csv.DictReader(manifest.open())} if manifest.exists() else {}
    looks = []
    with np.load(path, allow_pickle=False) as tables:
        for name in tables.files:
            table = np.ascontiguousarray(tables[name].transpose(2, 1, 0, 3)).astype(np.float32) / 255
            row = rows.get(name, {})
            gray = row["is_bw"] == "1" if "is_bw" in row else bool(np.ptp(table, axis=-1).max() < 0.02)
            looks.append(FilmLook(name, film_family(Path(row.get("path", name)).stem), gray, table))
    return looks


def split_looks(looks: list[FilmLook]) -> tuple[list[FilmLook], list[FilmLook]]:
    """Split by film into looks to choose by and looks to report: 12 in color and 8 in black-and-white.

    Films are ordered by the SHA-256 of their names; of each, the first and the last print by name are used.
    """
    reported: list[FilmLook] = []
    films: set[tuple[bool, str]] = set()
    for gray, wanted in ((False, NUM_COLOR), (True, NUM_GRAY)):
        taken: list[FilmLook] = []
        families = {look.family for look in looks if look.is_gray == gray}
        for family in sorted(families, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
            if len(taken) >= wanted:
                break
            prints = sorted((k for k in looks if k.family == family and k.is_gray == gray), key=lambda k: k.name)
            taken += prints[:1] if len(prints) == 1 else [prints[0], prints[-1]]
            films.add((gray, family))
        reported += taken[:wanted]
    return [look for look in looks if (look.is_gray, look.family) not in films], reported


def read_photo(path: Path, size: int) -> np.ndarray:
    """Read a photo as (H, W, 3) uint8, its longer side at most `size` pixels."""
    with Image.open(path) as image:
        image.thumbnail((size, size), Image.Resampling.BOX)
        return np.asarray(image.convert("RGB"))


def read_portraits(folder: str, masks: Path | None, size: int, subjects: Path | None = None) -> Portraits:
    """Read a kind of portraits.

    Args:
        folder: as `photos_of` takes it.
        masks: a folder of face masks named like the photos, SCORES.csv in the folder above it; or None.
        size: pixels of the longer side.
        subjects: a folder of subject masks named like the photos; or None.
    """
    paths = photos_of(folder)
    scores = _face_scores(masks)
    photos = [read_photo(path, size) for path in paths]
    shapes = [photo.shape[:2] for photo in photos]
    sure = [scores.get(path.stem, 0) >= LEAST_FACE_SCORE for path in paths]
    found = [
        read_mask(masks if use else None, path, shape) for path, shape, use in zip(paths, shapes, sure, strict=True)
    ]
    features = np.stack([portrait_features(photo) for photo in photos])
    standard = (features - features.mean(0)) / (features.std(0) + _LEAST_SCALE)
    return Portraits(
        photos,
        faces=[None if mask is None else mask >= 128 for mask in found],
        subjects=[read_mask(subjects, path, shape) for path, shape in zip(paths, shapes, strict=True)],
        features=features,
        clusters=cluster(standard, NUM_CLUSTERS),
    )


def read_mask(folder: Path | None, photo: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """Read the mask of a photo as (H, W) uint8; None where there is none, or it is empty.

    Args:
        folder: of PNG masks named like the photos; or None.
        photo: whose mask.
        shape: (H, W).
    """
    if folder is None or not (folder / f"{photo.stem}.png").exists():
        return None
    with Image.open(folder / f"{photo.stem}.png") as image:
        mask = np.asarray(image.convert("L").resize((shape[1], shape[0]), Image.Resampling.BOX))
    return mask if (mask >= 128).any() else None


def cluster(features: np.ndarray, count: int) -> np.ndarray:
    """k-means (Lloyd 1982): the cluster, 0 to count - 1, of each row of (P, D) features."""
    centers = features[np.random.default_rng(0).choice(len(features), count, replace=False)]
    nearest = np.zeros(len(features), int)
    for _ in range(_ROUNDS):
        nearest = ((features[:, None] - centers) ** 2).sum(-1).argmin(1)
        for index in range(count):
            if (nearest == index).any():
                centers[index] = features[nearest == index].mean(0)
    return nearest


def portrait_features(photo: np.ndarray) -> np.ndarray:
    """(12,): mean and spread in Lab of the photo and of its border, where the background is."""
    lab = srgb_to_lab(photo[::4, ::4])
    edge = max(1, lab.shape[1] // 8)
    border = np.concatenate([lab[:, :edge].reshape(-1, 3), lab[:, -edge:].reshape(-1, 3), lab[:edge].reshape(-1, 3)])
    parts = [lab.reshape(-1, 3), border]
    return np.concatenate([value for part in parts for value in (part.mean(0), part.std(0))])


def draw_people(
    portraits: Portraits,
    *,
    alike: bool,
    turn: int,
    count: int,
    num_content: int,
    seed: int,
    with_subject: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw different people for content and style; style sets of smaller counts are subsets of larger ones.

    Args:
        portraits: the kind.
        alike: from one of three clusters, which take turns; else from all.
        turn: number of the look.
        count: style people wanted; there are fewer where the cluster is small.
        num_content: content people.
        seed: same seed, same people.
        with_subject: only those whose subject mask is known.

    Returns:
        Indices of the content people and of the style people, disjoint.

    Raises:
        LearningError: there are no people to draw from.
    """
    usable = np.array([mask is not None for mask in portraits.subjects]) | (not with_subject)
    pool = np.flatnonzero(usable & ((portraits.clusters == turn % NUM_CLUSTERS) | (not alike)))
    if len(pool) < 2:
        raise LearningError("too few portraits to draw style and content from; give more photos, or their masks")
    people = np.random.Generator(np.random.PCG64([seed, turn, int(alike)])).permutation(pool)
    num_content = min(num_content, max(1, len(people) // 2))
    return people[:num_content], people[num_content : num_content + count]


def _face_scores(masks: Path | None) -> dict[str, float]:
    if masks is None:
        return {}
    table = masks.parent / "SCORES.csv"
    if not table.exists():
        return {path.stem: 1.0 for path in masks.iterdir()}
    return {Path(row["file"]).stem: float(row["face_score"]) for row in csv.DictReader(table.open())}
