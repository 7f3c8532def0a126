"""Detection of the borders of scans: film rebate, paper borders, frames.

A border is a strip along an edge, of nearly one color, that ends in a sharp step at the same depth along the whole
edge. Vignettes end softly, and studio backdrops end where the person begins, at a depth that varies along the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Crop:
    """A rectangle of a photo, in fractions of its height and width: valid for a proxy and for the full photo."""

    top: float = 0.0
    left: float = 0.0
    bottom: float = 1.0
    right: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.top < self.bottom <= 1 and 0 <= self.left < self.right <= 1):
            raise ValueError(f"crop must be a rectangle within 0 to 1, got {self}")

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole photo."""
        return self == Crop()

    @property
    def area(self) -> float:
        """The share of the photo that is kept."""
        return (self.bottom - self.top) * (self.right - self.left)

    def apply(self, array: np.ndarray) -> np.ndarray:
        """Cut an array to the rectangle.

        Args:
            array: (H, W) or (H, W, C), of any size.

        Returns:
            A view of it, at least one pixel in size; pixels that are only partly inside are left out.
        """
        height, width = array.shape[:2]
        rows = _inside(self.top, self.bottom, height)
        columns = _inside(self.left, self.right, width)
        return array[rows, columns]


@dataclass(frozen=True)
class BorderSettings:
    """Thresholds of the detection. Distances are in pixels of a proxy, colors are sRGB-encoded, 0 to 1."""

    tolerance: float = 0.07  # largest deviation of a border's color along and across it
    contrast: float = 0.07  # smallest step from border to picture
    sharpness: int = 2  # width of the step, pixels to either side
    unevenness: float = 0.25  # largest difference in brightness of the edges of one border
    tilt: int = 4  # largest offset between neighboring thirds of the edge
    coverage: float = 0.7  # smallest share of a strip that has the border's color; the rest is lettering
    first_step: float = 0.5  # smallest share of an edge with a step, on three edges of the outermost border
    bar_step: float = 0.85  # the same for black or white bars at two opposite edges only
    inner_step: float = 0.8  # the same at one edge, for a border within the border
    paired_step: float = 0.62  # the same at two or more edges
    rebate_step: float = 0.4  # the same if black film with lettering was found around it
    rebate_coverage: float = 0.5  # smallest black share of such a strip
    fringe: int = 4  # largest gap between outer and inner border, because of light leaks
    weak_step: float = 0.3  # the same for the remaining edge
    deepest: float = 0.16  # largest depth, as a share of the photo's side
    num_layers: int = 4  # largest number of nested borders
    least_side: int = 16  # smallest side of a picture
    least_area: float = 0.3  # smallest share of the scan that is accepted as the picture
    margin: int = 1  # pixels that are cut beyond the border


class _Strip(NamedTuple):
    depth: int
    step: float
    coverage: float
    level: float
    rebate: bool = False


_NO_STRIP = _Strip(0, 0.0, 0.0, 0.0)
_FILM_LEVEL = 0.14  # darker is black film or its shadow


def find_border(pixels: np.ndarray, settings: BorderSettings | None = None) -> Crop:
    """Find the picture within the borders of a scan.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], a proxy's.
        settings: None for the defaults.

    Returns:
        The picture, cut slightly within its border; the whole photo if there is no border.
    """
    settings = settings or BorderSettings()
    height, width = pixels.shape[:2]
    if min(height, width) < settings.least_side:
        return Crop()
    top, left, bottom, right = 0, 0, height, width
    film = False
    for layer in range(settings.num_layers):
        view = pixels[top:bottom, left:right]
        strips = _outer_border(view, settings) if layer == 0 else _inner_border(view, settings, film=film)
        if not any(strip.depth for strip in strips):
            break
        film = film or min(strip.level for strip in strips if strip.depth) < _FILM_LEVEL
        cuts = [strip.depth + settings.sharpness - 1 if strip.depth else 0 for strip in strips]
        top, bottom, left, right = top + cuts[0], bottom - cuts[1], left + cuts[2], right - cuts[3]
        sides = bottom - top, right - left
        if min(sides) < settings.least_side or sides[0] * sides[1] < settings.least_area * height * width:
            return Crop()
    top, left = (place + settings.margin if place else 0 for place in (top, left))
    bottom -= settings.margin if bottom < height else 0
    right -= settings.margin if right < width else 0
    return Crop(top / height, left / width, bottom / height, right / width)


