"""The proxy: a small copy of a photo, from which a look is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PROXY_SIZE = 256


@dataclass(frozen=True)
class Proxy:
    """A photo at most 256 pixels on its longer side.

    Attributes:
        pixels: (H, W, 3) float32, sRGB-encoded, in [0, 1].
        weights: (H, W) float32 in [0, 1]: how much a pixel counts (its opacity); never all zero.
    """

    pixels: np.ndarray
    weights: np.ndarray

    @classmethod
    def opaque(cls, pixels: np.ndarray) -> Proxy:
        """A proxy whose every pixel counts in full."""
        return cls(pixels, np.ones(pixels.shape[:2], np.float32))
