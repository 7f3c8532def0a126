"""What the closed-form transport needs to know of a set of photos: a few colors of each, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..imaging.proxy import Proxy
from ..color.lab import srgb_to_lab

NUM_REGIONS = 2  # the whole photo; the middle, where a portrait's face mostly is
MAX_PHOTOS = 512  # kept of a set; the rest is thinned out evenly
MAX_COLORS = 512  # per photo and region
COLOR_BUDGET = 32768  # of all kept photos together: 96 KB

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TONES = np.array([15, 40, 65, 90], np.float32)  # lightness of the tones whose chroma is told
_TONE_WIDTH = 25.0

MIDDLE = (0.47, 0.5)  # (y, x) of the middle, as a part of the photo's size
MIDDLE_SPREAD = (0.16, 0.13)


@dataclass(frozen=True)
class Population:
    """Colors drawn evenly from the photos of a set.

    Attributes:
        colors: (P, 2, M, 3) uint8, sRGB-encoded: of each kept photo, M colors drawn evenly from the whole photo, then
            M drawn mostly from its middle.
        weights: (P,) float32, positive: how many photos of the set each kept one stands for.
    """

    colors: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        shape = self.colors.shape
        if self.colors.dtype != np.uint8 or len(shape) != 4 or shape[1] != NUM_REGIONS or shape[3] != 3:
            raise ValueError(f"colors must be uint8 (P, {NUM_REGIONS}, M, 3), got {self.colors.dtype} {shape}")
        if 0 in shape:
            raise ValueError(f"a population needs at least one photo and one color, got {shape}")
        if self.weights.dtype != np.float32 or self.weights.shape != shape[:1]:
            raise ValueError(f"weights must be float32 {shape[:1]}, got {self.weights.dtype} {self.weights.shape}")
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise ValueError("weights must be positive numbers")

    @property
    def num_photos(self) -> int:
        """How many photos the set had, those not kept included."""
        return max(1, round(float(self.weights.sum(dtype=np.float64))))

    @cached_property
    def lab(self) -> np.ndarray:
        """(P, 2, M, 3) float32: the colors in CIE Lab."""
        return srgb_to_lab(self.colors)

    @cached_property
    def means(self) -> np.ndarray:
        """(P, 2, 3) float64: the mean Lab color of each photo, whole and middle."""
        return self.lab.mean(2, dtype=np.float64)

    @cached_property
    def seconds(self) -> np.ndarray:
        """(P, 2, 3, 3) float64: the mean outer product of each photo's Lab colors with themselves."""
        lab = self.lab.astype(np.float64)
        return lab.swapaxes(2, 3) @ lab / lab.shape[2]

    @cached_property
    def deviations(self) -> np.ndarray:
        """(P, 2, 3) float64: how far the colors of each photo spread in L, a and b."""
        variances = np.diagonal(self.seconds, axis1=2, axis2=3) - self.means**2
        return np.sqrt(np.maximum(variances, 0))

    @cached_property
    def quantiles(self) -> np.ndarray:
        """(P, 2, 3, 5) float64: the L, a and b below which 5, 25, 50, 75 and 95 % of each photo lie."""
        return np.moveaxis(np.quantile(self.lab, _QUANTILES, axis=2), 0, -1).astype(np.float64)

    @cached_property
    def tone_sums(self) -> np.ndarray:
        """(P, 2, 4, 3) float64: of each photo and tone, the part of the photo, and that part times its a and b."""
        near = np.maximum(0, 1 - np.abs(self.lab[..., :1] - _TONES) / _TONE_WIDTH)  # (P, 2, M, 4)
        values = np.concatenate([np.ones_like(self.lab[..., :1]), self.lab[..., 1:]], -1)
        return (near.swapaxes(2, 3) @ values).astype(np.float64) / self.lab.shape[2]

    def reweighted(self, weights: np.ndarray) -> Population:
        """The same photos, counted otherwise; those of no weight are dropped."""
        kept = weights > 0
        return Population(self.colors[kept], weights[kept].astype(np.float32))

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, by name."""
        # safetensors writes the memory as it lies, whatever the strides say.
        return {"colors": np.ascontiguousarray(self.colors), "weights": np.ascontiguousarray(self.weights)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> Population:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing, of another type or shape, or there is one too many.
        """
        if set(tensors) != {"colors", "weights"}:
            raise ValueError(f"a population has the arrays colors and weights, got {sorted(tensors)}")
        return cls(np.asarray(tensors["colors"]), np.asarray(tensors["weights"]))


