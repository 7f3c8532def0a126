"""Reading of portraits with masks, and their labels for the region network."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...errors import LearningError
from ...imaging.color_management import to_uint8
from ...imaging.files.mask import read_mask
from ...imaging.files.reading import read_proxy
from ...photos.search import photos_of
from .labels import Headwear, derive_labels

SIDE = 192  # pixels: side of photos and labels
_TRUSTED_SCORE = 0.5  # smallest score of a reliable mask of a face
# Words of a label, by precedence; "scarf" may be a headscarf.
_HEADWEAR = {
    **dict.fromkeys(("hat", "baseball cap", "beanie", "fedora"), Headwear.HAT),
    **dict.fromkeys(("turban", "crown", "bandana", "headphones", "scarf", "helmet", "veil"), Headwear.OTHER),
}


@dataclass(frozen=True)
class LabelledPhotos:
    """Portraits resized to squares, with labels of their regions.

    Attributes:
        pixels: (N, S, S, 3) uint8.
        values: (N, 5, S, S) uint8, in the order of REGIONS.
        weights: (N, 5, S, S) uint8; 0 where the label is unknown.
        kinds: (N,) index of the folder of each.
    """

    pixels: np.ndarray
    values: np.ndarray
    weights: np.ndarray
    kinds: np.ndarray

    def part(self, members: np.ndarray) -> LabelledPhotos:
        """Return the photos at these indices."""
        return LabelledPhotos(self.pixels[members], self.values[members], self.weights[members], self.kinds[members])

    def split(self, every: int) -> tuple[LabelledPhotos, LabelledPhotos]:
        """Hold out every so-many-th photo; return the photos to train on and those held out.

        Raises:
            LearningError: there are too few photos.
        """
        held_out = np.arange(len(self.pixels)) % every == every - 1
        if not held_out.any() or held_out.all():
            raise LearningError(
                "{count} photos are too few to learn from; give at least {least}",
                one="{count} photo is too few to learn from; give at least {least}",
                count=len(self.pixels),
                least=every,
            )
        return self.part(np.flatnonzero(~held_out)), self.part(np.flatnonzero(held_out))


def read_labelled(
    folders: Sequence[str], masks: Sequence[Path], progress: Callable[[int, int], None] | None = None
) -> LabelledPhotos:
    """Read portraits and derive their labels.

    Args:
        folders: `FOLDER`, or `FOLDER:N` for its first N photos by name, `FOLDER:-N` for its last.
        masks: one folder for each of those, with `subject/NAME.png`, `face/NAME.png` and `SCORES.csv` (`file`,
            `face_score`; faces under 0.5 are not used). A `MANIFEST.csv` above it may name headwear in a column
            `label`, since colors do not distinguish hats from hair.
        progress: called with (done, total) photos.

    Raises:
        LearningError: folders and masks differ in number, or masks or their scores are missing.
        PhotoError: a photo or mask cannot be read.
    """
    if len(folders) != len(masks):
        raise LearningError(
            "{masks} folders of masks for {photos} of photos; name one for each, in order",
            masks=len(masks),
            photos=len(folders),
        )
    items = [(kind, path) for kind, folder in enumerate(folders) for path in photos_of(folder)]
    scores = [read_scores(folder) for folder in masks]
    hats = [_read_headwear(folder.parent / "MANIFEST.csv") for folder in masks]
    rows = []
    for kind, path in items:
        trusted = scores[kind].get(path.name, 1.0) >= _TRUSTED_SCORE
        rows.append(_read_one(path, masks[kind], trusted, hats[kind].get(path.name, Headwear.NONE)))
        if progress is not None:
            progress(len(rows), len(items))
    pixels, values, weights = (np.stack(column) for column in zip(*rows, strict=True))
    return LabelledPhotos(pixels, values, weights, np.array([kind for kind, _ in items]))


def read_scores(masks: Path) -> dict[str, float]:
    """Return the score of the mask of each face, by the name of the photo.

    Raises:
        LearningError: there are no scores.
    """
    try:
        with (masks / "SCORES.csv").open(encoding="utf-8", newline="") as file:
            return {Path(row["file"]).name: float(row["face_score"]) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError) as error:
        raise LearningError(
            "{path}: cannot be read ({cause}); name a folder of masks", path=masks / "SCORES.csv", cause=error
        ) from error


def _read_headwear(manifest: Path) -> dict[str, Headwear]:
    """Return the headwear of photos by name, as far as labels name it."""
    if not manifest.is_file():
        return {}
    with manifest.open(encoding="utf-8", newline="") as file:
        labels = {Path(row["file"]).name: (row.get("label") or "").lower() for row in csv.DictReader(file)}
    found = {name: [kind for word, kind in _HEADWEAR.items() if word in label] for name, label in labels.items()}
    return {name: kinds[0] for name, kinds in found.items() if kinds}


def _read_one(path: Path, masks: Path, trusted: bool, headwear: Headwear) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    photo = _square(read_proxy(path).pixels)
    subject, face = (_read_square_mask(masks / part / f"{path.stem}.png", path) for part in ("subject", "face"))
    labels = derive_labels(photo, subject, face if trusted else None, headwear)
    return to_uint8(photo), to_uint8(labels.values), to_uint8(labels.weights)


def _read_square_mask(path: Path, photo: Path) -> np.ndarray:
    if not path.is_file():
        raise LearningError("{path}: has no mask ({mask} does not exist)", path=photo, mask=path)
    height, width = read_proxy(photo).pixels.shape[:2]
    return _square(read_mask(path, height, width))


def _square(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA).clip(0, 1)
