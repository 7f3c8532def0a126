"""A look given to a photo: full size, full depth, in the photo's own color space, strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from .color import ColorSpace
from .look import REC709_LUMA, Look, Window
from .photo import Photo
from .render import render

STRIP_ROWS = 256


def restyle_photo(
    photo: Photo,
    look: Look,
    *,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    rgb: bool = False,
    device: str = "cpu",
) -> Photo:
    """Give a look to a photo.

    Args:
        photo: any depth and color space; gray photos stay gray (the luma of the result).
        look: what to do.
        strength: 0 to 1.5.
        mask: (H, W) float32 in [0, 1], or None for everywhere.
        rgb: a gray photo becomes a color photo, in sRGB.
        device: where to render: `cpu`, `cuda`, `mps` or `auto`.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.
    """
    to_color = rgb and photo.pixels.ndim == 2
    if (look.is_identity or strength == 0) and not to_color:
        return photo
    source = ColorSpace.of(photo.profile, is_gray=photo.pixels.ndim == 2)
    target = ColorSpace.of(None, is_gray=False) if to_color else source
    shape = (*photo.pixels.shape[:2], 3) if to_color else photo.pixels.shape
    result = np.empty(shape, photo.pixels.dtype)

    def strip(top: int) -> None:
        rows = slice(top, top + STRIP_ROWS)
        window = Window(top, 0, *photo.pixels.shape[:2])
        part = None if mask is None else mask[rows]
        result[rows] = _restyle_strip(photo.pixels[rows], look, source, target, strength, part, window, device)

    ...
    return replace(photo, pixels=result, profile=None if to_color else photo.profile)
