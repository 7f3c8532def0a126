"""Rendering: gives a photo of any size its look, on the CPU or a GPU, in the photo's own depth."""

from __future__ import annotations

import math

import numpy as np

from .limits import MAX_STRENGTH
from .look import Look, Window

DEPTHS = (np.uint8, np.uint16, np.float32)


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
) -> np.ndarray:
    """Apply a look: `pixels + strength * mask * (look(pixels) - pixels)`, as `apply_look` defines it.

    At strength 0, under a mask of 0 and by the identity, pixels come out as they went in, bit for bit. Float colours
    are not clamped, whole numbers are.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32, sRGB-encoded; whole numbers run from 0 to the depth's largest.
        look: what is done to them.
        strength: 0 to 1.5.
        mask: (H, W) float32 in [0, 1]: how much of the look a pixel gets; None for all of it everywhere.
        window: where the pixels lie in the whole photo; None if they are the whole. Tiles rendered one by one
            are the same, bit for bit, as the whole rendered at once.
        out: where to write, an array like pixels (which it may be itself); None for a new array.
        dither: hide the steps of 8 bits under fine noise. It changes no pixel that the look leaves alone.
        device: "cpu", "cuda" (or "cuda:1" ...), "mps", or "auto" for the best there is.

    Returns:
        `out`: (H, W, 3) of the dtype of pixels.

    Raises:
        ValueError: an argument is of another kind than said here.
        AtelierError: the device is not there.
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
    if device == "cpu" and _has_kernel():
        from .render_cpu import render_on_cpu

        render_on_cpu(pixels, look, strength, mask, window, out, dither)
        return out
    from .render_torch import pick_device, render_with_torch

    chosen = pick_device(device)
    if chosen.type == "cpu" and device != "cpu":
        return render(pixels, look, strength=strength, mask=mask, window=window, out=out, dither=dither)
    render_with_torch(pixels, look, strength, mask, window, out, dither, chosen)
    return out


def _has_kernel() -> bool:
    """Whether the compiled renderer can be had; where numba is missing or broken, torch serves."""
    try:
        from . import render_kernel  # noqa: F401
    except ImportError:
        return False
    return True


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
