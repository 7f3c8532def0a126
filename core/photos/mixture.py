"""Detection of folders with two kinds of photos: black-and-white and color, or two clearly different looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..color.lab import srgb_to_lab
from ..imaging.proxy import Proxy
from ..texts import Text, joined

_SIZE = 64
_NUM_TONES = 12
# Parts of a photo from its darkest to its lightest pixels, whose mean colors are features of a look.
_PARTS = ((0.0, 0.03), (0.15, 0.4), (0.6, 0.85), (0.97, 1.0))
# Linear discriminants of looks (Fisher 1936), in units of the deviation within a look. Fitted to 57 looks on
# 300 portraits each, half of them photographs.
_DIRECTIONS = np.array(
    [
        (0.3360, 0.2353, 0.0241),  # darkest L
        (-0.0044, -0.0215, -0.0058),  # median L
        (-0.0190, -0.0069, -0.0091),  # lightest L
        (-0.3563, 0.1616, 0.3250),  # darkest a
        (-0.1004, 0.1556, -0.2386),  # darkest b
        (0.0169, 0.0172, 0.0114),  # dark a
        (-0.0101, -0.0013, -0.0039),  # dark b
        (0.0135, -0.0222, 0.0180),  # light a
        (-0.0200, 0.0262, -0.0198),  # light b
        (-0.0641, 0.0273, -0.0832),  # lightest a
        (0.0254, -0.0131, 0.0336),  # lightest b
        (0.0029, -0.3307, -0.2249),  # log of chroma
    ]
)


@dataclass(frozen=True)
class MixtureSettings:
    """Thresholds of the detection."""

    most_gray: float = 2.0  # Lab: largest chroma of a black-and-white photo beside its tint
    least_distance: float = 4.5  # smallest distance of two looks, in deviations within a look
    least_gap: float = 5.0  # the same in deviations within the two groups
    least_photos: int = 3  # smallest number of photos of each look
    least_share: float = 0.2  # smallest share of each look


@dataclass(frozen=True)
class PhotoGroup:
    """Photos of one kind.

    Attributes:
        name: "black-and-white", "color", "first look" or "second look".
        paths: of its photos, in the folder's order.
    """

    name: str
    paths: tuple[Path, ...]


def split_mixture(
    paths: Sequence[Path], proxies: Iterable[Proxy], settings: MixtureSettings | None = None
) -> tuple[PhotoGroup, ...]:
    """Split photos into two kinds, if there are two.

    Args:
        paths: of the photos.
        proxies: of the same photos, iterated once.
        settings: None for the defaults.

    Returns:
        Two groups, the larger one first; empty for photos of one kind.
    """
    settings = settings or MixtureSettings()
    samples = [_sample(proxy) for proxy in proxies]
    gray = np.array([_chroma_beside_tint(lab) < settings.most_gray for lab in samples])
    if gray.any() and not gray.all():
        return _groups(paths, gray, "black-and-white", "color")
    second = _second_look(np.array([look_discriminants(lab) for lab in samples]), settings)
    return _groups(paths, ~second, "first look", "second look") if second.any() else ()


def describe_mixture(groups: Sequence[PhotoGroup]) -> Text:
    """Describe a mixture and how to split it, for users."""
    parts = joined((_part_text(group) for group in groups), "{first}; {rest}")
    if "look" in groups[0].name:
        return Text(
            "two clearly different looks are mixed, and the style will lie between them: {parts}. Move each kind into "
            "its own folder to learn it",
            parts=parts,
        )
    return Text(
        "black-and-white and color photos are mixed, and the style will lie between them: {parts}. Move each kind into "
        "its own folder to learn it",
        parts=parts,
    )


def _part_text(group: PhotoGroup) -> Text:
    count, names = len(group.paths), _some(group.paths)
    if group.name == "black-and-white":
        return Text("{count} black-and-white ({names})", count=count, names=names)
    if group.name == "color":
        return Text("{count} color ({names})", count=count, names=names)
    if group.name == "first look":
        return Text("{count} first look ({names})", count=count, names=names)
    return Text("{count} second look ({names})", count=count, names=names)


def _some(paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:3])
    return names if len(paths) <= 3 else f"{names}, ..."


def _groups(paths: Sequence[Path], first: np.ndarray, name: str, other: str) -> tuple[PhotoGroup, ...]:
    groups = [
        PhotoGroup(label, tuple(path for path, inside in zip(paths, member, strict=True) if inside))
        for label, member in ((name, first), (other, ~first))
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.paths)))


def _sample(proxy: Proxy) -> np.ndarray:
    """Return (P, 3) Lab of a thumbnail's opaque pixels, from dark to light."""
    height, width = proxy.weights.shape
    size = (min(width, _SIZE), min(height, _SIZE))
    weights = cv2.resize(proxy.weights, size, interpolation=cv2.INTER_AREA)
    pixels = cv2.resize(proxy.pixels, size, interpolation=cv2.INTER_AREA)
    lab = srgb_to_lab(pixels[weights >= min(0.5, float(weights.max()))])
    return lab[np.argsort(lab[:, 0], kind="stable")]


