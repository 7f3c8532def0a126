"""Crops of photos at 100 %, before and after, with the pixels that the saved file will have."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from pathlib import Path

import cv2
import numpy as np

from ..core.imaging.files.reading import read_photo
from ..core.imaging.files.writing import writable_suffix, write_photo
from ..core.imaging.photo import Metadata, Photo
from ..core.imaging.proxy import preview_of, proxy_of
from ..core.photos.faces import find_face
from ..core.texts import Text
from .restyling import Order, restyled
from .words import Words

CROP_SIZE = 896  # pixels of each side, at most
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
        remarks: on the restyled photo, for users.
    """

    before: Path
    after: Path
    box: tuple[int, int, int, int]
    photo_size: tuple[int, int]
    spot: Spot
    remarks: tuple[Text, ...]


@lru_cache(maxsize=256)
def face_spot(preview: Path) -> Spot:
    """Return about where an eye is in a small copy of a photo; without a face, a place in the upper half."""
    face = find_face(proxy_of(read_photo(preview)).pixels)
    return _NO_FACE if face is None else (face.left + _EYE[0] * face.width, face.top + _EYE[1] * face.height)


def make_crop(path: Path, order: Order, spot: Spot, folder: Path) -> Crop:
    """Restyle the part of a photo around a spot as `restyle_files` does the whole.

    Raises:
        AtelierError: the photo cannot be read or restyled.
    """
    photo = read_photo(path)
    _remove_earlier(folder)
    rows, columns = _side(spot[1], photo.height), _side(spot[0], photo.width)
    wide_rows, wide_columns = _widened(rows, photo.height), _widened(columns, photo.width)
    after, remarks = restyled(photo, order, wide_rows)
    saved = _as_saved(_cut(after, slice(None), wide_columns), path, folder)
    name = f"crop-{time.time_ns():020}-{secrets.token_hex(8)}"
    box = (columns.start, rows.start, _length(columns), _length(rows))
    return Crop(
        _save(_cut(photo, rows, columns), folder / f"{name}-before.png"),
        _save(_cut(saved, _inside(rows, wide_rows), _inside(columns, wide_columns)), folder / f"{name}-after.png"),
        box,
        (photo.width, photo.height),
        spot,
        remarks,
    )


def crop_view(crop: Crop, words: Words) -> str:
    """Return a crop as HTML; `panel.js` shows it, and tells which place is asked for next."""
    left, top, width, height = crop.box
    numbers = {
        "left": left, "top": top, "width": width, "height": height,
        "photo-width": crop.photo_size[0], "photo-height": crop.photo_size[1],
        "x": f"{crop.spot[0]:.5f}", "y": f"{crop.spot[1]:.5f}",
    }  # fmt: skip
    data = " ".join(f'data-{name}="{value}"' for name, value in numbers.items())
    shape = "pa-crop pa-flat" if crop.photo_size[0] > crop.photo_size[1] else "pa-crop"
    return (
        f'<div class="{shape}" {data}><p>{escape(words.share(1))}</p>'
        f'<div class="pa-view" tabindex="0" role="application" aria-label="{escape(words("crop.how"), quote=True)}">'
        f"{_image(crop.before, words('crop.before'))}{_image(crop.after, words('crop.after'))}<i></i></div>"
        f'<input type="range" min="0" max="100" value="50" aria-label="{escape(words("try.slider"), quote=True)}">'
        f"<p>{escape(words('crop.what'))}</p></div>"
    )


def _remove_earlier(folder: Path) -> None:
    """Delete all but the latest crops of a browser tab, which are large."""
    for path in sorted(folder.glob("crop-*.png"))[:-_KEPT]:
        path.unlink(missing_ok=True)


def _image(path: Path, alt: str) -> str:
    return f'<img src="{escape(f"gradio_api/file={path}", quote=True)}" alt="{escape(alt, quote=True)}">'


def _side(middle: float, length: int) -> slice:
    """Return the pixels around a spot along one side, from the edge of a block on."""
    start = round(middle * length) - CROP_SIZE // 2
    start = max(0, min(start, length - CROP_SIZE)) // _BLOCK * _BLOCK
    stop = start + CROP_SIZE
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
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(shown[..., ::-1]), _FAST)[1].tobytes())
    return path
