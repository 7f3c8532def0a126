"""The effect of a look on single colors at given places, in numpy."""

from __future__ import annotations

import numpy as np

from ..color.srgb import REC709_LUMA
from ..imaging.rendering.look import GRID_SIZE, NUM_TONES, Look
from ..imaging.rendering.render import render

_CORNERS = [(y, x, tone) for y in (0, 1) for x in (0, 1) for tone in (0, 1)]


def look_at_colors(look: Look, colors: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Apply the table and the grid of a look to colors.

    Args:
        look: its texture, and its tables for ground and skin, are left out.
        colors: (N, 3) float32, sRGB-encoded.
        places: (N, 2) y and x of each in the photo, 0 to 1.

    Returns:
        (N, 3) float32.
    """
    printed = render(np.ascontiguousarray(colors, np.float32)[None], look.flat)[0]
    if not look.has_grid:
        return printed
    cells = np.clip(places * GRID_SIZE - 0.5, 0, GRID_SIZE - 1)
    tones = np.clip(printed @ np.array(REC709_LUMA, np.float32), 0, 1) * (NUM_TONES - 1)
    spots = np.column_stack([cells, tones])  # (N, 3)
    before = np.minimum(spots.astype(int), (GRID_SIZE - 2, GRID_SIZE - 2, NUM_TONES - 2))
    share = spots - before
    maps = np.zeros((len(colors), 3, 4))
    for corner in _CORNERS:
        weight = np.where(corner, share, 1 - share).prod(1)
        maps += weight[:, None, None] * look.grid[tuple((before + corner).T)]
    changed = printed + (maps[..., :3] @ printed[..., None])[..., 0] + maps[..., 3]
    return changed.astype(np.float32)
