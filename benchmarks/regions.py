"""Accuracy of the region network on held-out portraits, untouched and in looks.

    python -m benchmarks.regions --photos generated=DATA/portraits/test --masks DATA/portraits/masks \
        --photos real=DATA/portraits-real/images:-100 --masks DATA/portraits-real/masks

Intersection over union at 0.5, the mean over photos that have the region. Subject and face are measured against the
masks given; skin, hair and cloth against the labels that `core/pretraining/regions/labels.py` derives from those, which
have errors themselves, and only where they are known. Looks are made after labels. Small: the person, cut out by the
given mask, at half size before plain gray.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from portrait_atelier.core.color.srgb import REC709_LUMA
from portrait_atelier.core.networks.regions import REGIONS, predict_regions
from portrait_atelier.core.pretraining.regions.photos import LabelledPhotos, read_labelled

Look = Callable[[np.ndarray], np.ndarray]
LUMA = np.array(REC709_LUMA, np.float32)
_REPEATS = 100
WARM = np.array([[1.1, 0.25, -0.15], [0.05, 0.85, 0.05], [-0.1, 0.2, 0.55]], np.float32)


def black_and_white(photo: np.ndarray) -> np.ndarray:
    """Luma with much contrast."""
    gray = np.repeat((photo @ LUMA)[..., None], 3, 2)
    return np.clip(0.45 + 1.4 * (gray - 0.45), 0, 1)


def strong_color(photo: np.ndarray) -> np.ndarray:
    """Channels mixed toward orange, shadows lifted toward teal."""
    mixed = np.clip(photo @ WARM.T, 0, 1)
    return np.clip(mixed + (1 - mixed) ** 3 * np.array([-0.02, 0.12, 0.18], np.float32), 0, 1)


def underexposed(photo: np.ndarray) -> np.ndarray:
    """Two stops, roughly, and cold."""
    return photo**1.3 * np.array([0.42, 0.5, 0.62], np.float32)


LOOKS: dict[str, Look] = {
    "plain": lambda photo: photo,
    "black-and-white": black_and_white,
    "strong color": strong_color,
    "dark, cold": underexposed,
}


def overlap(predicted: np.ndarray, value: np.ndarray, weight: np.ndarray) -> float:
    """Intersection over union at 0.5 of one region in one photo; nan where it is not there."""
    ours, theirs, known = predicted > 0.5, value > 127, weight > 127
    if not (theirs & known).any():
        return float("nan")
    return float((ours & theirs & known).sum() / ((ours | theirs) & known).sum())


def shrunk(photo: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """The person at half size, at the bottom of a gray frame."""
    side = len(photo)
    person = np.concatenate([photo, subject[..., None]], 2)
    small = cv2.resize(person, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
    frame = np.full_like(photo, 0.5)
    part = frame[side - side // 2 :, side // 4 : side // 4 + side // 2]
    part += small[..., 3:] * (small[..., :3] - part)
    return frame


def maps_of(photo: np.ndarray) -> np.ndarray:
    """(5, S, S) of a photo (S, S, 3)."""
    large = cv2.resize(predict_regions(photo).transpose(1, 2, 0), photo.shape[:2], interpolation=cv2.INTER_LINEAR)
    return large.transpose(2, 0, 1)


def maps_when_small(photo: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """The same, of the person at half size, enlarged again."""
    side = len(photo)
    part = maps_of(shrunk(photo, subject))[:, side - side // 2 :, side // 4 : side // 4 + side // 2]
    return cv2.resize(part.transpose(1, 2, 0), (side, side), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)


def scores(photos: LabelledPhotos, look: Look, *, small: bool = False) -> np.ndarray:
    """(5,) mean overlaps."""
    rows = []
    for pixels, values, weights in zip(photos.pixels, photos.values, photos.weights, strict=True):
        photo = look(pixels.astype(np.float32) / 255)
        maps = maps_when_small(photo, values[0].astype(np.float32) / 255) if small else maps_of(photo)
        rows.append([overlap(*layers) for layers in zip(maps, values, weights, strict=True)])
    return np.nanmean(np.array(rows), 0)


def milliseconds() -> float:
    """Return the median time for a photo of 256 pixels, resizing included."""
    photo, times = np.random.default_rng(0).random((256, 205, 3), np.float32), []
    for _ in range(_REPEATS + 5):
        start = time.perf_counter()
        predict_regions(photo)
        times.append(time.perf_counter() - start)
    return float(np.median(times[5:]) * 1000)


def report(kind: str, photos: LabelledPhotos) -> None:
    """Print the rows of one kind of photos."""
    for name, look in LOOKS.items():
        print(f"| {kind}, {name} | " + " | ".join(f"{score:.3f}" for score in scores(photos, look)) + " |")
    print(
        f"| {kind}, small | " + " | ".join(f"{score:.3f}" for score in scores(photos, lambda p: p, small=True)) + " |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", action="append", required=True, help="KIND=FOLDER, FOLDER:N or FOLDER:-N")
    parser.add_argument("--masks", action="append", type=Path, required=True, help="one for each --photos")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(2)
    print("| IoU at 0.5 | " + " | ".join(REGIONS) + " |")
    print("| --- |" + " ---: |" * len(REGIONS))
    for photos, masks in zip(options.photos, options.masks, strict=True):
        kind, folder = photos.split("=", 1)
        report(kind, read_labelled([folder], [masks]))
    print(f"\n{milliseconds():.1f} ms for one photo, OpenCV {cv2.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
