"""Portraits that nobody sat for: how neutral portraits look in each place, and soft pictures drawn of them.

What the prior says of colors, these say of places. They are also the content to learn with where none is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import AtelierError
from .prior import WEIGHTS_FOLDER

PORTRAITS_FILE = WEIGHTS_FOLDER / "portraits.safetensors"
SIDE = 32
CLUSTER_AXES = 20  # along which people are clustered and told apart


@dataclass(frozen=True)
class PortraitStatistics:
    """A mixture of normal distributions over a few principal axes of portraits, squeezed to 32 x 32.

    Attributes:
        mean: (32 * 32 * 3,) float32, sRGB-encoded.
        axes: (A, 32 * 32 * 3) float32, of length 1.
        centers, spreads: (K, A) of people that look alike, at least a dozen each, so that nobody can be got back.
        weights: (K,) how many portraits are like that; sums to 1.
        subject: (32, 32) float32, how often the person is in each place.
    """

    mean: np.ndarray
    axes: np.ndarray
    centers: np.ndarray
    spreads: np.ndarray
    weights: np.ndarray
    subject: np.ndarray

    def __post_init__(self) -> None:
        pixels, (kinds, axes) = SIDE * SIDE * 3, self.centers.shape
        shapes = (self.mean.shape, self.axes.shape, self.spreads.shape, self.weights.shape, self.subject.shape)
        if shapes != ((pixels,), (axes, pixels), (kinds, axes), (kinds,), (SIDE, SIDE)):
            raise ValueError(f"arrays do not fit each other: {shapes}")

    def draw(self, rng: np.random.Generator, count: int, weights: np.ndarray | None = None) -> np.ndarray:
        """Draw portraits; the same state of the generator draws the same.

        Args:
            rng: of random numbers.
            count: how many.
            weights: (K,) of the clusters; None for their own.

        Returns:
            (count, 32, 32, 3) float32 in [0, 1].
        """
        chances = self.weights if weights is None else weights
        picked = rng.choice(len(chances), count, p=chances / chances.sum())
        places = self.centers[picked] + self.spreads[picked] * rng.normal(size=(count, self.centers.shape[1]))
        pixels = (self.mean + places @ self.axes).reshape(count, SIDE, SIDE, 3)
        return np.clip(pixels, 0, 1).astype(np.float32)

    def likeness(self, photos: np.ndarray) -> np.ndarray:
        """How well each cluster tells of photos (P, 32, 32, 3), on average: (K,) weights, sum 1."""
        places = (photos.reshape(len(photos), -1) - self.mean) @ self.axes[:CLUSTER_AXES].T  # (P, 20)
        wide = self.spreads[:, :CLUSTER_AXES] + 0.5
        apart = ((places[:, None] - self.centers[:, :CLUSTER_AXES]) / wide) ** 2  # (P, K, 20)
        log_chance = -0.5 * apart.sum(-1) - np.log(wide).sum(-1) + np.log(self.weights)
        chance = np.exp(log_chance - log_chance.max(1, keepdims=True))
        return (chance / chance.sum(1, keepdims=True)).mean(0)

    def mean_of(self, weights: np.ndarray | None = None) -> np.ndarray:
        """The mean portrait, or that of some clusters, by weights (K,): (32, 32, 3) float32 in [0, 1]."""
        shares = self.weights if weights is None else weights
        place = shares / shares.sum() @ self.centers
        return np.clip((self.mean + place @ self.axes).reshape(SIDE, SIDE, 3), 0, 1).astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, of half precision."""
        return {name: np.ascontiguousarray(value.astype(np.float16)) for name, value in vars(self).items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> PortraitStatistics:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing or of another shape.
        """
        names = ("mean", "axes", "centers", "spreads", "weights", "subject")
        if set(tensors) != set(names):
            raise ValueError(f"arrays must be {', '.join(names)}, got {', '.join(sorted(tensors))}")
        return cls(**{name: tensors[name].astype(np.float32) for name in names})


@cache
def load_portraits() -> PortraitStatistics:
    """The statistics that the package ships.

    Raises:
        AtelierError: the file is missing or damaged.
    """
    try:
        return PortraitStatistics.from_tensors(load(PORTRAITS_FILE.read_bytes()))
    except (OSError, SafetensorError, ValueError) as error:
        raise AtelierError(f"{PORTRAITS_FILE}: cannot be read ({error}); reinstall portrait-atelier") from error


def square_pixels(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) in [0, 1] to (32, 32, 3), the whole squeezed to a square."""
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
