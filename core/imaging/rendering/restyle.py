"""Application of a look to a photo: at full size and depth, in the photo's own color space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..color_management import ColorSpace
from ..photo import Photo
from .look import Look, Window
from .render import render
from .strips import Strips

_PROGRESS_PIXELS = 1 << 22  # between two reports of progress, of photos that are not converted
Progress = Callable[[int, int], None]


def restyle_photo(
    photo: Photo,
    look: Look,
    *,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    rgb: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
    out: np.ndarray | None = None,
    regions: np.ndarray | None = None,
    rows: slice | None = None,
) -> Photo:
    """Apply a look to a photo.

    Args:
        photo: any depth and color space; a gray photo stays gray (the luma of the result).
        look: to apply.
        strength: 0 to 1.5.
        mask: (H, W) float32 in [0, 1], or None for everywhere.
        rgb: whether a gray photo becomes a color photo, in sRGB.
        device: of the renderer: `cpu`, `cuda`, `mps` or `auto`.
        progress: called with (done, total) rows; what it raises ends the work.
        out: array for the pixels of the result, like those of the photo; only used for sRGB photos in color that
            the look changes.
        regions: (5, h, w) float32 in [0, 1], as from `predict_regions`, for a look that `needs_regions`; None for
            subject everywhere, and skin nowhere.
        rows: of the photo, for a result of these rows alone, which are as in that of all; None for all.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.
    """
    to_color = rgb and photo.is_gray
    if (look.is_identity or strength == 0) and not to_color:
        return cut_photo(photo, rows)
    part = cut_photo(photo, rows)
    rows = slice(0, photo.height) if rows is None else rows
    source = ColorSpace.of(photo.profile, is_gray=photo.is_gray)
    is_plain = not look.has_texture and (regions is None or not look.needs_regions)
    if source.is_srgb and not photo.is_gray and is_plain:
        return replace(part, pixels=_rendered(photo.pixels, rows, look, strength, mask, device, progress, out))
    target = ColorSpace.of(None, is_gray=False) if to_color else source
    result = np.empty((*part.pixels.shape[:2], 3) if to_color else part.pixels.shape, photo.pixels.dtype)
    strips = Strips(photo, look, strength, mask, device, regions)
    if progress is not None:
        progress(0, len(result))
    for done in strips.render(result, target, rows, to_color=to_color):
        if progress is not None:
            progress(done, len(result))
    return replace(part, pixels=result, profile=None if to_color else photo.profile)


def cut_photo(photo: Photo, rows: slice | None) -> Photo:
    """Return some rows of a photo; None for all."""
    if rows is None:
        return photo
    return replace(photo, pixels=photo.pixels[rows], alpha=None if photo.alpha is None else photo.alpha[rows])


def _rendered(
    pixels: np.ndarray,
    rows: slice,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    device: str,
    progress: Progress | None,
    out: np.ndarray | None,
) -> np.ndarray:
    """Render at once, or in strips if progress is reported; the result is the same."""
    height, width = pixels.shape[:2]
    num_rows = rows.stop - rows.start
    result = np.empty((num_rows, width, 3), pixels.dtype) if out is None else out
    step = num_rows if progress is None else max(1, _PROGRESS_PIXELS // width)
    for top in range(0, num_rows, step):
        place = slice(top, min(top + step, num_rows))
        strip = slice(rows.start + place.start, rows.start + place.stop)
        part, window = None if mask is None else mask[strip], Window(strip.start, 0, height, width)
        render(pixels[strip], look, strength=strength, mask=part, window=window, out=result[place], device=device)
        if progress is not None:
            progress(place.stop, num_rows)
    return result
