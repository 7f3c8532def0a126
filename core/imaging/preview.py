"""Previews: a photo small and in 8 bits, to be looked at."""

from __future__ import annotations

import numpy as np

from .photo import Photo
from .proxy import proxy_of

_MAT = 0.5  # the gray behind what is transparent


def preview_of(photo: Photo, size: int) -> np.ndarray:
    """A picture of a photo.

    Args:
        photo: any depth and color space.
        size: of the longer side, in pixels; a smaller photo keeps its size.

    Returns:
        (H, W, 3) uint8, sRGB.
    """
    proxy = proxy_of(photo, size)
    shown = _MAT + proxy.weights[..., None] * (proxy.pixels - _MAT)
    return (shown * 255 + 0.5).astype(np.uint8)
