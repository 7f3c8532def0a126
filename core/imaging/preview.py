"""Previews: small 8-bit pictures of photos."""

from __future__ import annotations

import numpy as np

from .photo import Photo
from .proxy import proxy_of

_MAT = 0.5  # gray level behind transparent pixels


def preview_of(photo: Photo, size: int) -> np.ndarray:
    """Convert a photo to a small 8-bit picture.

    Args:
        photo: any depth and color space.
        size: largest longer side in pixels; a smaller photo keeps its size.

    Returns:
        (H, W, 3) uint8, sRGB.
    """
    proxy = proxy_of(photo, size)
    shown = _MAT + proxy.weights[..., None] * (proxy.pixels - _MAT)
    return (shown * 255 + 0.5).astype(np.uint8)