def measure_population(proxies: Iterable[Proxy]) -> Population:
    """Draw the colors of a set of photos; each photo counts the same, whatever its size.

    One pass, and at most 2 * MAX_PHOTOS photos' colors are held, so a generator over an archive is welcome.

    Args:
        proxies: the photos, at least one.

    Returns:
        A population of at most MAX_PHOTOS photos and COLOR_BUDGET colors.

    Raises:
        ValueError: there are no photos.
    """
    kept: list[np.ndarray] = []
    stride, count = 1, 0
    for count, proxy in enumerate(proxies, 1):
        if (count - 1) % stride == 0:
            kept.append(draw_colors(proxy))
        if len(kept) > 2 * MAX_PHOTOS:
            kept, stride = kept[::2], 2 * stride
    if not kept:
        raise ValueError("a population needs at least one photo")
    weights = np.full(len(kept), count / len(kept), np.float32)
    return thin(Population(np.stack(kept), weights))


def merge(populations: Sequence[Population]) -> Population:
    """Pool several sets; every photo keeps its weight."""
    fewest = min(population.colors.shape[2] for population in populations)
    colors = np.concatenate([fewer_colors(population.colors, fewest) for population in populations])
    return thin(Population(colors, np.concatenate([population.weights for population in populations])))


def thin(population: Population, *, max_photos: int = MAX_PHOTOS, color_budget: int = COLOR_BUDGET) -> Population:
    """Keep every so-many-th photo and color, so that the arrays stay within the limits; the total weight stays."""
    colors, weights = population.colors, population.weights
    if len(colors) > max_photos:
        picked = _evenly(len(colors), max_photos)
        colors, scale = colors[picked], weights.sum(dtype=np.float64) / weights[picked].sum(dtype=np.float64)
        weights = (weights[picked] * scale).astype(np.float32)
    room = max(1, color_budget // (len(colors) * NUM_REGIONS))
    return Population(fewer_colors(colors, min(room, colors.shape[2])), weights)


def draw_colors(proxy: Proxy) -> np.ndarray:
    """Draw MAX_COLORS colors from the whole photo and as many from its middle, evenly over the color solid.

    The pixels are laid along a curve that keeps like colors together, and every so-many-th is taken by weight: far
    less noise than drawing at random, and no random numbers.

    Returns:
        (2, MAX_COLORS, 3) uint8.
    """
    pixels = (np.clip(proxy.pixels, 0, 1) * 255 + 0.5).astype(np.uint8).reshape(-1, 3)
    order = np.argsort(_along_curve(pixels), kind="stable")
    whole = proxy.weights.astype(np.float64)
    regions = [whole, whole * middle_weights(*whole.shape)]
    return np.stack([pixels[order[_evenly_by_weight(region.ravel()[order])]] for region in regions])


def middle_weights(height: int, width: int) -> np.ndarray:
    """(H, W) in (0, 1]: how likely a portrait's face is there; a bell over the middle."""
    y = ((np.arange(height) + 0.5) / height - MIDDLE[0]) / MIDDLE_SPREAD[0]
    x = ((np.arange(width) + 0.5) / width - MIDDLE[1]) / MIDDLE_SPREAD[1]
    return np.exp(-0.5 * (y[:, None] ** 2 + x[None, :] ** 2))


def _along_curve(pixels: np.ndarray) -> np.ndarray:
    """The place of each color on a Morton curve through the RGB cube."""
    code = np.zeros(len(pixels), np.uint32)
    for bit in range(7, -1, -1):
        for channel in (1, 0, 2):
            code = (code << np.uint32(1)) | ((pixels[:, channel] >> bit) & 1)
    return code


def _evenly_by_weight(weights: np.ndarray) -> np.ndarray:
    reached = np.cumsum(weights)
    marks = (np.arange(MAX_COLORS) + 0.5) / MAX_COLORS * reached[-1]
    return np.searchsorted(reached, marks).clip(max=len(weights) - 1)


def fewer_colors(colors: np.ndarray, count: int) -> np.ndarray:
    """Keep so many of each photo's colors, evenly: (P, 2, M, 3) to (P, 2, count, 3)."""
    return colors if count == colors.shape[2] else colors[:, :, _evenly(colors.shape[2], count)]


def _evenly(length: int, count: int) -> np.ndarray:
    return ((np.arange(count) + 0.5) * length / count).astype(np.int64)
