"""Strips of a photo under a look with a texture, or with tables for regions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np

from ..color_management import ColorSpace, OriginalPixels
from ..cores import num_cores
from ..photo import Photo
from .look import Look, Window
from .photo_regions import PhotoRegions
from .region_mask import GUIDE_SIZE
from .render import has_kernel, is_kernel_worth_it, render, runs_on_cpu
from .small_copies import SmallCopies
from .texturing import Texturing, copy_sizes

_FLOAT_PIXELS, _FLOAT_ROWS = 1 << 17, 16  # of a strip that is converted to floats, and at least so many rows
_ROWS_PER_MARGIN = 4  # at least, since the rows of the margins are computed for each strip anew
_FLOAT_THREADS = 4  # at most, for the sake of memory
_LEAST_ROWS, _MOST_ROWS = 64, 512  # of a strip that the kernel reads from the photo itself
_STRIPS_PER_CORE = 4
STRIP_ROWS = 256  # of photos that are converted to sRGB and back, where rendering itself uses all cores

_Renderer = Callable[[np.ndarray, int, slice], np.ndarray]


class Strips:
    """A photo under a look: prepared once, then rendered strip by strip.

    Args:
        photo: any depth and color space.
        look: with or without texture and tables for regions.
        strength: 0 to 1.5.
        mask: (H, W) float32, or None.
        device: of the renderer.
        maps: (5, h, w) float32 of `predict_regions`; None for subject everywhere, and skin nowhere.
    """

    def __init__(
        self, photo: Photo, look: Look, strength: float, mask: np.ndarray | None, device: str, maps: np.ndarray | None
    ) -> None:
        self._photo, self._look, self._device = photo, look.plain, device
        self._strength, self._mask = strength, mask
        self._size = (photo.height, photo.width)
        self._source = ColorSpace.of(photo.profile, is_gray=photo.is_gray)
        self._kernel = _kernel_for(photo, device) if look.has_texture or look.has_region_tables else None
        maps = maps if look.needs_regions else None
        sizes = [] if maps is None else [GUIDE_SIZE]
        sizes += [] if look.texture is None else copy_sizes(look.texture, max(self._size))
        copies = SmallCopies.of(photo, max(sizes)) if sizes else SmallCopies([])
        self._regions = None if maps is None else PhotoRegions.of(look, maps, copies.shrunk(GUIDE_SIZE), self._size)
        self._texturing = None
        if look.texture is not None and look.has_texture:
            looked = copies.changed(self._look_at_copy)
            fit = None if self._kernel is None else self._kernel.fit_copy
            self._texturing = Texturing(look.texture, *self._size, looked.shrunk, fit)

    def render(self, result: np.ndarray, target: ColorSpace, rows: slice, *, to_color: bool) -> Iterator[int]:
        """Render rows of the photo into `result`, of their size and depth in the space `target`; yield those done."""
        if self._kernel is not None and target is self._source and target.is_srgb and not target.is_gray:
            return self._rendered_directly(self._kernel, result, rows)
        return self._converted(result, target, rows, to_color)

    def _rendered_directly(self, kernel: ModuleType, result: np.ndarray, rows: slice) -> Iterator[int]:
        """The kernel reads and writes the photo's own depth."""
        from .render_cpu import on_all_cores  # comes with the kernel

        pixels = self._photo.pixels
        layout = self._layout(kernel, pixels.dtype)

        def work(strip: slice) -> int:
            mask = None if self._mask is None else self._mask[strip]
            place = _moved(strip, -rows.start)
            layout.render(pixels, 0, result[place], strip, self._strength, mask)
            return place.stop

        step = min(max(len(result) // (_STRIPS_PER_CORE * num_cores()), _LEAST_ROWS), _MOST_ROWS)
        return on_all_cores(work, _strips(rows, step))

    def _converted(self, result: np.ndarray, target: ColorSpace, rows: slice, to_color: bool) -> Iterator[int]:
        """Strips are converted to floats in sRGB and back."""
        renderer = self._float_renderer()

        def work(strip: slice) -> int:
            before, after = self._before_and_after(strip, renderer)
            original = None if to_color else OriginalPixels(self._photo.pixels[strip], before)
            place = _moved(strip, -rows.start)
            result[place] = target.from_srgb(after, result.dtype, original=original, dither_row=strip.start)
            return place.stop

        if self._texturing is None and self._regions is None:
            yield from map(work, _strips(rows, STRIP_ROWS))
            return
        margin = 0 if self._texturing is None else self._texturing.margin
        strips = _strips(rows, max(_FLOAT_ROWS, _ROWS_PER_MARGIN * margin, _FLOAT_PIXELS // self._size[1]))
        num_threads = min(num_cores(), _FLOAT_THREADS)
        if self._kernel is None and "torch" in sys.modules and runs_on_cpu(self._device):
            from .torch_threads import map_on_cores

            yield from map_on_cores(work, strips, num_threads)
            return
        pool = ThreadPoolExecutor(num_threads, thread_name_prefix="texture")
        try:
            yield from pool.map(work, strips)
        finally:
            pool.shutdown(cancel_futures=True)

    def _float_renderer(self) -> _Renderer:
        if self._kernel is not None:
            layout = self._layout(self._kernel, np.dtype(np.float32))

            def by_kernel(wide: np.ndarray, first: int, rows: slice) -> np.ndarray:
                after = np.empty((rows.stop - rows.start, *wide.shape[1:]), np.float32)
                mask = None if self._mask is None else self._mask[rows]
                layout.render(wide, first, after, rows, self._strength, mask)
                return after

            return by_kernel
        return self._textured

    def _layout(self, kernel: ModuleType, dtype: np.dtype) -> Any:
        window = Window.whole(*self._size)
        return kernel.TextureLayout.of(self._look, self._regions, self._texturing, window, dtype, True)

    def _before_and_after(self, rows: slice, renderer: _Renderer) -> tuple[np.ndarray, np.ndarray]:
        """Return some rows before and after the look, each (rows, W, 3) float32."""
        margin = 0 if self._texturing is None else self._texturing.margin
        first = max(0, rows.start - margin)
        wide = self._source.to_srgb(self._photo.pixels[first : rows.stop + margin])
        return wide[rows.start - first : rows.stop - first], renderer(wide, first, rows)

    def _textured(self, wide: np.ndarray, first: int, rows: slice) -> np.ndarray:
        """Render by `render`, and add texture by numpy."""
        mask = None if self._mask is None else self._mask[rows]
        if self._texturing is None:
            return self._looked(wide, first, self._strength, mask)
        before = wide[rows.start - first : rows.stop - first]
        skin = None if self._regions is None else self._regions.weights(before, rows.start).skin
        after = self._texturing.apply(self._looked(wide, first), first, rows, skin)
        if mask is not None:
            amount = np.float32(self._strength) * mask[..., None]
            mixed = before + amount * (after - before)
            return np.where(amount == 0, before, np.where(amount == 1, after, mixed))
        return after if self._strength == 1 else before + np.float32(self._strength) * (after - before)

    def _looked(
        self, pixels: np.ndarray, top: int, strength: float = 1.0, mask: np.ndarray | None = None
    ) -> np.ndarray:
        window = Window(top, 0, *self._size)
        options = {"strength": strength, "mask": mask, "device": self._device, "regions": self._regions}
        return render(pixels, self._look, window=window, **options)

    def _look_at_copy(self, copy: np.ndarray) -> np.ndarray:
        """Apply the look to a small copy of the photo."""
        regions = None if self._regions is None else self._regions.at_size(*copy.shape[:2])
        return render(copy, self._look, regions=regions)


def _kernel_for(photo: Photo, device: str) -> ModuleType | None:
    """Return the compiled renderer of textures; None where it does not pay, is not there, or a GPU renders."""
    if runs_on_cpu(device) and is_kernel_worth_it(photo.height * photo.width) and has_kernel():
        from . import texture_cpu

        return texture_cpu
    return None


def _strips(rows: slice, step: int) -> list[slice]:
    return [slice(top, min(top + step, rows.stop)) for top in range(rows.start, rows.stop, step)]


def _moved(rows: slice, by: int) -> slice:
    return slice(rows.start + by, rows.stop + by)