def _edges(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the pixels as seen from top, bottom, left and right, with the edge as first row."""
    turned = pixels.swapaxes(0, 1)
    return pixels, pixels[::-1], turned, turned[::-1]


def _outer_border(pixels: np.ndarray, settings: BorderSettings) -> list[_Strip]:
    """Return the strips of the outermost border; an empty strip at edges without."""
    strips = [_clearest_strip(edge, settings) for edge in _edges(pixels)]
    sure = [strip for strip in strips if strip.step >= settings.first_step]
    levels = [strip.level for strip in sure]
    if len(sure) >= 3 and max(levels) - min(levels) < settings.unevenness:
        least = settings.weak_step
        return [strip if strip.step >= least else _NO_STRIP for strip in strips]
    return _bars(strips, settings)


def _inner_border(pixels: np.ndarray, settings: BorderSettings, *, film: bool) -> list[_Strip]:
    """Return the strips of a border within a border; a single edge may have one if it is clear enough."""
    strips = [_inner_strip(edge, settings, film=film) for edge in _edges(pixels)]
    alone = sum(bool(strip.depth) for strip in strips) < 2
    return [_NO_STRIP if alone and strip.step < settings.inner_step and not strip.rebate else strip for strip in strips]


def _inner_strip(edge: np.ndarray, settings: BorderSettings, *, film: bool) -> _Strip:
    found = [_NO_STRIP]
    for fringe in range(settings.fringe + 1):
        strip = _clearest_strip(edge[fringe:], settings)
        if strip.step >= settings.paired_step:
            found.append(strip._replace(depth=strip.depth + fringe))
        strip = _clearest_strip(edge[fringe:], settings, black=True) if film else _NO_STRIP
        if strip.step >= settings.rebate_step:
            found.append(strip._replace(depth=strip.depth + fringe, rebate=True))
    return max(found, key=lambda strip: strip.step)


def _bars(strips: list[_Strip], settings: BorderSettings) -> list[_Strip]:
    """Select strips that are a pair of black or of white bars at opposite edges."""
    sure = [
        strip.step >= settings.bar_step and strip.coverage > 0.97 and not 0.08 < strip.level < 0.95 for strip in strips
    ]
    pairs = (sure[0] and sure[1],) * 2 + (sure[2] and sure[3],) * 2
    return [strip if paired else _NO_STRIP for strip, paired in zip(strips, pairs, strict=True)]


def _clearest_strip(edge: np.ndarray, settings: BorderSettings, *, black: bool = False) -> _Strip:
    """Find the strip along the first row of (D, W, 3) pixels that ends in the clearest step."""
    corner = edge.shape[1] * 15 // 100  # the corners belong to the neighboring edges
    reach = max(4 * settings.sharpness, int(edge.shape[0] * settings.deepest))
    edge = edge[:reach, corner : edge.shape[1] - corner]
    level = np.full_like(edge[0], _FILM_LEVEL / 2) if black else _level_along(edge[:2].mean(0))
    alike = np.abs(edge - level).max(-1) < settings.tolerance  # (D, W)
    coverage = np.cumsum(alike.mean(1)) / np.arange(1, len(alike) + 1)
    steps, lowest = _steps(edge, alike, settings)
    least = settings.rebate_coverage if black else settings.coverage
    steps = np.where(coverage[: len(steps)] >= least, steps, 0.0)
    depth = int(np.argmax(steps))
    return _Strip(int(lowest[depth]), float(steps[depth]), float(coverage[depth]), float(level.mean()))


def _steps(edge: np.ndarray, alike: np.ndarray, settings: BorderSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return for each depth the share of the edge with a step there, and the deepest point of that line."""
    reach = settings.sharpness
    depths = np.arange(1, len(edge) - reach)
    outer, inner = np.maximum(depths - reach, 0), depths + reach - 1
    change = np.abs(edge[inner] - edge[outer]).max(-1) > settings.contrast
    thirds = np.array_split(alike[outer] & ~alike[inner] & change, 3, axis=1)
    shares = np.stack([third.mean(1) for third in thirds])  # (3, depths)
    slopes = range(-settings.tilt, settings.tilt + 1)
    tilted = np.stack([_shifted(shares[0], slope) + shares[1] + _shifted(shares[2], -slope) for slope in slopes])
    best = tilted.argmax(0)
    # Prefer a straight edge: a tilted one must be clearly better.
    best = np.where(tilted.max(0) > tilted[settings.tilt] + 0.3, best, settings.tilt)
    lowest = depths + np.abs(best - settings.tilt)
    steps = np.take_along_axis(tilted, best[None], 0)[0] / 3
    return np.concatenate([[0.0], steps]), np.concatenate([[0], lowest])


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    """values[i + by] at i, zero beyond the ends."""
    padded = np.pad(values, abs(by))
    return padded[abs(by) + by :][: len(values)]


def _level_along(line: np.ndarray) -> np.ndarray:
    """Return the border's color along a (W, 3) line, robust to uneven light and lettering."""
    parts = np.array_split(line, 8)
    colors = np.array([np.median(part, axis=0) for part in parts])
    centers = (np.arange(8) + 0.5) * (len(line) / 8) - 0.5
    places = np.arange(len(line))
    return np.stack([np.interp(places, centers, colors[:, channel]) for channel in range(3)], axis=-1)


def _inside(start: float, stop: float, size: int) -> slice:
    first = min(int(np.ceil(start * size - 1e-6)), size - 1)
    return slice(first, max(first + 1, int(np.floor(stop * size + 1e-6))))
