"""Folders of photos for the benchmarks of many photos: portraits scaled to the sizes that cameras have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif")
MEGAPIXELS = (*(0,) * 11, *(2,) * 4, *(6,) * 2, *(12,) * 2, 24)  # of each twenty photos; 0 is as it is
BROKEN_EVERY = 50
_NOISE, _TILE = 2.0, 1024  # deviation of the sensor's noise in 8 bits, without which scaled photos are too easy


def portraits_of(folder: Path) -> list[Path]:
    """The photos of a folder, by name."""
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not photos:
        raise SystemExit(f"{folder}: no photos")
    return photos


def build(portraits: Sequence[Path], folder: Path, count: int, sizes: Sequence[float] = MEGAPIXELS) -> Path:
    """Fill a folder with photos in subfolders, one in fifty broken, and return it; what is there already stays.

    Args:
        portraits: to be scaled, taken in turn.
        folder: for the photos.
        count: of photos.
        sizes: in megapixels, taken in turn; 0 keeps the portrait's own. Of one size none is broken.
    """
    sources = itertools.cycle(portraits)
    wanted = [(folder / f"{number // 100:02}/{number:05}.jpg", next(sources), number) for number in range(count)]
    missing = [item for item in wanted if not item[0].exists()]

    def make(item: tuple[Path, Path, int]) -> None:
        path, source, number = item
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(source, path, sizes[number % len(sizes)])
        if len(sizes) > 1 and number % BROKEN_EVERY == BROKEN_EVERY - 1:
            _break(path, number // BROKEN_EVERY)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, missing))
    return folder


def num_broken(count: int) -> int:
    """How many photos of a folder of mixed sizes are broken."""
    return count // BROKEN_EVERY


def whole_photos(folder: Path) -> Iterator[Path]:
    """The photos of a folder of mixed sizes that are not broken."""
    return (path for path in sorted(folder.rglob("*.jpg")) if int(path.stem) % BROKEN_EVERY != BROKEN_EVERY - 1)


def _write(source: Path, path: Path, megapixels: float) -> None:
    with Image.open(source) as opened:
        image = opened.convert("RGB")
    scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5 if megapixels else 1
    size = (round(image.width * scale), round(image.height * scale))
    pixels = np.asarray(image if scale == 1 else image.resize(size, Image.Resampling.BICUBIC))
    if scale > 1:
        repeats = [-(-side // _TILE) for side in pixels.shape[:2]]
        noise = np.tile(_noise(), (*repeats, 1))[: pixels.shape[0], : pixels.shape[1]]
        pixels = (pixels + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=92)


@cache
def _noise() -> np.ndarray:
    """(1024, 1024, 3) int16."""
    return np.rint(np.random.default_rng(0).normal(0, _NOISE, (_TILE, _TILE, 3))).astype(np.int16)


def _break(path: Path, kind: int) -> None:
    """Truncate a photo, empty it, or put something else under its name."""
    data = path.read_bytes()
    path.write_bytes([data[: len(data) // 2], b"", b"%PDF-1.7 no photo at all"][kind % 3])
