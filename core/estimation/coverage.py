"""How far a photo under the look of a style lies outside what the style's photos covered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..imaging.rendering.look import Look
from .color_set import ColorSet
from .look_effect import look_at_colors
from .set_model import SetModel

LEAST_PHOTOS = 12  # of a style; fewer do not tell what is usual
OUTSIDE = 2.5  # deviations; photos of people like the style's rarely reach it
_SPREAD_FLOOR = 0.05  # of embeddings
_LEAST_DEVIATION = 0.1  # of logarithms of distances


@dataclass(frozen=True)
class Coverage:
    """What the photos of a style cover, in the embedding that the set network has of a photo's colors.

    Attributes:
        mean, spread: (96,) of the photos.
        near, deviation: mean and standard deviation of the logarithms of their distances, each from all others.
    """

    mean: np.ndarray
    spread: np.ndarray
    near: float
    deviation: float

    @classmethod
    def of(cls, photos: np.ndarray) -> Coverage | None:
        """Measure photos, (P, 96) embeddings; None if they are fewer than LEAST_PHOTOS."""
        count = len(photos)
        if count < LEAST_PHOTOS:
            return None
        mean, spread = photos.mean(0), photos.std(0) + _SPREAD_FLOOR
        others = count - 1
        mean_of_others = (count * mean - photos) / others  # without the photo itself
        squares = np.maximum((count * (photos**2).mean(0) - photos**2) / others - mean_of_others**2, 0)
        from_others = (photos - mean_of_others) / (np.sqrt(squares) + _SPREAD_FLOOR)
        logarithms = np.log(_size(from_others))
        return cls(mean, spread, float(logarithms.mean()), max(float(logarithms.std()), _LEAST_DEVIATION))

    def distance(self, photo: np.ndarray) -> float:
        """Return how many deviations farther out than the style's photos an embedding (96,) lies; 0 is usual."""
        return float((np.log(_size((photo - self.mean) / self.spread)) - self.near) / self.deviation)


def share_within(distance: float) -> float:
    """Return the percentage of the style's photos that are expected within a distance, 0 to 100."""
    return 50 * (1 + math.erf(distance / math.sqrt(2)))


def embedding_under(look: Look, photo: ColorSet, model: SetModel) -> np.ndarray:
    """Embed the colors of one photo under a look: (96,)."""
    assert photo.places is not None
    printed = look_at_colors(look, photo.colors[0] / np.float32(255), photo.places[0] / np.float32(255))
    colors = (printed.clip(0, 1) * 255 + 0.5).astype(np.uint8)[None]
    return model.embed(ColorSet(colors, photo.weights, photo.places, photo.regions).tokens)[0]


def _size(values: np.ndarray) -> np.ndarray:
    return np.sqrt((values**2).mean(-1)) + 1e-9
