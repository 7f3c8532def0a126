"""Blue-noise dither, which avoids banding of 8-bit photos in skies and studio backdrops."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

TILE_SIZE = 64
_SPREAD = 1.9  # pixels: standard deviation of the Gaussian by which points repel each other
_TAKEN = 2**50  # more than any pressure, which is at most 23 * 2^40
_CHANNEL_SHIFTS = ((0, 0), (23, 41), (47, 19))  # shifts of one pattern, so that channels are not dithered alike


@lru_cache(maxsize=1)
def dither_thresholds() -> np.ndarray:
    """Return what is added to a color in 8-bit units before it is truncated to an integer.

    The pattern depends only on the coordinates in the whole photo modulo 64. All values lie strictly between 0 and 1,
    so integers stay unchanged; their mean is 1/2, so local means are preserved.

    Returns:
        (3, 64, 64) float32, read-only.
    """
    ranks = _void_and_cluster(TILE_SIZE)
    tile = (ranks.astype(np.float32) + 0.5) / ranks.size
    thresholds = np.stack([np.roll(tile, shift, axis=(0, 1)) for shift in _CHANNEL_SHIFTS])
    thresholds.setflags(write=False)
    return thresholds


def _void_and_cluster(size: int) -> np.ndarray:
    """Rank the pixels of a periodic square by the void-and-cluster method (Ulichney 1993).

    Uses integers only, so that the pattern is the same on every machine.

    Returns:
        (size, size) int64, a permutation of 0 to size^2 - 1.
    """
    crowd = _Crowd(size)
    start = np.random.RandomState(0).permutation(size * size)[: size * size // 10]
    for place in start:
        crowd.change(int(place), +1)
    while (moved := crowd.tightest()) != (gap := crowd.widest_gap(without=moved)):
        crowd.change(moved, -1)
        crowd.change(gap, +1)
    return _ranks(crowd, len(start))


def _ranks(crowd: _Crowd, count: int) -> np.ndarray:
    ranks = np.zeros(crowd.pressure.size, np.int64)
    pressure = crowd.pressure.copy()
    for rank in reversed(range(count)):
        place = crowd.tightest()
        crowd.change(place, -1)
        ranks[place] = rank
    crowd.pressure[...] = pressure
    for rank in range(count, ranks.size):
        place = crowd.widest_gap()
        crowd.change(place, +1)
        ranks[place] = rank
    return ranks.reshape(crowd.size, crowd.size)


class _Crowd:
    """Points in a periodic square, and the density of points around each pixel.

    Attributes:
        size: side of the square.
        pressure: (size, size) int64 density; higher at points than anywhere else.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.pressure = np.zeros((size, size), np.int64)
        distance = np.abs(np.arange(2 * size) - size)
        distance = np.minimum(distance, size - distance % size)
        bell = np.exp(-(distance.astype(np.float64) ** 2) / (2 * _SPREAD**2))
        self._bell = np.rint(np.outer(bell, bell) * 2**40).astype(np.int64)
        self._bell[size, size] += _TAKEN

    def change(self, place: int, sign: int) -> None:
        y, x = divmod(place, self.size)
        size = self.size
        bell = self._bell[size - y : 2 * size - y, size - x : 2 * size - x]
        if sign > 0:
            self.pressure += bell
        else:
            self.pressure -= bell

    def tightest(self) -> int:
        return int(self.pressure.argmax())

    def widest_gap(self, without: int | None = None) -> int:
        if without is None:
            return int(self.pressure.argmin())
        self.change(without, -1)
        gap = int(self.pressure.argmin())
        self.change(without, +1)
        return gap
