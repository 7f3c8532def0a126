"""Refinement of a soft region map to the edges of a photo, at full size, strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

GUIDE_SIZE = 512  # longer side of the small copy that guides the filter
RADIUS = 1 / 40  # of the window, as a part of the copy's longer side
_NOISE = 0.015  # standard deviation of colors that are no edge
_STEEPNESS = 3.0  # the network's edges are softer than those of photos
_NEXT = (1, 2, 0)  # of a channel


@dataclass(frozen=True, eq=False)
class RegionMask:
    """A map that is locally linear in the photo's colors: a fast guided filter (He and Sun 2015).

    Attributes:
        coefficients: (gh, gw, 4) float32 over the whole photo: factors of red, green and blue, and an offset.
        size: height and width of the photo in pixels.
    """

    coefficients: np.ndarray
    size: tuple[int, int]

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


class EdgeGuide:
    """The colors of a photo in small windows, to whose edges any number of maps can be fitted.

    Args:
        small: (gh, gw, 3) float32, sRGB-encoded: a copy of the whole photo, GUIDE_SIZE or less on its longer side.
    """

    def __init__(self, small: np.ndarray) -> None:
        side = 2 * max(1, round(RADIUS * max(small.shape[:2]))) + 1
        self._shape = small.shape[:2]
        self._colors = ColorWindows(
            cv2.split(_bounded(small)), lambda plane: cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
        )

    def fit(self, region_map: np.ndarray, size: tuple[int, int]) -> RegionMask:
        """Fit a map to the edges of the photo.

        Args:
            region_map: (h, w) float32 in [0, 1] over the whole photo, of any size, as from `predict_regions`.
            size: height and width of the photo in pixels.
        """
        height, width = self._shape
        soft = cv2.resize(region_map.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        return RegionMask(cv2.merge(self._colors.fit(soft)), size)


class ColorWindows:
    """Means and covariances of colors in windows: the part of the guided filter that all maps of a photo share.

    Args:
        planes: three arrays (gh, gw) in [0, 1], one for each channel.
        mean: averages (gh, gw) over the window around each pixel, which reaches RADIUS of the longer side.
    """

    def __init__(self, planes: Sequence[np.ndarray], mean: Callable[[np.ndarray], np.ndarray]) -> None:
        self._planes, self._mean = planes, mean
        self._colors = [mean(plane) for plane in planes]
        # Inverses of the symmetric 3 x 3 covariances of the colors, by Cramer's rule.
        xx, yy, zz = (self._shared(channel, channel) + np.float32(_NOISE**2) for channel in range(3))
        xy, yz, zx = (self._shared(channel, _NEXT[channel]) for channel in range(3))
        a, b, c = yy * zz - yz * yz, yz * zx - xy * zz, xy * yz - yy * zx
        d, e, f = xx * zz - zx * zx, xy * zx - xx * yz, xx * yy - xy * xy
        scale = np.float32(1) / (xx * a + xy * b + zx * c)
        self._inverse = [[scale * part for part in row] for row in ((a, b, c), (b, d, e), (c, e, f))]

    def fit(self, soft: np.ndarray) -> list[np.ndarray]:
        """Return the coefficients of a map, four arrays (gh, gw): slopes for red, green and blue, and the offset.

        Args:
            soft: (gh, gw) in [0, 1]: the map, not yet as steep as edges of photos are.
        """
        wanted = ((soft - 0.5) * np.float32(_STEEPNESS) + np.float32(0.5)).clip(0, 1)
        level = self._mean(wanted)
        shared = [
            self._mean(plane * wanted) - color * level for plane, color in zip(self._planes, self._colors, strict=True)
        ]
        slopes = [_summed_products(row, shared) for row in self._inverse]
        offset = level - _summed_products(slopes, self._colors)
        return [self._mean(part) for part in (*slopes, offset)]

    def _shared(self, one: int, two: int) -> np.ndarray:
        """Covariance of two channels."""
        return self._mean(self._planes[one] * self._planes[two]) - self._colors[one] * self._colors[two]


def _bounded(pixels: np.ndarray) -> np.ndarray:
    """Clamp colors to [0, 1]; NaN becomes 0."""
    return np.fmin(np.fmax(pixels, np.float32(0)), np.float32(1))


def _summed_products(one: Sequence[np.ndarray], two: Sequence[np.ndarray]) -> np.ndarray:
    return one[0] * two[0] + one[1] * two[1] + one[2] * two[2]
