"""Subject, ground and skin of one photo at full size, for looks and textures that treat them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .look import Look
from .region_mask import EdgeGuide, RegionMask

NUM_REGIONS = 5
SUBJECT, SKIN = 0, 2  # of the maps that `networks.regions.predict_regions` returns


@dataclass(frozen=True, eq=False)
class PhotoRegions:
    """Where subject and skin are; None for a region that the look does not ask for.

    Attributes:
        subject: all else is ground.
        skin: of a person.
    """

    subject: RegionMask | None
    skin: RegionMask | None

    @classmethod
    def of(cls, look: Look, maps: np.ndarray, small: np.ndarray, size: tuple[int, int]) -> PhotoRegions:
        """Refine the maps that a look asks for.

        Args:
            look: to be rendered.
            maps: (5, h, w) float32 in [0, 1], as from `predict_regions`.
            small: (gh, gw, 3) float32, sRGB-encoded: a small copy of the whole photo.
            size: height and width of the photo in pixels.

        Raises:
            ValueError: maps has another shape.
        """
        if maps.ndim != 3 or len(maps) != NUM_REGIONS:
            raise ValueError(f"regions must be ({NUM_REGIONS}, h, w), got shape {maps.shape}")
        guide = EdgeGuide(small)
        subject = None if look.ground is None else guide.fit(maps[SUBJECT], size)
        needs_skin = look.skin is not None or (look.texture is not None and look.texture.needs_skin)
        return cls(subject, guide.fit(maps[SKIN], size) if needs_skin else None)

    def at_size(self, height: int, width: int) -> PhotoRegions:
        """Return the regions of a copy of the photo."""
        subject, skin = (mask and replace(mask, size=(height, width)) for mask in (self.subject, self.skin))
        return PhotoRegions(subject, skin)

    def weights(self, pixels: np.ndarray, top: int, left: int = 0) -> RegionWeights:
        """Return the weights of some pixels.

        Args:
            pixels: (h, w, 3) float32, sRGB-encoded.
            top, left: place of the first in the photo.
        """
        subject, skin = (mask and _weights_at(mask, pixels, top, left) for mask in (self.subject, self.skin))
        return RegionWeights(subject, skin)


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """Weights of the regions by pixel.

    Attributes:
        subject: (rows, W) float32 in [0, 1]; None for 1.
        skin: likewise; None for 0.
    """

    subject: np.ndarray | None
    skin: np.ndarray | None


def _weights_at(mask: RegionMask, pixels: np.ndarray, top: int, left: int) -> np.ndarray:
    """Evaluate a mask on a rectangle, for which it wants whole rows."""
    height, width = pixels.shape[:2]
    if (left, width) == (0, mask.size[1]):
        return mask.rows(pixels, top)
    rows = np.zeros((height, mask.size[1], 3), np.float32)
    rows[:, left : left + width] = pixels
    return mask.rows(rows, top)[:, left : left + width]
