"""Arithmetic of color tables of any size: interpolation, curves in front of a table, other sizes."""

from __future__ import annotations

import numpy as np

TABLE_SIZE = 17  # of the looks that the set network makes
MAX_TABLE_SIZE = 144  # of any look: a HaldCLUT of level 12


def table_shape(size: int = TABLE_SIZE) -> tuple[int, ...]:
    """(r, g, b, out)."""
    return (size, size, size, 3)


def table_colors(size: int = TABLE_SIZE) -> np.ndarray:
    """(size, size, size, 3) float32: the sRGB-encoded color of each entry of a table."""
    axis = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)


def ramps(num_steps: int = 1024) -> np.ndarray:
    """(4 * num_steps, 3) float32: from black to white, red, green and blue, where tables and curves are compared."""
    steps = np.linspace(0, 1, num_steps, dtype=np.float32)[:, None]
    return np.concatenate([steps * np.array(ends, np.float32) for ends in ((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1))])


def clamped(values: np.ndarray) -> np.ndarray:
    """Clamp values to [0, 1]; NaN becomes 0."""
    return np.fmin(np.fmax(values, np.float32(0)), np.float32(1))


def quads(rows: np.ndarray) -> np.ndarray:
    """Convert rows of three floats to one number of 16 bytes each, so that one load reads it."""
    padded = np.zeros((*rows.shape[:-1], 4), np.float32)
    padded[..., :3] = rows
    return padded.view(np.complex128)[..., 0]


def picked(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return the quads at an index (P,): (P, 4) float32."""
    return np.take(table, index, mode="clip").view(np.float32).reshape(-1, 4)


def repeated(values: np.ndarray) -> np.ndarray:
    """(P,) as (P, 4)."""
    return np.repeat(values, 4).reshape(-1, 4)


def interpolated(places: np.ndarray, table: np.ndarray, size: int) -> np.ndarray:
    """Interpolate a table in tetrahedra (Kasson et al. 1995).

    Args:
        places: (3, P) float32 in [0, 1] along red, green and blue.
        table: (size^3,) quads, indexed [r, g, b].
        size: points along each axis.

    Returns:
        (P, 4) of floats, the last column 0.
    """
    steps = (np.intp(size**2), np.intp(size), np.intp(1))
    scaled = places * np.float32(size - 1)
    cells = np.minimum(scaled.astype(np.int32), size - 2)
    red, green, blue = scaled - cells
    first_red, first_green, late_blue = red >= green, green >= blue, red >= blue
    near = (cells[0] * steps[0] + cells[1] * steps[1] + cells[2]).astype(np.intp)
    larger, smaller = np.maximum(red, green), np.minimum(red, green)
    largest, smallest = np.maximum(larger, blue), np.minimum(smaller, blue)
    middle = np.maximum(smaller, np.minimum(larger, blue))
    first = np.where(first_red, np.where(late_blue, steps[0], steps[2]), np.where(first_green, steps[1], steps[2]))
    last = np.where(first_red, np.where(first_green, steps[2], steps[1]), np.where(late_blue, steps[2], steps[0]))
    far = sum(steps)
    total = picked(table, near) * repeated(1 - largest)
    total += picked(table, near + first) * repeated(largest - middle)
    total += picked(table, near + (far - last)) * repeated(middle - smallest)
    total += picked(table, near + far) * repeated(smallest)
    return total


def curved(colors: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Apply a curve to each channel, linear between its points.

    Args:
        colors: (3, P) float32 in [0, 1].
        curves: (3, N) float32: results at N even steps from 0 to 1.

    Returns:
        (3, P) float32, clamped to [0, 1].
    """
    last = curves.shape[1] - 1
    scaled = colors * np.float32(last)
    cells = np.minimum(scaled.astype(np.int32), last - 1)
    parts = scaled - cells
    results = np.empty_like(colors)
    for channel, curve in enumerate(curves):
        low, high = curve[cells[channel]], curve[cells[channel] + 1]
        results[channel] = low + parts[channel] * (high - low)
    return clamped(results)


def residual_of(places: np.ndarray, table: np.ndarray, size: int, curves: np.ndarray | None) -> np.ndarray:
    """Return what curves and then a residual table add to colors: (P, 4) of floats.

    Args:
        places: (3, P) float32 in [0, 1].
        table: (size^3,) quads.
        size: points along each axis.
        curves: as of `curved`, in front of the table; None for none.
    """
    if curves is None:
        return interpolated(places, table, size)
    bent = curved(places, curves)
    residual = interpolated(bent, table, size)
    residual[:, :3] += (bent - places).T
    return residual


def resampled(table: np.ndarray, size: int, curves: np.ndarray | None = None) -> np.ndarray:
    """Evaluate curves and a residual table on a lattice of another size; the curves are then part of the table.

    Without curves, it is exact if each step of the table is a whole number of steps of the new one.

    Args:
        table: (N, N, N, 3) float32.
        size: points along each axis of the result.
        curves: as of `curved`; None for none.

    Returns:
        (size, size, size, 3) float32 residual.
    """
    if curves is None and len(table) == size:
        return table
    entries, result = quads(table.reshape(-1, 3)), np.empty(table_shape(size), np.float32)
    for red, colors in enumerate(table_colors(size)):  # one plane at a time, for the sake of memory
        places = np.ascontiguousarray(colors.reshape(-1, 3).T)
        result[red] = residual_of(places, entries, len(table), curves)[:, :3].reshape(size, size, 3)
    return result
