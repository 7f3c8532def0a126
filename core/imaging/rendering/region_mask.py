"""Refinement of a soft region map to the edges of a photo, at full size, strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

GUIDE_SIZE = 512  # longer side of the small copy that guides the filter
RADIUS = 1 / 40  # of the window, as a part of the copy's longer side
_NOISE = 0.015  # standard deviation of colors that are no edge
_STEEPNESS = 3.0  # the network's edges are softer than those of photos
_NEXT = [1, 2, 0]  # of a channel


@dataclass(frozen=True, eq=False)
class RegionMask:
    """A map that is locally linear in the photo's colors: a fast guided filter (He and Sun 2015).

    Attributes:
        coefficients: (gh, gw, 4) float32 over the whole photo: factors of red, green and blue, and an offset.
        size: height and width of the photo in pixels.
    """

    coefficients: np.ndarray
    size: tuple[int, int]

    @classmethod
    def of(cls, region_map: np.ndarray, small: np.ndarray, size: tuple[int, int]) -> RegionMask:
        """Fit a map to the edges of a photo.

        Args:
            region_map: (h, w) float32 in [0, 1] over the whole photo, of any size, as from `predict_regions`.
            small: (gh, gw, 3) float32, sRGB-encoded: a copy of the whole photo, GUIDE_SIZE or less on its longer side.
            size: height and width of the photo in pixels.
        """
        height, width = small.shape[:2]
        soft = cv2.resize(region_map.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        side = 2 * max(1, round(RADIUS * max(height, width))) + 1

        def mean(values: np.ndarray) -> np.ndarray:
            return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)

        return cls(guided(soft, _bounded(small), mean), size)

    def rows(self, pixels: np.ndarray, top: int) -> np.ndarray:
        """Evaluate the map on some rows, the same in every division of the photo into strips.

        Args:
            pixels: (rows, W, 3) float32, sRGB-encoded, of the photo at full size.
            top: the first row, in the photo.

        Returns:
            (rows, W) float32 in [0, 1].
        """
        parts, colors = self._enlarged(top, len(pixels)), _bounded(pixels)
        found = parts[..., 3].copy()
        for channel in range(3):
            found += parts[..., channel] * colors[..., channel]
        return found.clip(0, 1)

    def _enlarged(self, top: int, count: int) -> np.ndarray:
        """Coefficients of some rows, (count, W, 4), interpolated linearly, with repeated edges."""
        last = len(self.coefficients) - 1
        places = (np.arange(top, top + count) + 0.5) * (len(self.coefficients) / self.size[0]) - 0.5
        before = np.floor(places).astype(np.int64)
        share = (places - before).astype(np.float32)[:, None, None]
        upper, lower = (self.coefficients[rows.clip(0, last)] for rows in (before, before + 1))
        return cv2.resize(upper + share * (lower - upper), (self.size[1], count), interpolation=cv2.INTER_LINEAR)


def guided(soft: np.ndarray, guide: np.ndarray, mean: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the coefficients (gh, gw, 4) of a map.

    Args:
        soft: (gh, gw) in [0, 1]: the map, not yet as steep as edges of photos are.
        guide: (gh, gw, 3) in [0, 1].
        mean: averages (gh, gw[, C]) over the window around each pixel, which reaches RADIUS of the longer side.
    """
    wanted = ((soft - 0.5) * np.float32(_STEEPNESS) + np.float32(0.5)).clip(0, 1)
    colors, level = mean(guide), mean(wanted)
    shared = mean(guide * wanted[..., None]) - colors * level[..., None]
    squares = mean(guide * guide) - colors * colors + np.float32(_NOISE**2)
    products = mean(guide * guide[..., _NEXT]) - colors * colors[..., _NEXT]
    slope = _solved(squares, products, shared)
    offset = level - (slope * colors).sum(-1)
    return mean(np.concatenate([slope, offset[..., None]], -1))


def _bounded(pixels: np.ndarray) -> np.ndarray:
    """Clamp colors to [0, 1]; NaN becomes 0."""
    return np.fmin(np.fmax(pixels, np.float32(0)), np.float32(1))


def _solved(squares: np.ndarray, products: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Solve symmetric 3 x 3 systems by Cramer's rule.

    Args: (h, w, 3) each: the diagonal; the entries (0, 1), (1, 2) and (2, 0); the right side.
    """
    xx, yy, zz = np.moveaxis(squares, -1, 0)
    xy, yz, zx = np.moveaxis(products, -1, 0)
    a, b, c = yy * zz - yz * yz, yz * zx - xy * zz, xy * yz - yy * zx  # cofactors
    d, e, f = xx * zz - zx * zx, xy * zx - xx * yz, xx * yy - xy * xy
    x, y, z = np.moveaxis(wanted, -1, 0)
    scale = 1 / (xx * a + xy * b + zx * c)
    rows = (a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z)
    return np.stack([scale * row for row in rows], -1)
