"""What a style shows in each place beside what neutral portraits would: light and color that the place decides."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.look import GRID_SIZE
from ..imaging.proxy import Proxy
from .color_space import srgb_to_lab
from .portraits import load_portraits, square_pixels
from .transport import LabMap

_UNIT = 10.0  # Lab


def mean_places(photos: Sequence[np.ndarray]) -> np.ndarray:
    """The mean color of a set in each cell: photos (H, W, 3) in [0, 1], of any size, to (16, 16, 3) float32."""
    size = (GRID_SIZE, GRID_SIZE)
    total = sum(cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float64) for photo in photos)
    return (np.asarray(total) / len(photos)).astype(np.float32)


def place_evidence(
    style: np.ndarray, carried: LabMap, contents: Sequence[np.ndarray], neutral: np.ndarray | None = None
) -> np.ndarray:
    """Compare a style's photos, place by place, with neutral portraits under a closed form.

    Where the difference is steady it is light that the photographer gives to that place; a set of few photos shows the
    people's own backgrounds as well, and the generator learns how much to trust it.

    Args:
        style: (16, 16, 3) mean of the style's photos.
        carried: the map of Lab colors that the closed form is.
        contents: (32, 32, 3) of the photos to restyle: of portraits those most like them are compared too.
        neutral: (16, 16, 3) mean of the photographer's own untouched photos; None for the shipped statistics.

    Returns:
        (6, 16, 16) float32, about -3 to 3: differences in Lab from all neutral portraits, and from those like the
        contents.
    """
    seen = srgb_to_lab(style)
    differences = [seen - carried(srgb_to_lab(pool)) for pool in _pools(contents, neutral)]
    return (np.concatenate(differences, -1).transpose(2, 0, 1) / _UNIT).astype(np.float32)


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
