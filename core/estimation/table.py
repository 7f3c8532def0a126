"""Color tables of looks: kept inside the cube, with limited slopes and monotonic grays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce

import numpy as np

from ..color.srgb import REC709_LUMA
from ..imaging.rendering.look import TABLE_SIZE, Look, grid_shape, table_colors

MAX_SLOPE = 3.0  # of the result over the color, in any direction; steeper maps posterize
_MIN_GRAY_SLOPE = 0.02  # smallest slope of luma along the gray axis
_MARGIN = 0.05  # by which entries may leave the cube, so that colors between entries reach its faces
ROUNDS = 40  # of smoothing at most
_PRINT_SPREAD = 0.3  # largest difference of the channels of a print in one color, black-and-white or toned


@cache
def node_colors() -> np.ndarray:
    """Return (17, 17, 17, 3) float32: the sRGB-encoded color of each entry of a table, indexed [r, g, b]."""
    return table_colors()


def look_from_colors(colors: np.ndarray) -> Look:
    """Make a look from the results of a color map.

    Args:
        colors: (17, 17, 17, 3) result of the map at `node_colors`, sRGB-encoded.

    Returns:
        A look whose table has no slope over MAX_SLOPE and increasing luma along the gray axis.
    """
    return Look(table_from_colors(colors), np.zeros(grid_shape(), np.float32))


def table_from_colors(colors: np.ndarray, limited: Callable[[np.ndarray], np.ndarray] | None = None) -> np.ndarray:
    """Return the table of `look_from_colors`: (17, 17, 17, 3) float32.

    Args:
        colors: as there.
        limited: does what `limit_slopes` does; None for that.
    """
    limited = limited or limit_slopes
    held = np.clip(colors.astype(np.float32), -_MARGIN, 1 + _MARGIN)
    calm = keep_gray_order(limited(keep_gray_order(limited(held))))  # each step slightly undoes the other
    return (calm - node_colors()).astype(np.float32)


def largest_slopes(colors: np.ndarray) -> np.ndarray:
    """Return an upper bound (16, 16, 16) of the slope of the map in any direction, for each cell of the table.

    The spectral norm is at most the root of the largest row sum times the largest column sum.
    """
    jacobian = np.stack([_cell_difference(colors, axis) for axis in range(3)], -1)  # (16, 16, 16, out, in)
    sizes = np.abs(jacobian)
    return np.sqrt(sizes.sum(-1).max(-1) * sizes.sum(-2).max(-1))


def limit_slopes(colors: np.ndarray) -> np.ndarray:
    """Smooth the map around cells that are steeper than MAX_SLOPE."""
    goal = calm_goal(colors)
    residual = colors - goal
    for _ in range(ROUNDS):
        steep = largest_slopes(residual + goal) > MAX_SLOPE
        if not steep.any():
            break
        residual = smoothed_around(steep, residual)
    return residual + goal


def smoothed_around(steep: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Smooth a residual (17, 17, 17, 3) around the cells (16, 16, 16) bool that are steep."""
    return np.where(_around(steep)[..., None], _blurred(residual), residual)


def keep_gray_order(colors: np.ndarray) -> np.ndarray:
    """Shift tones so that luma increases along the gray axis: the mean of the running maximum and minimum."""
    luma_of = np.array(REC709_LUMA, np.float32)
    diagonal = np.arange(TABLE_SIZE)
    luma = colors[diagonal, diagonal, diagonal] @ luma_of
    ramp = _MIN_GRAY_SLOPE * diagonal / (TABLE_SIZE - 1)
    level = luma - ramp
    from_below, from_above = np.maximum.accumulate(level), np.minimum.accumulate(level[::-1])[::-1]
    lift = (from_below + from_above) / 2 - level
    places = node_colors() @ luma_of * (TABLE_SIZE - 1)
    return colors + np.interp(places, diagonal, lift).astype(np.float32)[..., None]


def calm_goal(colors: np.ndarray) -> np.ndarray:
    """The target of smoothing: the identity, or the grays for prints in one color."""
    grays = np.repeat((node_colors() @ np.array(REC709_LUMA, np.float32))[..., None], 3, -1)
    return np.where(np.ptp(colors, axis=-1).max() > _PRINT_SPREAD, node_colors(), grays)


def _cell_difference(colors: np.ndarray, axis: int) -> np.ndarray:
    """The steepest difference along an axis among each cell's four edges: (16, 16, 16, 3)."""
    edges = np.diff(colors, axis=axis) * (TABLE_SIZE - 1)
    for other in range(3):
        if other != axis:
            first, second = (np.take(edges, range(s, s + TABLE_SIZE - 1), other) for s in (0, 1))
            edges = np.where(np.abs(first) > np.abs(second), first, second)
    return edges


def _around(cells: np.ndarray) -> np.ndarray:
    """(17, 17, 17) bool: the entries that touch any of the cells (16, 16, 16)."""
    padded, halves = np.pad(cells, 1), (slice(0, -1), slice(1, None))
    return reduce(np.logical_or, [padded[r, g, b] for r in halves for g in halves for b in halves])


def _blurred(values: np.ndarray) -> np.ndarray:
    for axis in range(3):
        before = np.concatenate([np.take(values, [0], axis), np.take(values, range(TABLE_SIZE - 1), axis)], axis)
        after = np.concatenate([np.take(values, range(1, TABLE_SIZE), axis), np.take(values, [-1], axis)], axis)
        values = 0.25 * before + 0.5 * values + 0.25 * after
    return values
