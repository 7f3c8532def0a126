"""HaldCLUT pictures: a square of level^3 pixels a side that holds a table of level^2 points an axis."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from ...errors import PhotoError
from ...texts import Text
from ..files import checks
from ..files.reading import read_photo
from ..photo import Photo
from .color_table import ColorTable, lattice_of, table_of_lattice

HALD_SUFFIXES = (".png", ".tif", ".tiff")
LEVELS = range(2, 17)
_MEGAPIXELS = 17  # of the highest level
_LEAST_FIT = 0.5  # share of the variance of brightness that the place in a table tells
# Of red and green alone; of 104 film looks it is 0.31 and more. In a photo a step of blue is a step down, so that its
# backdrop may fit, but those of red and green lead to and fro: 0.20 and less of 1,000 photos.
_LEAST_RED_GREEN = 0.25


def read_hald(path: Path) -> ColorTable:
    """Read a HaldCLUT of any level and depth; its profile and its transparency do not count.

    Raises:
        ValueError: it is not one.
        PhotoError: the picture cannot be read.
    """
    photo = read_photo(path, max_megapixels=_MEGAPIXELS)
    level = _level_of(photo)
    if not level:
        raise ValueError(
            Text(
                "a HaldCLUT is a square of 8, 27, 64, 125, 216, 343 or 512 pixels and so on, this picture has "
                "{width} x {height}",
                width=photo.width,
                height=photo.height,
            )
        )
    return table_of_lattice(_lattice(photo, level))


def is_hald(path: Path) -> bool:
    """Whether a picture is a HaldCLUT, not a photo: by its size, and by what its pixels say as a table."""
    if path.suffix.lower() not in HALD_SUFFIXES or not _may_be_hald(path):
        return False
    try:
        photo = read_photo(path, max_megapixels=_MEGAPIXELS)
    except PhotoError:
        return False
    level = _level_of(photo)
    return bool(level) and looks_like_table(_codes(photo, level))


def looks_like_table(values: np.ndarray) -> bool:
    """Whether the brightness of colors (N, N, N, 1 or 3) of any scale follows from their places, as a table's does."""
    step = max(1, len(values) // 16)
    light = values[::step, ::step, ::step].mean(-1)
    axes = np.meshgrid(*(np.linspace(-1, 1, side) for side in light.shape), indexing="ij")
    light = (light - light.mean()).reshape(-1)
    told = [float(axis.reshape(-1) @ light) ** 2 / float((axis**2).sum()) for axis in axes]
    whole = float(light @ light)
    return whole > 0 and sum(told) >= _LEAST_FIT * whole and told[0] + told[1] >= _LEAST_RED_GREEN * whole


def _may_be_hald(path: Path) -> bool:
    """Whether the size fits, as the first bytes tell it, before all of the picture is read."""
    with suppress(*checks.DAMAGE):
        width, height = _size_of(path)
        return width == height and any(level**3 == width for level in LEVELS)
    return False


def _size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG or a TIFF."""
    if path.suffix.lower() == ".png":
        with path.open("rb") as file:
            start = file.read(24)
        return int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
    import tifffile  # takes a while to import

    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        return page.imagewidth, page.imagelength


def _level_of(photo: Photo) -> int:
    """The level of a HaldCLUT of the photo's size; 0 if there is none."""
    fitting = (level for level in LEVELS if level**3 == photo.width == photo.height)
    return next(fitting, 0)


def _codes(photo: Photo, level: int) -> np.ndarray:
    """(N, N, N, 1 or 3): a view of the pixels, indexed [r, g, b]."""
    return photo.pixels.reshape(*(level**2,) * 3, -1).transpose(2, 1, 0, 3)


def _lattice(photo: Photo, level: int) -> np.ndarray:
    pixels = photo.pixels if photo.pixels.ndim == 3 else np.repeat(photo.pixels[..., None], 3, -1)
    limit = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    return lattice_of(pixels.astype(np.float32).reshape(-1, 3) / np.float32(limit), level**2)
