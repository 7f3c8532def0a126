"""Film grain: a random field that is fixed to the photo's place and looks the same at every size of the photo.

Independent random values lie on a lattice whose cells are a part of the frame, and a cubic B-spline carries them to the
pixels. A pixel gets the mean of the spline over its area, so a small copy of a photo shows the grain that shrinking the
large one would leave. The lattice is hashed from its coordinates: strips and tiles need no neighbors and no memory.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .look import Window

_SUPPORT = 2  # cells on either side of the center of a cubic B-spline
_MEAN_SQUARE = 151 / 315  # of the weights of a cubic B-spline, over all phases
_LEAST_CELL = 0.25  # pixels; what is smaller is white noise to a pixel, of this lattice and less of it
_CLUMPS = 2.6  # cells of the fine lattice in one of the coarse
_NUM_PHASES = 384  # pixels over which covariances are averaged
_EVERY_OTHER = np.uint32(0x00FF00FF)  # byte
NORMAL = np.float32(1 / math.sqrt(4 * (256**2 - 1) / 12))  # four bytes have this variance together


def grain_field(window: Window, height: int, width: int, *, size: float, roughness: float, seed: int) -> np.ndarray:
    """Compute a random field of mean 0, and of standard deviation 1 where pixels are small beside the grain.

    Args:
        window: of the pixels in the whole photo.
        height, width: number of pixels.
        size: of the grain, as a part of the longer side of the whole photo.
        roughness: share of variance of clumps, 2.6 times as large, 0 to 1.
        seed: another seed gives another field.

    Returns:
        (height, width) float32.
    """
    cell = size * max(window.full_height, window.full_width)
    field = np.zeros((height, width), np.float32)
    for octave in octaves_of(cell, roughness, seed):
        field += _field_of(octave, window, height, width)
    return field


def covariance(cell: float, roughness: float, count: int) -> list[tuple[float, np.ndarray]]:
    """Compute the covariance between pixels of a field whose grains are `cell` pixels large.

    Returns:
        Of each octave its share of the variance, and (count,) the covariance along an axis by distance in pixels; that
        of two pixels is the product along both axes.
    """
    return [(share, _along_axis(cell * scale, count)) for share, scale in _octaves(roughness)]


def _octaves(roughness: float) -> list[tuple[float, float]]:
    """Return share of the variance and relative size of each."""
    return [(share, scale) for share, scale in ((1 - roughness, 1.0), (roughness, _CLUMPS)) if share > 0]


@lru_cache(maxsize=64)
def _along_axis(cell: float, count: int) -> np.ndarray:
    used = max(cell, _LEAST_CELL)
    first, weights = pixel_weights(0, _NUM_PHASES + count, used)
    dense = np.zeros((len(first), first[-1] + weights.shape[1] - first[0]))
    for row, (start, values) in enumerate(zip(first - first[0], weights, strict=True)):
        dense[row, start : start + len(values)] = values
    products = dense @ dense.T * (cell / used / _MEAN_SQUARE)
    return np.array([np.diagonal(products, distance).mean() for distance in range(count)])


@dataclass(frozen=True)
class Octave:
    """One of the two fields that a grain is the sum of.

    Attributes:
        cell: of its lattice, in pixels.
        factor: of its values, which have the variance 1.
        seed: of its lattice, a 32-bit integer.
    """

    cell: float
    factor: float
    seed: int


def octaves_of(cell: float, roughness: float, seed: int) -> list[Octave]:
    """Return the octaves of grain whose cells are `cell` pixels large."""
    found = []
    for number, (share, scale) in enumerate(_octaves(roughness)):
        used = max(cell * scale, _LEAST_CELL)
        factor = math.sqrt(share) * (cell * scale / used / _MEAN_SQUARE)
        found.append(Octave(used, factor, (2 * seed + number) % 2**32))
    return found


def _field_of(octave: Octave, window: Window, height: int, width: int) -> np.ndarray:
    first_row, rows = pixel_weights(window.top, height, octave.cell)
    first_column, columns = pixel_weights(window.left, width, octave.cell)
    lattice = _lattice(_span(first_row, rows), _span(first_column, columns), octave.seed)
    across = cv2.transpose(_sum_rows(cv2.transpose(lattice), first_column - first_column[0], columns))
    field = _sum_rows(across.reshape(len(lattice), width), first_row - first_row[0], rows)
    field *= np.float32(octave.factor)
    return field


def _span(first: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the cells that any pixel sees."""
    return np.arange(first[0], first[-1] + weights.shape[1])


@lru_cache(maxsize=8)
def pixel_weights(start: int, count: int, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first cell that each pixel sees, (count,), and its weights of that and the next, (count, taps)."""
    edges = np.arange(start, start + count + 1, dtype=np.float64) / cell
    first = np.floor(edges[:-1] - _SUPPORT).astype(np.int64)
    taps = math.ceil(1 / cell) + 2 * _SUPPORT + 1
    centers = first[:, None] + np.arange(taps)
    weights = (_spline_integral(edges[1:, None] - centers) - _spline_integral(edges[:-1, None] - centers)) * cell
    return first, weights.astype(np.float32)


def _spline_integral(place: np.ndarray) -> np.ndarray:
    """The integral of the cubic B-spline from minus infinity."""
    total = np.zeros_like(place)
    for knot, factor in enumerate((1, -4, 6, -4, 1)):
        total += factor * np.maximum(place + _SUPPORT - knot, 0) ** 4
    return np.where(place >= _SUPPORT, 1.0, total / 24)


def _sum_rows(values: np.ndarray, first: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return for each i the sum over t of weights[i, t] * values[first[i] + t]; by torch, where it is loaded."""
    if "torch" in sys.modules:
        from .torch_rows import sum_rows

        return sum_rows(values, first, weights)
    total = weights[:, :1] * values[first]
    for tap in range(1, weights.shape[1]):
        total += weights[:, tap : tap + 1] * values[first + tap]
    return total


def _lattice(rows: np.ndarray, columns: np.ndarray, seed: int) -> np.ndarray:
    """Return (rows, columns) float32 of mean 0 and variance 1, nearly normal: four bytes of a hash, summed."""
    keys = rows.astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    _mix(keys, np.empty_like(keys))
    bits = keys[:, None] + columns.astype(np.uint32) * np.uint32(0x85EBCA77)
    spare = np.empty_like(bits)
    _mix(bits, spare)
    np.right_shift(bits, 8, out=spare)
    spare &= _EVERY_OTHER
    bits &= _EVERY_OTHER
    bits += spare
    np.right_shift(bits, 16, out=spare)
    bits += spare
    bits &= np.uint32(0xFFFF)
    total = bits.astype(np.float32)
    total -= np.float32(510)
    total *= NORMAL
    return total


def _mix(bits: np.ndarray, spare: np.ndarray) -> None:
    """Permute 32-bit integers in place so that each bit depends on all (lowbias32 by C. Wellons, public domain)."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        np.right_shift(bits, shift, out=spare)
        bits ^= spare
        bits *= np.uint32(factor)
    np.right_shift(bits, 16, out=spare)
    bits ^= spare
