"""Enlarging of a small picture strip by strip, independent of the strips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_TAPS = 4
_SHARPNESS = -0.5  # parameter of the cubic of Keys (1981): Catmull-Rom


@dataclass(frozen=True)
class Enlarger:
    """A picture and its target size.

    Attributes:
        pixels: (h, w, C) float32.
        height: target height in pixels.
        width: target width in pixels.
    """

    pixels: np.ndarray
    height: int
    width: int

    def rows(self, first: int, last: int) -> np.ndarray:
        """Return rows `first` to `last` - 1 of the enlarged picture: (last - first, width, C) float32.

        Cubic convolution (Keys 1981) with repeated edges; a picture of the target size stays unchanged.
        """
        if self.pixels.shape[:2] == (self.height, self.width):
            return self.pixels[first:last]
        down, rows = _taps(self.pixels.shape[0], self.height, np.arange(first, last))
        across, columns = _taps(self.pixels.shape[1], self.width, np.arange(self.width))
        tall = sum(rows[tap][:, None, None] * self.pixels[down[tap]] for tap in range(_TAPS))
        assert isinstance(tall, np.ndarray)
        result = np.zeros((last - first, self.width, self.pixels.shape[2]), np.float32)
        for tap in range(_TAPS):
            result += columns[tap][:, None] * tall[:, across[tap]]
        return result


def _taps(size: int, wanted: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(4, len(places)): indices of the pixels of each place, and their weights, which sum to 1."""
    centers = (places + 0.5) * (size / wanted) - 0.5
    before = np.floor(centers).astype(np.int64)
    indices = before + np.arange(-1, _TAPS - 1)[:, None]
    shares = _cubic(np.abs(centers - indices))
    return indices.clip(0, size - 1), shares.astype(np.float32)


def _cubic(x: np.ndarray) -> np.ndarray:
    near = ((_SHARPNESS + 2) * x - (_SHARPNESS + 3)) * x * x + 1
    far = _SHARPNESS * (((x - 5) * x + 8) * x - 4)
    return np.where(x <= 1, near, np.where(x < 2, far, 0))
