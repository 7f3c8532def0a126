"""Rendering of a look on a photo of any size, on the CPU or a GPU, in the photo's own depth."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..limits import MAX_STRENGTH
from .look import Look, Window
from .photo_regions import PhotoRegions

DEPTHS = (np.uint8, np.uint16, np.float32)
# From this number of pixels on, importing the compiled kernel pays: `python -m benchmarks.startup --threshold`.
KERNEL_PIXELS = 4_000_000

_Renderer = Callable[
    [np.ndarray, Look, float, "np.ndarray | None", Window, np.ndarray, bool, "PhotoRegions | None"], None
]


def render(
    pixels: np.ndarray,
    look: Look,
    *,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    window: Window | None = None,
    out: np.ndarray | None = None,
    dither: bool = True,
    device: str = "cpu",
    regions: PhotoRegions | None = None,
) -> np.ndarray:
    """Apply a look: `pixels + strength * mask * (look(pixels) - pixels)`, as `apply_look` defines it.

    At strength 0, under a mask of 0 and for the identity, pixels stay unchanged, bit for bit. Float colors are not
    clamped, integers are.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32, sRGB-encoded; integers span the full range of the dtype.
        look: to apply.
        strength: 0 to 1.5.
        mask: (H, W) float32 in [0, 1], weight of the look for each pixel; None for 1 everywhere.
        window: position of the pixels in the whole photo; None if they are the whole. Tiles rendered one by one equal
            the whole photo bit for bit.
        out: array for the result, which may be `pixels`; None for a new one.
        dither: whether to dither 8-bit results. Pixels that the look does not change stay unchanged.
        device: "cpu", "cuda" (or "cuda:1" ...), "mps", or "auto": a GPU if torch is imported already and has one,
            else the CPU.
        regions: where subject and skin are, for a look with tables for them; None for its `table` everywhere.

    Returns:
        `out`: (H, W, 3) of the dtype of pixels.

    Raises:
        ValueError: an argument has a wrong shape, dtype or range.
        AtelierError: the device does not exist.
    """
    _require_pixels(pixels)
    if not (math.isfinite(strength) and 0 <= strength <= MAX_STRENGTH):
        raise ValueError(f"strength must be 0 to {MAX_STRENGTH}, got {strength}")
    _require_mask(mask, pixels)
    window = window or Window.whole(*pixels.shape[:2])
    _require_window(window, pixels)
    out = np.empty(pixels.shape, pixels.dtype) if out is None else out
    _require_out(out, pixels)
    if strength == 0 or pixels.size == 0 or look.is_identity:
        if out is not pixels:
            out[...] = pixels
        return out
    if runs_on_cpu(device):
        _cpu_renderer(window)(pixels, look, strength, mask, window, out, dither, regions)
        _done.add(pixels, window)
        return out
    from .render_torch import pick_device, render_with_torch  # torch takes seconds to import

    render_with_torch(pixels, look, strength, mask, window, out, dither, regions, pick_device(device))
    return out


def runs_on_cpu(device: str) -> bool:
    """Whether `render` uses the CPU for this device."""
    if device == "cpu" or (device == "auto" and "torch" not in sys.modules):
        return True
    from .render_torch import pick_device  # torch takes seconds to import

    return pick_device(device).type == "cpu"


def load_kernel_beside(
    num_pixels: int, *, texture: bool = False, depth: np.dtype | type = np.uint8
) -> threading.Thread | None:
    """Import the compiled kernel on another thread, if it pays for so many pixels, while a photo is read.

    Args:
        num_pixels: to be rendered.
        texture: whether the kernel for looks with texture is needed, too.
        depth: of the photos, one of DEPTHS.

    Returns:
        The thread, for who wants to wait for it; None if it does not pay.
    """
    if not is_kernel_worth_it(num_pixels):
        return None
    thread = threading.Thread(target=_load_kernel, args=(texture, depth), name="kernel")
    thread.start()
    return thread


def _load_kernel(texture: bool, depth: np.dtype | type) -> None:
    if not has_kernel():
        return
    from .render_cpu import render_on_cpu

    pixel = np.zeros((1, 1, 3), depth)
    render_on_cpu(pixel, Look.identity(), 1.0, None, Window.whole(1, 1), pixel, True)
    if texture:
        from .texture_cpu import load_kernels

        load_kernels()


@cache
def has_kernel() -> bool:
    """Whether the compiled kernel can be imported; it cannot where numba is missing, or does not go with numpy.

    Python does not remember that an import failed, and tries anew for each strip of a photo.
    """
    try:
        from .render_cpu import render_on_cpu as render_on_cpu
    except ImportError:
        return False
    return True


@dataclass
class _Done:
    """The number of pixels this process has rendered on the CPU."""

    num_pixels: int = 0

    def add(self, pixels: np.ndarray, window: Window) -> None:
        """Count a photo with its last tile, so that all tiles are rendered by the same renderer."""
        ends = (window.top + pixels.shape[0], window.left + pixels.shape[1])
        if ends == (window.full_height, window.full_width):
            self.num_pixels += ends[0] * ends[1]


_done = _Done()


def _cpu_renderer(window: Window) -> _Renderer:
    """Return the compiled kernel if its import pays and succeeds, else numpy's renderer.

    The size of the whole photo decides, not that of the tile.
    """
    if is_kernel_worth_it(window.full_height * window.full_width) and has_kernel():
        return render_with_kernel
    from .render_numpy import render_with_numpy

    return render_with_numpy


def render_with_kernel(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
    regions: PhotoRegions | None,
) -> None:
    """Render by one of the compiled kernels: that for regions is slower, and few looks need it."""
    if regions is not None and look.has_region_tables:
        from .texture_cpu import render_by_region

        render_by_region(pixels, look, strength, mask, window, out, dither, regions)
        return
    from .render_cpu import render_on_cpu

    render_on_cpu(pixels, look, strength, mask, window, out, dither)


def is_kernel_worth_it(num_pixels: int) -> bool:
    """Whether importing numba pays for so many pixels in this process.

    It does in a process that has imported numba already, or torch, as long-lived ones do: worker, panel, ComfyUI.
    """
    return _done.num_pixels + num_pixels >= KERNEL_PIXELS or "numba" in sys.modules or "torch" in sys.modules


def _require_pixels(pixels: np.ndarray) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"pixels must be (H, W, 3), got shape {pixels.shape}")
    if pixels.dtype not in DEPTHS:
        raise ValueError(f"pixels must be uint8, uint16 or float32, got {pixels.dtype}")


def _require_mask(mask: np.ndarray | None, pixels: np.ndarray) -> None:
    if mask is not None and (mask.shape != pixels.shape[:2] or mask.dtype != np.float32):
        raise ValueError(f"mask must be float32 {pixels.shape[:2]}, got {mask.dtype} {mask.shape}")


def _require_window(window: Window, pixels: np.ndarray) -> None:
    height, width = pixels.shape[:2]
    inside = window.top + height <= window.full_height and window.left + width <= window.full_width
    if window.top < 0 or window.left < 0 or not inside:
        raise ValueError(f"window must hold {height} x {width} pixels inside the whole photo, got {window}")


def _require_out(out: np.ndarray, pixels: np.ndarray) -> None:
    if out.shape != pixels.shape or out.dtype != pixels.dtype or not out.flags.writeable:
        raise ValueError(f"out must be writable {pixels.dtype} {pixels.shape}, got {out.dtype} {out.shape}")
    same_place = out.ctypes.data == pixels.ctypes.data and out.strides == pixels.strides
    if not same_place and np.may_share_memory(out, pixels):
        raise ValueError("out must be pixels itself or share no memory with it, got an overlapping array")
