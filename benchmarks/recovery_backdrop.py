"""Unusual synthetic backdrops, inserted before the look is applied."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Shape = tuple[int, int]
# The studio's random numbers, a photo's own, height and width: (H, W, 3) colors, about 0 to 1.
Painter = Callable[[np.random.Generator, np.random.Generator, Shape], np.ndarray]

_BACKDROPS = 2  # tells these random numbers from those that draw people and own photos
_NUM_BLOBS = 40
_JITTER = 0.015  # exposure of the backdrop from photo to photo


def _white(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.full((*shape, 3), studio.uniform(0.92, 1.0))


def _gray(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.full((*shape, 3), studio.uniform(0.35, 0.6))


def _color(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.zeros((*shape, 3)) + _paint(studio, (0.55, 0.95), (0.35, 0.9))


def _graded(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    """From top to bottom, either way."""
    ends = np.array([studio.uniform(0.1, 0.35), studio.uniform(0.65, 1.0)])
    top, bottom = ends[::-1] if studio.random() < 0.5 else ends
    ramp = np.linspace(top, bottom, shape[0])[:, None, None]
    return np.repeat(ramp, shape[1], 1) * _paint(studio, (0.0, 0.4), (1.0, 1.0))


def _lamp(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    """A lamp's pool of light behind the head, dark to the corners."""
    floor, reach = studio.uniform(0.05, 0.25), studio.uniform(0.35, 0.6)
    center = np.array([0.4, 0.5]) + photo.normal(0, 0.04, 2)
    y, x = ((np.arange(size) + 0.5) / size - middle for size, middle in zip(shape, center, strict=True))
    pool = np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / reach**2)
    return (floor + (1 - floor) * pool)[..., None] * _paint(studio, (0.0, 0.5), (0.7, 1.0))


def _busy(studio: np.random.Generator, photo: np.random.Generator, shape: Shape) -> np.ndarray:
    """Blobs of five colors, out of focus."""
    palette = [_paint(studio, (0.1, 0.9), (0.1, 1.0)) for _ in range(5)]
    longer = max(shape)
    blobs = np.full((*shape, 3), palette[0], np.float32)
    for _ in range(_NUM_BLOBS):
        place, radius = photo.random(2) * shape[::-1], photo.uniform(0.05, 0.18) * longer
        cv2.circle(blobs, place.astype(int).tolist(), round(radius), palette[photo.integers(5)].tolist(), cv2.FILLED)
    return cv2.GaussianBlur(blobs, (0, 0), 0.03 * longer, borderType=cv2.BORDER_REPLICATE)


PAINTERS: dict[str, Painter] = {
    "white": _white,
    "gray": _gray,
    "color": _color,
    "graded": _graded,
    "lamp": _lamp,
    "busy": _busy,
}


@dataclass(frozen=True)
class Backdrops:
    """The backdrops of one photographer.

    Attributes:
        kind: of PAINTERS, for all photos; None for a different one for each photo.
        seed: of all random numbers.
    """

    kind: str | None
    seed: tuple[int, ...]

    @classmethod
    def draw(cls, *, alike: bool, turn: int, seed: int) -> Backdrops:
        """Draw a photographer's backdrops: kinds and mixtures alternate in an order drawn by the seed.

        Args:
            alike: whether people come from one cluster.
            turn: number of the look.
            seed: same seed, same backdrops.
        """
        kinds = [*PAINTERS, None]
        order = np.random.Generator(np.random.PCG64([seed, _BACKDROPS])).permutation(len(kinds))
        return cls(kinds[order[turn % len(kinds)]], (seed, turn, int(alike), _BACKDROPS))

    def behind(self, photo: np.ndarray, subject: np.ndarray, number: int) -> np.ndarray:
        """Insert a backdrop behind a subject.

        Args:
            photo: (H, W, 3) float32 in [0, 1].
            subject: (H, W) uint8, 255 where the subject is.
            number: of the photo among all of this photographer's.

        Returns:
            (H, W, 3) float32 in [0, 1].
        """
        own = np.random.Generator(np.random.PCG64([*self.seed, 1, number]))
        kind = self.kind or list(PAINTERS)[own.integers(len(PAINTERS))]
        studio = np.random.Generator(np.random.PCG64([*self.seed, 0])) if self.kind else own
        height, width = subject.shape
        painted = PAINTERS[kind](studio, own, (height, width)) + own.normal(0, _JITTER)
        covered = subject[..., None] / np.float32(255)
        return (covered * photo + (1 - covered) * np.clip(painted, 0, 1)).astype(np.float32)


def _paint(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> np.ndarray:
    """(3,) a color of any hue."""
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value)))
