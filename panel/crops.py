"""Crops of photos at 100 %, before and after, with the pixels that the saved file will have."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..core.imaging.files.atomic import atomic_write
from ..core.imaging.files.reading import read_photo
from ..core.imaging.files.writing import writable_suffix, write_photo
from ..core.imaging.photo import Metadata, Photo
from ..core.imaging.proxy import preview_of, proxy_of
from ..core.photos.faces import find_face
from .restyling import Order, restyled
from .stage import address

CROP_SIZE = 896  # pixels of each side, where the photo is larger
LARGEST_CROP = 1792  # for large screens
_BLOCK = 16  # pixels: blocks of a JPEG; a crop along them is encoded as in the whole
_EYE = (0.4, 0.42)  # (x, y) in fractions of a face
_NO_FACE = (0.5, 0.4)
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]
_NOTHING = 128  # gray of a part in which every pixel is transparent
_KEPT = 6  # pictures of the latest crops: a browser may still fetch those of the one before
Spot = tuple[float, float]  # (x, y) of the middle of a crop, in fractions of the photo


@dataclass(frozen=True)
class Crop:
    """A part of a photo, before and after.

    Attributes:
        before, after: PNG files.
        box: (left, top, width, height) in pixels of the photo.
        photo_size: (width, height) of the photo.
        spot: what it was made for.
    """

    before: Path
    after: Path
    box: tuple[int, int, int, int]
    photo_size: tuple[int, int]
    spot: Spot


@lru_cache(maxsize=256)
def face_spot(preview: Path) -> Spot:
    """Return about where an eye is in a small copy of a photo; without a face, a place in the upper half."""
    face = find_face(proxy_of(read_photo(preview)).pixels)
    return _NO_FACE if face is None else (face.left + _EYE[0] * face.width, face.top + _EYE[1] * face.height)


def make_crop(path: Path, order: Order, spot: Spot, folder: Path, *, length: int = CROP_SIZE) -> Crop:
    """Restyle the part of a photo around a spot as `restyle_files` does the whole.

    Args:
        path: of the photo.
        order: style and controls.
        spot: the middle of the part.
        folder: of the browser tab.
        length: pixels of each side, about, from CROP_SIZE to LARGEST_CROP.

    Raises:
        AtelierError: the photo cannot be read or restyled.
    """
    photo = read_photo(path)
    _remove_earlier(folder)
    size = max(CROP_SIZE, min(length, LARGEST_CROP)) // _BLOCK * _BLOCK
    rows, columns = _side(spot[1], photo.height, size), _side(spot[0], photo.width, size)
    wide_rows, wide_columns = _widened(rows, photo.height), _widened(columns, photo.width)
    after, _ = restyled(photo, order, wide_rows)
    saved = _as_saved(_cut(after, slice(None), wide_columns), path, folder)
    name = f"crop-{time.time_ns():020}-{secrets.token_hex(8)}"
    box = (columns.start, rows.start, _length(columns), _length(rows))
    return Crop(
        _save(_cut(photo, rows, columns), folder / f"{name}-before.png"),
        _save(_cut(saved, _inside(rows, wide_rows), _inside(columns, wide_columns)), folder / f"{name}-after.png"),
        box,
        (photo.width, photo.height),
        spot,
    )


def crop_feed(crop: Crop, photo: str) -> dict[str, Any]:
    """Return what `try_stage.js` is told of a crop.

    Args:
        crop: to show.
        photo: by which the page knows the photo.
    """
    told = {"photo": photo, "before": address(crop.before), "after": address(crop.after)}
    return {**told, "box": crop.box, "size": crop.photo_size, "spot": crop.spot}


def _remove_earlier(folder: Path) -> None:
    """Delete all but the latest crops of a browser tab, which are large."""
    for path in sorted(folder.glob("crop-*.png"))[:-_KEPT]:
        path.unlink(missing_ok=True)


def _side(middle: float, length: int, size: int) -> slice:
    """Return the pixels around a spot along one side, from the edge of a block on."""
    start = round(middle * length) - size // 2
    start = max(0, min(start, length - size)) // _BLOCK * _BLOCK
    stop = start + size
    return slice(start, stop if stop + _BLOCK < length else length)


def _widened(part: slice, length: int) -> slice:
    """Add a block on either side, whose color a decoder mixes into the edge."""
    return slice(max(0, part.start - _BLOCK), min(part.stop + _BLOCK, length))


def _inside(part: slice, wide: slice) -> slice:
    return slice(part.start - wide.start, part.stop - wide.start)


def _length(part: slice) -> int:
    return part.stop - part.start


def _cut(photo: Photo, rows: slice, columns: slice) -> Photo:
    alpha = None if photo.alpha is None else photo.alpha[rows, columns]
    return replace(photo, pixels=photo.pixels[rows, columns], alpha=alpha)


def _as_saved(part: Photo, path: Path, folder: Path) -> Photo:
    """Write a part of a photo in the photo's own format, and read it."""
    place = folder / f"part-{secrets.token_hex(8)}{writable_suffix(path)}"
    try:
        write_photo(replace(part, metadata=Metadata()), place)
        return read_photo(place)
    finally:
        place.unlink(missing_ok=True)


def _save(photo: Photo, path: Path) -> Path:
    if photo.alpha is None or photo.alpha.any():
        shown = preview_of(photo, max(photo.height, photo.width))
    else:
        shown = np.full((photo.height, photo.width, 3), _NOTHING, np.uint8)
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(cv2.imencode(".png", np.ascontiguousarray(shown[..., ::-1]), _FAST)[1].tobytes())
    return path
