"""What a style shows in each place beside what neutral portraits would: light and color that the place decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.look import GRID_SIZE
from ..imaging.proxy import Proxy
from .candidates import Evidence
from ..color.lab import srgb_to_lab
from .population import Population
from .portraits import load_portraits, square_pixels
from .prior import load_prior
from .transport import LabMap

_UNIT = 10.0  # Lab


def mean_places(photos: Sequence[np.ndarray]) -> np.ndarray:
    """The mean color of a set in each cell: photos (H, W, 3) in [0, 1], of any size, to (16, 16, 3) float32."""
    size = (GRID_SIZE, GRID_SIZE)
    total = sum(cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float64) for photo in photos)
    return (np.asarray(total) / len(photos)).astype(np.float32)


@dataclass(frozen=True)
class PlaceEvidence:
    """What is seen of places.

    Attributes:
        colors: what is seen of colors; it tells how many photos there are, and how alike.
        style: (16, 16, 3) mean of the style's photos, sRGB-encoded.
        contents: (32, 32, 3) of the photos to restyle; none for the mean portrait.
        own: (16, 16, 3) mean of the photographer's own untouched photos, or None.
    """

    colors: Evidence
    style: np.ndarray
    contents: Sequence[np.ndarray] = ()
    own: np.ndarray | None = None

    @property
    def spread(self) -> float:
        """How far the style's photos differ, as a part of how far portraits do: 1 mixed, near 0 all alike.

        One photo says nothing of that, and is taken for any portrait.
        """
        count = self.colors.style.num_photos
        if count < 2:
            return 1.0
        between = _between_photos(self.colors.style) * count / max(count - 1, 1)
        return float(np.clip(between / _between_photos(load_prior()), 0.1, 1))

    def differences(self, carried: LabMap) -> np.ndarray:
        """Compare the style, place by place, with neutral portraits under a closed form's map of Lab colors.

        Where the difference is steady it is light that the photographer gives to that place; a set of few photos shows
        the people's own backgrounds as well, and the generator learns how much to trust it.

        Returns:
            (6, 16, 16) float32, about -3 to 3: differences in Lab from all neutral portraits (or the photographer's
            own untouched ones), and from those like the contents.
        """
        seen = srgb_to_lab(self.style)
        apart = [seen - carried(srgb_to_lab(pool)) for pool in _pools(self.contents, self.own)]
        return (np.concatenate(apart, -1).transpose(2, 0, 1) / _UNIT).astype(np.float32)


def content_squares(contents: Sequence[Proxy]) -> list[np.ndarray]:
    """The photos as `place_evidence` wants them."""
    return [square_pixels(content.pixels) for content in contents]


def _pools(contents: Sequence[np.ndarray], neutral: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    if neutral is not None:
        return neutral, neutral
    portraits = load_portraits()
    everyone = mean_places([portraits.mean_of()])
    if not len(contents):
        return everyone, everyone
    return everyone, mean_places([portraits.mean_of(portraits.likeness(np.stack(contents)))])


def _between_photos(population: Population) -> float:
    """The variance of photos' mean lightness, in units of that within photos, which a look changes alike."""
    share = population.weights.astype(np.float64) / population.weights.sum()
    means, deviations = population.means[..., 0], population.deviations[..., 0]  # (P, 2)
    return float((share @ (means - share @ means) ** 2).mean() / max((share @ deviations**2).mean(), 1e-6))
