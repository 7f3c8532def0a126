"""Spatially varying light, in numpy: from the output of the place decoder to the bilateral grid of a look."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..color.srgb import REC709_LUMA
from ..imaging.place_basis import ENCODING_GAMMA, polynomials, tone_shares
from ..imaging.rendering.look import GRID_SIZE, NUM_TONES


def light_maps(region_grid: np.ndarray) -> np.ndarray:
    """Evaluate the light maps at the grid's cells, with subject and face (16, 16, 2) in them: (16, 16, 16 maps)."""
    return np.concatenate([_frame_maps(), region_grid], -1)


def grid_of_light(values: np.ndarray) -> np.ndarray:
    """Bake light into a grid of affine residuals; the effect of `networks.light.apply_light` on each tone.

    Args:
        values: (16, 16, 5) of each cell.

    Returns:
        (16, 16, 8, 3, 4) float32.
    """
    tones = np.linspace(0, 1, NUM_TONES, dtype=np.float32)
    shares = np.stack(tone_shares(tones), -1)  # (8, 3)
    stops = values[..., :3] @ shares.T  # (16, 16, 8)
    by_channel = stops[..., None] + values[..., None, 4:5] * np.array([0.5, 0, -0.5], np.float32)  # (16, 16, 8, 3)
    gain = np.exp2(np.maximum(by_channel, 0) / ENCODING_GAMMA)
    factor = gain / (1 + (gain - 1) * tones[:, None]) * np.exp2(np.minimum(by_channel, 0) / ENCODING_GAMMA)
    luma = np.tile(np.array(REC709_LUMA, np.float32), (3, 1))
    purity = np.maximum(1 + values[..., 3], 0)[..., None, None]  # (16, 16, 1, 1)
    faded = luma + purity * (np.eye(3, dtype=np.float32) - luma)  # (16, 16, out, in)
    matrices = factor[..., None] * faded[:, :, None] - np.eye(3, dtype=np.float32)
    return np.concatenate([matrices, np.zeros_like(matrices[..., :1])], -1).astype(np.float32)


@cache
def _frame_maps() -> np.ndarray:
    centers = (np.arange(GRID_SIZE, dtype=np.float32) + 0.5) / GRID_SIZE
    y, x = np.meshgrid(centers, centers, indexing="ij")
    return np.stack(polynomials(y, x), -1)
