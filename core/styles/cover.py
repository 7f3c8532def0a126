"""The cover of a style: scikit-image's astronaut (NASA, public domain) in that style."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from ..imaging.contact_sheet import COVER_SIZE, cover
from ..imaging.files.atomic import atomic_write
from ..imaging.photo import Photo
from ..imaging.proxy import preview_of
from .applying import apply_style
from .style import Style


@cache
def astronaut() -> Photo:
    """Return Eileen Collins's official portrait (NASA, public domain), 512 x 512, from scikit-image."""
    from skimage import data

    return Photo(pixels=np.ascontiguousarray(data.astronaut()), file_format="PNG")


def with_cover(style: Style, photo: Photo | None = None) -> Style:
    """Return a style with a newly rendered cover: of the astronaut, or of a photo that the user chose for it.

    Raises:
        PhotoError: every pixel of the photo is transparent.
    """
    if photo is None:
        return replace(style, cover=cover(apply_style(astronaut(), style).pixels))
    small = Photo(preview_of(photo, 2 * COVER_SIZE))
    return replace(style, cover=cover(preview_of(apply_style(small, style), COVER_SIZE)))


def cover_path(style: Style, folder: Path) -> str:
    """Return the path of a style's cover; of the untouched portrait if it has none.

    Args:
        style: any.
        folder: a folder that the browser may read.
    """
    data = style.cover or cover(astronaut().pixels)
    path = folder / "covers" / f"{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    if not path.exists():
        with atomic_write(path, overwrite=True) as temporary:
            temporary.write_bytes(data)
    return str(path)
