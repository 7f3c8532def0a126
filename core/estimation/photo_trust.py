"""How far the fine texture of a photo file can be trusted: compression takes it away, sharpening makes it up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..imaging.photo import Encoding

_USUAL_STEP = 57.6  # mean of the luma table of a JPEG of quality 50
_FULL_STEP, _LEAST_STEP = 0.25, 0.8  # parts of it up to which, and from which on, photos count in full and not at all
_STEEP = 0.15  # luma over two pixels
_NEAR, _FAR = 3, 7  # pixels from an edge: where overshoot is, and where it is over
_LEAST_EDGES = 300
_USUAL_OVERSHOOT, _MOST_OVERSHOOT = 0.2, 0.4  # parts of an edge's height; unsharp masks leave 0.12 to 0.35


def compression_trust(encoding: Encoding) -> float:
    """Return how much a photo counts by the quantization of its file, 0 to 1; 1 for files without loss.

    A JPEG of quality 88 or more counts in full, one of quality 60 or less not at all.
    """
    if not encoding.quantization:
        return 1.0
    step = float(np.mean(encoding.quantization[0])) / _USUAL_STEP
    return float(np.clip((_LEAST_STEP - step) / (_LEAST_STEP - _FULL_STEP), 0, 1))


def overshoot(luma: np.ndarray) -> float:
    """Return by how much edges overshoot, as a part of their height; 0 where there are too few edges.

    Args:
        luma: (H, W) in [0, 1], sRGB-encoded.
    """
    luma = luma[::3]
    rows, columns = np.nonzero(np.abs(luma[:, _FAR + 1 : 1 - _FAR] - luma[:, _FAR - 1 : -_FAR - 1]) > _STEEP)
    if len(rows) < _LEAST_EDGES:
        return 0.0
    every = slice(None, None, max(1, len(rows) // 20000))
    rows, columns = rows[every], columns[every] + _FAR
    sides = [_mean(luma, rows, columns, range(_FAR - 2, _FAR)), _mean(luma, rows, columns, range(1 - _FAR, 3 - _FAR))]
    low, high = np.minimum(*sides), np.maximum(*sides)
    near = np.stack([luma[rows, columns + step] for step in range(-_NEAR, _NEAR + 1)])
    height = high - low
    clear = (height > _STEEP) & (low > 0.05) & (high < 0.92)
    if clear.sum() < _LEAST_EDGES:
        return 0.0
    return float(np.median(((near.max(0) - high + low - near.min(0)) / (2 * np.maximum(height, 1e-6)))[clear]))


def sharpening_trust(found: float) -> float:
    """Return how much a photo with such an overshoot counts, 0.2 to 1."""
    return float(np.clip(1 - (found - _USUAL_OVERSHOOT) / (_MOST_OVERSHOOT - _USUAL_OVERSHOOT), 0.2, 1))


def _mean(luma: np.ndarray, rows: np.ndarray, columns: np.ndarray, steps: Sequence[int]) -> np.ndarray:
    return np.mean([luma[rows, columns + step] for step in steps], 0)
