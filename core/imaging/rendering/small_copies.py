"""Small copies of a photo, each made from the next larger one, since shrinking a large photo takes time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..color_management import ColorSpace, as_float
from ..photo import Photo
from ..proxy import proxy_of


@dataclass(frozen=True, eq=False)
class SmallCopies:
    """Copies of a photo; none is larger than the photo.

    Attributes:
        pixels: each (h, w, 3) float32, sRGB-encoded, the largest first.
    """

    pixels: list[np.ndarray]

    @classmethod
    def of(cls, photo: Photo, largest: int) -> SmallCopies:
        """Shrink a photo to the largest copy that is needed."""
        halved = _halved(photo, largest)
        space = ColorSpace.of(photo.profile, is_gray=photo.is_gray)
        if photo.alpha is not None or photo.is_gray or not space.is_srgb or photo.pixels.dtype == np.float32:
            return cls([proxy_of(halved, largest).pixels])
        return cls([as_float(_resized(halved.pixels, *_size_of(halved.pixels, largest)))])

    def shrunk(self, longer_side: int) -> np.ndarray:
        """Return the copy whose longer side is so long, by area averages of a larger one."""
        size = _size_of(self.pixels[0], longer_side)
        for copy in self.pixels:
            if copy.shape[:2] == size:
                return copy
        larger = [
            copy for copy in self.pixels if len(copy) >= 2 * size[0]
        ]  # or a resized copy would be resized, softer
        source = min(larger, key=len, default=self.pixels[0])
        self.pixels.append(_resized(source, *size))
        return self.pixels[-1]

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> SmallCopies:
        """Return copies of the photo after a change of its colors."""
        return SmallCopies([change(copy) for copy in self.pixels[:1]])


def _size_of(pixels: np.ndarray, longer_side: int) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    scale = min(1.0, longer_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    if pixels.shape[:2] == (height, width):
        return pixels
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _halved(photo: Photo, least: int) -> Photo:
    """Halve a photo while it stays at least so long: means of 2 x 2 pixels are fast. An odd row is left out."""
    pixels = photo.pixels
    if photo.alpha is not None:  # which weighs colors
        return photo
    while max(pixels.shape[:2]) >= 2 * least and min(pixels.shape[:2]) >= 2:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        pixels = cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return replace(photo, pixels=pixels)
