"""Noise and line screens as functions of the position in the picture alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOISE_SIZES = (1, 2, 4, 8)  # pixels: sizes of the grain
PERIODS = (4.5, 6.0, 8.0, 11.0)  # pixels between lines
ANGLES = (15, 45, 75)  # degrees; each screen has lines at this angle and across it
NUM_TEXTURES = len(NOISE_SIZES) + 2 * len(PERIODS) * len(ANGLES)


@dataclass(frozen=True)
class Place:
    """A rectangle of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int


def texture_maps(place: Place, *, seed: int = 0) -> np.ndarray:
    """Return all textures: the noises from fine to coarse, then the screens by period and angle.

    Overlapping places have the same textures where they overlap.

    Args:
        place: rectangle of the picture.
        seed: of the noises; the screens do not depend on it.

    Returns:
        (NUM_TEXTURES, H, W) float32 in [-1, 1].
    """
    noises = [grain_noise(place, size, seed=seed) for size in NOISE_SIZES]
    waves = [wave for period in PERIODS for angle in ANGLES for wave in line_screen(place, period, angle)]
    return np.stack([*noises, *waves])


def grain_noise(place: Place, size: int, *, seed: int = 0) -> np.ndarray:
    """Return value noise: random numbers on a lattice, interpolated smoothly (Perlin 1985).

    Args:
        place: rectangle of the picture.
        size: pixels between lattice points; 1 is white noise.
        seed: of the noise.

    Returns:
        (H, W) float32 in [-1, 1], uniformly distributed for white noise.
    """
    rows, down = _lattice(place.top, place.height, size)
    columns, across = _lattice(place.left, place.width, size)
    values = _hashed(np.arange(rows[0], rows[-1] + 2), np.arange(columns[0], columns[-1] + 2), 31 * size + 7919 * seed)
    rows, columns = rows - rows[0], columns - columns[0]
    upper, lower = values[rows], values[rows + 1]
    lines = upper + (lower - upper) * down[:, None]
    return lines[:, columns] + (lines[:, columns + 1] - lines[:, columns]) * across


def line_screen(place: Place, period: float, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Return two waves at right angles, whose mean is a halftone screen of dots.

    Args:
        place: rectangle of the picture.
        period: pixels between lines.
        angle: direction of the first wave in degrees, clockwise from rightward.

    Returns:
        Each (H, W) float32 in [-1, 1].
    """
    turn = np.deg2rad(angle)
    x = np.arange(place.left, place.left + place.width) * (2 * np.pi / period)
    y = np.arange(place.top, place.top + place.height) * (2 * np.pi / period)
    return _wave(x * np.cos(turn), y * np.sin(turn)), _wave(-x * np.sin(turn), y * np.cos(turn))


def _wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """cos(x + y) of all pairs, computed from rows and columns: fast, and exact for large coordinates."""
    rows = np.stack([np.cos(y), -np.sin(y)], 1).astype(np.float32)
    return rows @ np.stack([np.cos(x), np.sin(x)]).astype(np.float32)


def _lattice(start: int, count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel the lattice point before it, and the smooth weight of the next."""
    places = np.arange(start, start + count)
    points, part = places // size, (places % size / size).astype(np.float32)
    return points, part * part * (3 - 2 * part)


def _hashed(rows: np.ndarray, columns: np.ndarray, salt: int) -> np.ndarray:
    """(len(rows), len(columns)) float32 in [-1, 1): a 32-bit integer hash (after Wellons' lowbias32)."""
    mask = 0xFFFFFFFF
    y = (rows.astype(np.uint64) * 0x9E3779B1 + (salt * 0x85EBCA6B & mask)) & mask
    bits = _mixed(_mixed(y)[:, None] ^ (columns.astype(np.uint64) * 0xC2B2AE35 & mask))
    return (bits / np.float32(2**31) - 1).astype(np.float32)


def _mixed(bits: np.ndarray) -> np.ndarray:
    mask = np.uint64(0xFFFFFFFF)
    bits = (bits ^ (bits >> np.uint64(16))) * np.uint64(0x7FEB352D) & mask
    bits = (bits ^ (bits >> np.uint64(15))) * np.uint64(0x846CA68B) & mask
    return bits ^ (bits >> np.uint64(16))
