"""Color tables read plane by plane: one array for red, one for green, one for blue, in memory that is used again.

numpy goes through whole planes with vectors, and a block of them stays in the second-level cache. Memory that is asked
for anew in each block costs more than the arithmetic, so all of it comes from `Scratch`.
"""

from __future__ import annotations

import math

import numpy as np


class Scratch:
    """Arrays by name that are made once, for one thread. Each has room for the largest that was asked for."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, type], np.ndarray] = {}
        self._views: dict[tuple[str, type, tuple[int, ...]], np.ndarray] = {}

    def floats(self, name: str, *shape: int) -> np.ndarray:
        """Return a float32 array of any content."""
        return self._array(name, np.float32, shape)

    def integers(self, name: str, *shape: int) -> np.ndarray:
        """Return an int32 array of any content."""
        return self._array(name, np.int32, shape)

    def places(self, name: str, *shape: int) -> np.ndarray:
        """Return an array of any content, of the type that numpy indexes by."""
        return self._array(name, np.intp, shape)

    def _array(self, name: str, dtype: type, shape: tuple[int, ...]) -> np.ndarray:
        view = self._views.get((name, dtype, shape))
        if view is None:
            size = math.prod(shape)
            held = self._arrays.get((name, dtype))
            if held is None or held.size < size:
                held = self._arrays[name, dtype] = np.empty(size, dtype)
            view = self._views[name, dtype, shape] = held[:size].reshape(shape)
        return view


def clamp(values: np.ndarray, out: np.ndarray) -> None:
    """Clamp values to [0, 1]; NaN becomes 0."""
    np.fmax(values, np.float32(0), out=out)
    np.minimum(out, np.float32(1), out=out)


def planes_of(table: np.ndarray) -> np.ndarray:
    """Arrange a table (N, N, N, 3) as planes (3, N^3)."""
    return np.ascontiguousarray(table.reshape(-1, 3).T)


class Corners:
    """The corners of the tetrahedron around each color of a block, and their weights (Kasson et al. 1995).

    Corners of weight 0 are arbitrary.

    Args:
        places: (3, P) float32 in [0, 1] along red, green and blue.
        size: points of the table along each axis.
        scratch: holds the result until the next block.
    """

    def __init__(self, places: np.ndarray, size: int, scratch: Scratch) -> None:
        count = places.shape[1]
        self._index = scratch.places("corners", 4, count)
        self._weights = scratch.floats("weights", 4, count)
        self._value, self._scratch = scratch.floats("value", count), scratch
        cells, parts = scratch.integers("cells", 3, count), scratch.floats("parts", 3, count)
        whole = scratch.floats("whole", 3, count)
        np.multiply(places, np.float32(size - 1), out=parts)
        np.copyto(cells, parts, casting="unsafe")
        np.minimum(cells, size - 2, out=cells)
        np.copyto(whole, cells, casting="unsafe")
        parts -= whole
        self._find(parts, cells, size)
        self._weigh(parts)

    def add_up(self, table: np.ndarray, out: np.ndarray) -> None:
        """Interpolate the planes of a table (3, size^3) into `out` (3, P)."""
        for plane, total in zip(table, out, strict=True):
            plane.take(self._index[0], out=total, mode="clip")
            total *= self._weights[0]
            for index, weight in zip(self._index[1:], self._weights[1:], strict=True):
                plane.take(index, out=self._value, mode="clip")
                self._value *= weight
                total += self._value

    def _find(self, parts: np.ndarray, cells: np.ndarray, size: int) -> None:
        """Count one step along the axis of the largest part, then all but that of the smallest, then all.

        Comparisons are sign bits of differences: all ones where the difference is negative.
        """
        red, green, blue = parts
        red_step, green_step, far = size**2, size, size**2 + size + 1
        near, step, mask = cells
        near *= size
        near += cells[1]
        near *= size
        near += cells[2]
        difference = self._value
        sign = difference.view(np.int32)
        np.subtract(red, green, out=difference)
        np.right_shift(sign, 31, out=mask)
        np.bitwise_and(mask, green_step - red_step, out=step)
        step += red_step - 1  # of the larger of red and green, more than blue's
        np.maximum(red, green, out=difference)
        np.subtract(blue, difference, out=difference)
        np.right_shift(sign, 31, out=mask)
        mask &= step
        mask += near
        np.add(mask, 1, out=self._index[1])
        np.subtract(far - 3, step, out=step)  # of the smaller of red and green
        np.minimum(red, green, out=difference)
        difference -= blue
        np.right_shift(sign, 31, out=mask)
        mask &= step
        np.subtract(near, mask, out=mask)
        np.add(mask, far - 1, out=self._index[2])
        np.copyto(self._index[0], near)
        np.add(near, far, out=self._index[3])

    def _weigh(self, parts: np.ndarray) -> None:
        red, green, blue = parts
        larger, smaller, middle = self._scratch.floats("whole", 3, len(red))
        np.maximum(red, green, out=larger)
        np.minimum(red, green, out=smaller)
        np.minimum(larger, blue, out=middle)
        np.maximum(smaller, middle, out=middle)
        np.maximum(larger, blue, out=larger)
        np.minimum(smaller, blue, out=self._weights[3])
        np.subtract(np.float32(1), larger, out=self._weights[0])
        np.subtract(larger, middle, out=self._weights[1])
        np.subtract(middle, self._weights[3], out=self._weights[2])


def bend(places: np.ndarray, curves: np.ndarray, out: np.ndarray, scratch: Scratch) -> None:
    """Apply a curve to each channel, linear between its points, and clamp.

    Args:
        places: (3, P) float32 in [0, 1].
        curves: (3, M) float32: results at M even steps from 0 to 1.
        out: (3, P), the result; not `places`.
        scratch: for what lies between.
    """
    last = curves.shape[1] - 1
    cells, index = scratch.integers("curve cells", places.shape[1]), scratch.places("curve index", places.shape[1])
    part, low = scratch.floats("curve part", places.shape[1]), scratch.floats("curve low", places.shape[1])
    for channel, curve, result in zip(places, curves, out, strict=True):
        np.multiply(channel, np.float32(last), out=part)
        np.copyto(cells, part, casting="unsafe")
        np.minimum(cells, last - 1, out=cells)
        np.copyto(low, cells, casting="unsafe")
        part -= low
        np.copyto(index, cells)
        curve.take(index, out=low, mode="clip")
        curve[1:].take(index, out=result, mode="clip")
        result -= low
        result *= part
        result += low
    clamp(out, out)
