"""Application of a look to a photo: at full size and depth, in the photo's own color space."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ..color_management import ColorSpace, OriginalPixels
from ..photo import Photo
from ..proxy import proxy_of
from .look import Look, Window
from .render import render
from .texturing import Texturing

STRIP_ROWS = 256  # of photos that are converted to sRGB and back
_TEXTURE_PIXELS, _TEXTURE_ROWS = 1 << 19, 48  # of a strip that gets a texture, and at least so many rows
_TEXTURE_THREADS = 4  # at most, for the sake of memory
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
    skin: np.ndarray | None = None,
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
        skin: (h, w) float32 in [0, 1] of any size, where skin is, for textures that treat it otherwise; None for
            nowhere.
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
    if source.is_srgb and not photo.is_gray and not look.has_texture:
        return replace(part, pixels=_rendered(photo.pixels, rows, look, strength, mask, device, progress, out))
    target = ColorSpace.of(None, is_gray=False) if to_color else source
    size = rows.stop - rows.start, photo.width
    result = np.empty(size if photo.is_gray and not to_color else (*size, 3), photo.pixels.dtype)
    strips = _Strips(photo, look, strength, mask, device, skin)

    def work(strip: slice) -> int:
        before, after = strips.restyled(source, strip)
        original = None if to_color else OriginalPixels(photo.pixels[strip], before)
        place = slice(strip.start - rows.start, strip.stop - rows.start)
        result[place] = target.from_srgb(after, result.dtype, original=original, dither_row=strip.start)
        return place.stop

    for done in _in_order(work, rows, photo.width, has_texture=look.has_texture):
        if progress is not None:
            progress(done, size[0])
    return replace(part, pixels=result, profile=None if to_color else photo.profile)


def cut_photo(photo: Photo, rows: slice | None) -> Photo:
    """Return some rows of a photo; None for all."""
    if rows is None:
        return photo
    return replace(photo, pixels=photo.pixels[rows], alpha=None if photo.alpha is None else photo.alpha[rows])


class _Strips:
    """Strips of a photo, converted to sRGB, before and after the look."""

    def __init__(
        self, photo: Photo, look: Look, strength: float, mask: np.ndarray | None, device: str, skin: np.ndarray | None
    ) -> None:
        self._photo, self._look, self._device = photo, look.plain, device
        self._strength, self._mask = strength, mask
        self._texturing = None
        if look.texture is not None and look.has_texture and strength > 0:
            self._texturing = Texturing(look.texture, photo.height, photo.width, self._shrunk, skin)

    def restyled(self, source: ColorSpace, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """Return some rows before and after, each (rows, W, 3) float32."""
        if self._texturing is None:
            before = source.to_srgb(self._photo.pixels[rows])
            mask = None if self._mask is None else self._mask[rows]
            return before, self._looked(before, rows.start, self._strength, mask)
        first = max(0, rows.start - self._texturing.margin)
        wide = source.to_srgb(self._photo.pixels[first : rows.stop + self._texturing.margin])
        after = self._texturing.apply(self._looked(wide, first), first, rows)
        before = wide[rows.start - first : rows.stop - first]
        if self._mask is not None:
            amount = np.float32(self._strength) * self._mask[rows, :, None]
            mixed = before + amount * (after - before)
            after = np.where(amount == 0, before, np.where(amount == 1, after, mixed))
        elif self._strength != 1:
            after = before + np.float32(self._strength) * (after - before)
        return before, after

    def _looked(
        self, pixels: np.ndarray, top: int, strength: float = 1.0, mask: np.ndarray | None = None
    ) -> np.ndarray:
        window = Window(top, 0, self._photo.height, self._photo.width)
        return render(pixels, self._look, strength=strength, mask=mask, window=window, device=self._device)

    def _shrunk(self, longer_side: int) -> np.ndarray:
        """A small copy of the photo under the look, without texture."""
        return render(proxy_of(self._photo, longer_side).pixels, self._look)


def _in_order(work: Callable[[slice], int], rows: slice, width: int, *, has_texture: bool) -> Iterable[int]:
    """Work on one strip after the other, or on several at once where rendering itself uses one core only."""
    step = max(_TEXTURE_ROWS, _TEXTURE_PIXELS // width) if has_texture else STRIP_ROWS
    strips = [slice(top, min(top + step, rows.stop)) for top in range(rows.start, rows.stop, step)]
    num_threads = min(os.cpu_count() or 1, _TEXTURE_THREADS, len(strips)) if has_texture else 1
    if num_threads == 1:
        yield from map(work, strips)
        return
    pool = ThreadPoolExecutor(num_threads, thread_name_prefix="texture")
    try:
        yield from pool.map(work, strips)
    finally:
        pool.shutdown(cancel_futures=True)


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
