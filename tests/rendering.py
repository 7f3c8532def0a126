"""Random photos and looks, and what the definition makes of them, for the tests of the renderers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from portrait_atelier.core.imaging.rendering import render as render_module
from portrait_atelier.core.imaging.rendering.look import TABLE_SIZE, Look, Window, grid_shape, table_shape
from portrait_atelier.core.imaging.rendering.look_tensors import apply_look, curves_of, tensors_of
from portrait_atelier.core.imaging.rendering.photo_regions import NUM_REGIONS, SKIN, SUBJECT
from portrait_atelier.core.imaging.rendering.render_numpy import render_with_numpy
from portrait_atelier.core.imaging.rendering.render_torch import render_with_torch

DTYPES = (np.uint8, np.uint16, np.float32)


def limit_of(dtype: type) -> float:
    return 1.0 if dtype == np.float32 else float(np.iinfo(dtype).max)


def random_look(
    seed: int = 0,
    size: float = 0.2,
    *,
    table: bool = True,
    grid: bool = True,
    points: int = TABLE_SIZE,
    curve_points: int = 0,
) -> Look:
    rng = np.random.default_rng(seed)
    return Look(
        rng.standard_normal(table_shape(points), np.float32) * np.float32(size * table),
        rng.standard_normal(grid_shape(), np.float32) * np.float32(size * grid),
        curves=rng.random((3, curve_points), np.float32) * 2 - np.float32(0.5) if curve_points else None,
    )


def half_maps(height: int = 30, width: int = 40) -> np.ndarray:
    """Region maps (5, height, width), as of `predict_regions`: a subject on the left, whose upper half is skin."""
    maps = np.zeros((NUM_REGIONS, height, width), np.float32)
    maps[SUBJECT, :, : width // 2] = 1
    maps[SKIN, : height // 2, : width // 2] = 1
    return maps


def random_photo(height: int, width: int, dtype: type = np.float32, seed: int = 0) -> np.ndarray:
    colors = np.random.default_rng(seed).random((height, width, 3), np.float32)
    if dtype == np.float32:
        return colors * np.float32(1.4) - np.float32(0.2)
    return np.rint(colors * limit_of(dtype)).astype(dtype)


def defined(
    pixels: np.ndarray, look: Look, strength: float = 1, mask: np.ndarray | None = None, window: Window | None = None
) -> np.ndarray:
    """The definition, in float64 so that its own rounding does not count; not rounded to the depth."""
    limit = limit_of(pixels.dtype.type)
    image = torch.from_numpy(pixels.astype(np.float64) / limit).permute(2, 0, 1)[None]
    amount = None if mask is None else torch.from_numpy(mask.copy())[None, None].double()
    table, grid = (tensor.double() for tensor in tensors_of(look))
    found = curves_of(look)
    curves = None if found is None else found.double()
    result = apply_look(image, table, grid, strength=strength, mask=amount, window=window, curves=curves)
    result = result[0].permute(1, 2, 0).numpy() * limit
    return result if pixels.dtype == np.float32 else result.clip(0, limit)


def use_back_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `render` use one back end: `kernel`, `numpy`, or `torch` on the CPU."""

    def by_torch(*arguments: Any) -> None:
        render_with_torch(*arguments, torch.device("cpu"))

    chosen = {"kernel": render_module.render_with_kernel, "numpy": render_with_numpy, "torch": by_torch}[name]
    monkeypatch.setattr(render_module, "_cpu_renderer", lambda window: chosen)
