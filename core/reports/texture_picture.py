"""A picture of a style beside a finished photo, whole and with its texture on a face at 100 %. No style stores it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..errors import StyleError
from ..imaging.color_management import to_uint8
from ..imaging.contact_sheet import SheetStyle, contact_sheet
from ..imaging.files.atomic import atomic_write, check_writable
from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..networks.regions import REGIONS, predict_regions
from ..styles.applying import apply_style
from ..styles.cover import astronaut
from ..styles.style import Style
from .trio import Trio

CROP_SIZE = 440  # pixels
_FACE_SIZE, _LEAST_FACE = 15, 0.2  # pixels of the map of regions, and how much of them a face fills
_LARGEST = 12000  # pixels of the longer side of a photo


def write_texture_picture(
    style: Style, content: Photo | None, finished: Photo, path: Path, *, overwrite: bool, trio: Trio | None = None
) -> None:
    """Write a PNG file with three crops at 100 %: a photo before, the same in the style, and a finished photo.

    Args:
        style: any.
        content: an untouched photo by the photographer; None for the sample portrait.
        finished: a photo that the style was learnt from.
        path: of the file.
        overwrite: whether it may be replaced.
        trio: whole photos for a row above the crops; None for none.

    Raises:
        AtelierError: the file exists, is no PNG, or cannot be written.
    """
    check_picture_path(path, overwrite=overwrite)
    sheet = draw_texture(style, content, finished, trio)
    done, data = cv2.imencode(".png", np.ascontiguousarray(sheet[..., ::-1]))
    assert done
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(data.tobytes())


def check_picture_path(path: Path, *, overwrite: bool) -> None:
    """Raise AtelierError if `write_texture_picture` would refuse a path."""
    if path.suffix.lower() != ".png":
        raise StyleError("{path}: must end in .png", path=path)
    check_writable(path, overwrite=overwrite)


def draw_texture(style: Style, content: Photo | None, finished: Photo, trio: Trio | None = None) -> np.ndarray:
    """Lay out the pictures of `write_texture_picture`: (H, W, 3) uint8."""
    before = content or astronaut()
    after, place = apply_style(before, style), face_center(before)
    crops = (crop_at(before, place), crop_at(after, place), crop_at(finished, face_center(finished)))
    names = ("sample portrait" if content is None else "untouched", f"in {style.name}", "finished photo")
    pictures = [(f"{name}, at 100 %", crop) for name, crop in zip(names, crops, strict=True)]
    if trio is not None:
        first = "sample portrait of this program" if trio.is_sample else "untouched, by the photographer"
        names = (first, f"the same in {style.name}", "finished by the photographer")
        whole = (trio.neutral.pixels, trio.styled.pixels, trio.finished.pixels)
        pictures = [*zip(names, whole, strict=True), *pictures]
    return contact_sheet(pictures, columns=len(names), style=SheetStyle(cell_size=CROP_SIZE))


def face_center(photo: Photo) -> tuple[float, float]:
    """Return row and column of the center of the face, as parts of the photo; its middle where there is none."""
    face = predict_regions(proxy_of(photo).pixels)[REGIONS.index("face")]
    near = cv2.blur(face, (_FACE_SIZE, _FACE_SIZE), borderType=cv2.BORDER_CONSTANT)  # what looks like one is smaller
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    if near[row, column] < _LEAST_FACE:
        return 0.5, 0.5
    return (float(row) + 0.5) / near.shape[0], (float(column) + 0.5) / near.shape[1]


def crop_at(photo: Photo, place: tuple[float, float], size: int = CROP_SIZE) -> np.ndarray:
    """Cut a square of a photo, without resizing: (size, size, 3) uint8, smaller where the photo is.

    Args:
        photo: any.
        place: row and column of its center, as parts of the photo.
        size: of the square in pixels.
    """
    starts = [
        int(np.clip(round(part * length - size / 2), 0, max(0, length - size)))
        for part, length in zip(place, (photo.height, photo.width), strict=True)
    ]
    shown = proxy_of(photo, _LARGEST).pixels
    return to_uint8(shown[starts[0] : starts[0] + size, starts[1] : starts[1] + size])