def _chroma_beside_tint(lab: np.ndarray) -> float:
    """Return the deviation of colors from the mean color of their tone: near 0 for black-and-white, toned or not."""
    tone = np.clip(lab[:, 0] / 100 * _NUM_TONES, 0, _NUM_TONES - 1).astype(int)
    count = np.maximum(np.bincount(tone, minlength=_NUM_TONES), 1)
    means = np.stack([np.bincount(tone, lab[:, channel], _NUM_TONES) / count for channel in (1, 2)], axis=-1)
    return float(np.sqrt(((lab[:, 1:] - means[tone]) ** 2).sum(-1).mean()))


def look_discriminants(lab: np.ndarray) -> np.ndarray:
    """Project tones, tints and chroma of a photo on the linear discriminants: (3,)."""
    tones = np.quantile(lab[:, 0], (0.01, 0.5, 0.99))
    tints = [lab[_part(len(lab), *part), 1:].mean(0) for part in _PARTS]
    chroma = np.log1p(np.hypot(lab[:, 1], lab[:, 2]).mean())
    return np.concatenate([tones, *tints, [chroma]]) @ _DIRECTIONS


def _part(count: int, start: float, stop: float) -> slice:
    first = min(int(start * count), count - 1)
    return slice(first, max(first + 1, int(stop * count)))


def _second_look(places: np.ndarray, settings: MixtureSettings) -> np.ndarray:
    """Return the smaller of two clusters of (P, 3) points, as (P,) bool; all False for one cluster."""
    none = np.zeros(len(places), bool)
    second = two_means(places)
    if second.sum() * 2 > len(second):
        second = ~second
    if second.sum() < max(settings.least_photos, settings.least_share * len(places)):
        return none
    apart = places[second].mean(0) - places[~second].mean(0)
    distance = float(np.linalg.norm(apart))
    along = places @ (apart / max(distance, 1e-9))
    squares = sum(((along[member] - along[member].mean()) ** 2).sum() for member in (second, ~second))
    spread = float(np.sqrt(squares / max(len(places) - 2, 1)))
    clear = distance >= settings.least_distance and distance >= settings.least_gap * spread
    return second if clear else none


def two_means(places: np.ndarray) -> np.ndarray:
    """Return the best 2-means clustering of (P, 3) points, started at the median of each principal axis: (P,) bool."""
    centered = places - places.mean(0)
    axes = np.linalg.svd(centered, full_matrices=False)[2]
    splits = [_settled(places, along > np.median(along)) for along in (centered @ axis for axis in axes)]
    return min(splits, key=lambda split: _scatter(places, split))


def _settled(places: np.ndarray, split: np.ndarray) -> np.ndarray:
    for _ in range(50):
        if split.all() or not split.any():
            break
        centers = places[~split].mean(0), places[split].mean(0)
        distances = [((places - center) ** 2).sum(1) for center in centers]
        moved = distances[1] < distances[0]
        if (moved == split).all():
            break
        split = moved
    return split


def _scatter(places: np.ndarray, split: np.ndarray) -> float:
    parts = (places[split], places[~split])
    return float(sum(((part - part.mean(0)) ** 2).sum() for part in parts if len(part)))
