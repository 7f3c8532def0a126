"""The GPU renderer: applies the definition in torch to strips of rows."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...errors import AtelierError
from ..dither import TILE_SIZE, dither_thresholds
from .look import Look, Window
from .look_tensors import apply_look, curves_of, region_tensors_of, tensors_of
from .photo_regions import PhotoRegions

CPU_STRIP_PIXELS = 1 << 16  # `apply_look` needs about 350 bytes for each
GPU_STRIP_PIXELS = 1 << 21


def pick_device(name: str) -> torch.device:
    """Return the device of a name.

    Args:
        name: "auto" (CUDA, else MPS, else the CPU), "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        ValueError: the name is unknown.
        AtelierError: this machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    kind, _, number = name.partition(":")
    if kind not in available or (number and not number.isdecimal()):
        raise ValueError(f'device must be "auto", "cpu", "cuda", "cuda:N" or "mps", got {name!r}')
    if not available[kind] or (kind == "cuda" and int(number or 0) >= torch.cuda.device_count()):
        there = ", ".join(kind for kind, there in available.items() if there)
        raise AtelierError(
            "{name}: no such device (PyTorch {version} finds here: {there}); use --device auto",
            name=name,
            version=torch.__version__,
            there=there,
        )
    return torch.device(name)


@torch.inference_mode()
def render_with_torch(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
    regions: PhotoRegions | None,
    device: torch.device,
) -> None:
    """Render into `out`, which may be `pixels`. Arguments are those of `render`, already checked."""
    height, width, _ = pixels.shape
    (table, grid), curves = tensors_of(look, device), curves_of(look, device)
    limit = None if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    for rows, columns in _tiles(height, width, CPU_STRIP_PIXELS if device.type == "cpu" else GPU_STRIP_PIXELS):
        part = Window(window.top + rows.start, window.left + columns.start, window.full_height, window.full_width)
        # A copy, since the photo may be read-only or not contiguous, and torch has little arithmetic for uint16.
        colors = torch.from_numpy(pixels[rows, columns].astype(np.float32)).to(device).permute(2, 0, 1)[None]
        amount = None
        if mask is not None:
            amount = torch.from_numpy(mask[rows, columns].copy()).to(device)[None, None]
        image = colors if limit is None else colors / limit
        apart = None
        if regions is not None and look.has_region_tables:
            own = np.ascontiguousarray(image[0].permute(1, 2, 0).cpu().numpy())
            apart = region_tensors_of(look, regions.weights(own, part.top, part.left), device)
        options = {"mask": amount, "window": part, "regions": apart, "curves": curves}
        styled = apply_look(image, table, grid, strength=strength, **options)
        if amount is not None:
            styled = torch.where(amount == 0, image, styled)
        if limit is not None:
            noise = _noise(part, colors, dither and limit == 255)
            styled = (colors + (styled - image) * limit + noise).floor().clamp(0, limit)
        out[rows, columns] = styled[0].permute(1, 2, 0).cpu().numpy().astype(out.dtype)


def _tiles(height: int, width: int, num_pixels: int) -> list[tuple[slice, slice]]:
    across = min(width, num_pixels)
    down = max(1, num_pixels // across)
    return [
        (slice(top, min(top + down, height)), slice(left, min(left + across, width)))
        for top in range(0, height, down)
        for left in range(0, width, across)
    ]


def _noise(window: Window, like: Tensor, dither: bool) -> float | Tensor:
    """Return what is added before a color is truncated to an integer: (1, 3, H, W), or 1/2 to round."""
    if not dither:
        return 0.5
    rows = (window.top + np.arange(like.shape[2])) % TILE_SIZE
    columns = (window.left + np.arange(like.shape[3])) % TILE_SIZE
    return torch.from_numpy(dither_thresholds()[:, rows[:, None], columns[None, :]])[None].to(like.device)
