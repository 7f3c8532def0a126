"""Portraits that nobody sat for: soft pictures drawn from statistics of neutral portraits.

They are the content to learn with where a photographer gives none: what the prior says of colors, they say of places.

    python -m portrait_atelier.core.learning.portrait_statistics FOLDER... -o weights/portraits.safetensors

Each folder is one kind of portraits, and all kinds together count the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import AtelierError, LearningError
from ..imaging.files import replacing
from ..imaging.reading import read_proxy
from ..styles.prior import WEIGHTS_FOLDER
from .prior import photos_of
from .transport_cases import cluster

PORTRAITS_FILE = WEIGHTS_FOLDER / "portraits.safetensors"
SIDE = 32
NUM_AXES = 96
_PEOPLE_PER_CLUSTER = 30
_LEAST_PEOPLE = 12  # of a cluster, so that nobody can be got back
_CLUSTER_AXES = 20  # along which people are clustered


@dataclass(frozen=True)
class PortraitStatistics:
    """A mixture of normal distributions over a few principal axes of portraits, squeezed to 32 x 32.

    Attributes:
        mean: (32 * 32 * 3,) float32, sRGB-encoded.
        axes: (A, 32 * 32 * 3) float32, of length 1.
        centers, spreads: (K, A) of people that look alike, at least a dozen each, so that nobody can be got back.
        weights: (K,) how many portraits are like that; sums to 1.
    """

    mean: np.ndarray
    axes: np.ndarray
    centers: np.ndarray
    spreads: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        pixels, (kinds, axes) = SIDE * SIDE * 3, self.centers.shape
        shapes = (self.mean.shape, self.axes.shape, self.spreads.shape, self.weights.shape)
        if shapes != ((pixels,), (axes, pixels), (kinds, axes), (kinds,)):
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
        places = (photos.reshape(len(photos), -1) - self.mean) @ self.axes[:_CLUSTER_AXES].T  # (P, 20)
        wide = self.spreads[:, :_CLUSTER_AXES] + 0.5
        apart = ((places[:, None] - self.centers[:, :_CLUSTER_AXES]) / wide) ** 2  # (P, K, 20)
        log_chance = -0.5 * apart.sum(-1) - np.log(wide).sum(-1) + np.log(self.weights)
        chance = np.exp(log_chance - log_chance.max(1, keepdims=True))
        return (chance / chance.sum(1, keepdims=True)).mean(0)

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, of half precision."""
        return {name: np.ascontiguousarray(value.astype(np.float16)) for name, value in vars(self).items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> PortraitStatistics:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing or of another shape.
        """
        names = ("mean", "axes", "centers", "spreads", "weights")
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


def fit_portraits(kinds: Sequence[np.ndarray]) -> PortraitStatistics:
    """Measure portraits; for each kind (P, 32, 32, 3) in [0, 1], all kinds counting the same.

    Raises:
        LearningError: a kind has too few portraits.
    """
    for number, kind in enumerate(kinds, 1):
        if len(kind) < _LEAST_PEOPLE:
            raise LearningError(
                f"folder {number}: {len(kind)} portraits are too few to measure (at least {_LEAST_PEOPLE}); add photos"
            )
    flat = [kind.reshape(len(kind), -1).astype(np.float64) for kind in kinds]
    mean = np.mean([kind.mean(0) for kind in flat], 0)
    rows = np.concatenate([(kind - mean) / len(kind) ** 0.5 for kind in flat])
    axes = np.linalg.svd(rows, full_matrices=False)[2][:NUM_AXES]
    centers, spreads, weights = [], [], []
    for kind in flat:
        places = (kind - mean) @ axes.T
        members = cluster(places[:, :_CLUSTER_AXES], max(1, len(places) // _PEOPLE_PER_CLUSTER))
        for number in range(members.max() + 1):
            own = places[members == number]
            if len(own) >= _LEAST_PEOPLE:
                centers.append(own.mean(0))
                spreads.append(own.std(0))
                weights.append(len(own) / len(places) / len(flat))
    shares = np.array(weights) / sum(weights)
    return PortraitStatistics(*(np.asarray(a, np.float32) for a in (mean, axes, centers, spreads, shares)))


def square_pixels(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) in [0, 1] to (32, 32, 3), the whole squeezed to a square."""
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the portraits of some folders."""
    parser = argparse.ArgumentParser(description="Measure untouched portraits, to draw others like them.")
    parser.add_argument("folders", nargs="+", help="FOLDER; FOLDER:N for its first N photos")
    parser.add_argument("-o", "--output", type=Path, default=PORTRAITS_FILE)
    options = parser.parse_args(arguments)
    try:
        kinds = [[square_pixels(read_proxy(photo).pixels) for photo in photos_of(folder)] for folder in options.folders]
        fitted = fit_portraits([np.stack(kind) for kind in kinds])
        with replacing(options.output, overwrite=True) as temporary:
            temporary.write_bytes(save(fitted.tensors()))
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
