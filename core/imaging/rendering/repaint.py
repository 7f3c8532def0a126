"""Blending of a photo with its painting: at full size and depth, in the photo's own color space."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..color_management import ColorSpace, OriginalPixels
from ..limits import MAX_STRENGTH
from ..photo import Photo
from .enlarging import Enlarger
from .restyle import Progress
from .strips import STRIP_ROWS


def repaint_photo(
    photo: Photo,
    painted: np.ndarray,
    *,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    rgb: bool = False,
    progress: Progress | None = None,
) -> Photo:
    """Blend a painting over its photo: `photo + strength * mask * (painted - photo)`.

    At strength 0 and under a mask of 0, pixels stay unchanged, bit for bit. The painting may be smaller than the photo;
    it is enlarged in strips.

    Args:
        photo: any depth and color space; a gray photo stays gray (the luma of the result).
        painted: (h, w, 3) float32, sRGB-encoded, the painting of the whole photo.
        strength: 0 to 1.5.
        mask: (H, W) float32 in [0, 1], or None for everywhere.
        rgb: whether a gray photo becomes a color photo, in sRGB.
        progress: called with (done, total) rows; what it raises ends the work.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        ValueError: strength or mask has a wrong shape or range.
    """
    if not (math.isfinite(strength) and 0 <= strength <= MAX_STRENGTH):
        raise ValueError(f"strength must be 0 to {MAX_STRENGTH}, got {strength}")
    if mask is not None and (mask.shape != photo.pixels.shape[:2] or mask.dtype != np.float32):
        raise ValueError(f"mask must be float32 {photo.pixels.shape[:2]}, got {mask.dtype} {mask.shape}")
    to_color = rgb and photo.is_gray
    if strength == 0 and not to_color:
        return photo
    source = ColorSpace.of(photo.profile, is_gray=photo.is_gray)
    target = ColorSpace.of(None, is_gray=False) if to_color else source
    enlarged = Enlarger(painted, photo.height, photo.width)
    result = np.empty((*photo.pixels.shape[:2], 3) if to_color else photo.pixels.shape, photo.pixels.dtype)
    for top in range(0, photo.height, STRIP_ROWS):
        rows = slice(top, min(top + STRIP_ROWS, photo.height))
        before = source.to_srgb(photo.pixels[rows])
        amount = np.float32(strength) if mask is None else strength * mask[rows, :, None]
        after = before + amount * (enlarged.rows(rows.start, rows.stop).clip(0, 1) - before)
        if mask is not None:  # also where `before` is not finite
            after = np.where(amount == 0, before, after)
        original = None if to_color else OriginalPixels(photo.pixels[rows], before)
        result[rows] = target.from_srgb(after.astype(np.float32), result.dtype, original=original, dither_row=top)
        if progress is not None:
            progress(rows.stop, photo.height)
    return replace(photo, pixels=result, profile=None if to_color else photo.profile)
