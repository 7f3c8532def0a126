"""The renderer for GPUs, and for the CPU where numba is missing: goes through a photo tile by tile."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...errors import AtelierError
from ..cores import num_cores
from ..dither import TILE_SIZE, dither_thresholds
from .look import Look, Window
from .photo_regions import PhotoRegions
from .torch_look import TorchLook
from .torch_threads import map_on_cores

CPU_TILE_PIXELS = 1 << 15  # few enough for the cache of a core
GPU_TILE_PIXELS = 1 << 21
_CPU = torch.device("cpu")


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
    device: torch.device = _CPU,
) -> None:
    """Render into `out`, which may be `pixels`. Arguments are those of `render`, already checked."""
    height, width, _ = pixels.shape
    arranged = TorchLook.of(look, device)
    regions = regions if look.has_region_tables else None
    limit = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    noise = _noise(window, width, device) if dither and limit == 255 else None

    def render_tile(tile: tuple[slice, slice]) -> None:
        rows, columns = tile
        part = Window(window.top + rows.start, window.left + columns.start, window.full_height, window.full_width)
        planes = np.empty((3, rows.stop - rows.start, columns.stop - columns.start), np.float32)
        for channel, plane in enumerate(planes):  # one at a time, since numpy is slow along an axis of three
            plane[...] = pixels[rows, columns, channel]
        colors = torch.from_numpy(planes).to(device)
        image = colors if limit == 1 else colors * (1 / limit)
        weights = None
        if regions is not None:
            own = np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy())
            weights = regions.weights(own, part.top, part.left)
        amount = _amount(None if mask is None else mask[rows, columns], strength * limit, device)
        for channel, added in enumerate(arranged.residual(image, part, weights)):
            styled = (added * amount).add_(colors[channel])
            if isinstance(amount, Tensor):  # also for colors that are not finite
                styled = torch.where(amount == 0, colors[channel], styled)
            if limit != 1:
                places = torch.arange(part.top, part.top + len(styled), device=device) % TILE_SIZE
                styled += 0.5 if noise is None else noise[channel, places, columns]
                styled.clamp_(0, limit)
            np.copyto(out[rows, columns, channel], styled.cpu().numpy(), casting="unsafe")

    if device.type != "cpu":
        for tile in _tiles(height, width, GPU_TILE_PIXELS):
            render_tile(tile)
        return
    work = torch.inference_mode()(render_tile)  # the mode is a thread's own
    for _ in map_on_cores(work, _tiles(height, width, CPU_TILE_PIXELS), num_cores()):
        pass


def _amount(mask: np.ndarray | None, factor: float, device: torch.device) -> float | Tensor:
    """Return by how much the effect of a look is multiplied: a number, or one for each pixel."""
    return factor if mask is None else torch.from_numpy(mask * np.float32(factor)).to(device)


def _tiles(height: int, width: int, num_pixels: int) -> list[tuple[slice, slice]]:
    across = min(width, num_pixels)
    down = max(1, num_pixels // across)
    return [
        (slice(top, min(top + down, height)), slice(left, min(left + across, width)))
        for top in range(0, height, down)
        for left in range(0, width, across)
    ]


def _noise(window: Window, width: int, device: torch.device) -> Tensor:
    """Return what is added to 8-bit colors before they are truncated: (3, 64, width), periodic in rows."""
    columns = (window.left + np.arange(width)) % TILE_SIZE
    return torch.from_numpy(np.ascontiguousarray(dither_thresholds()[:, :, columns])).to(device)
