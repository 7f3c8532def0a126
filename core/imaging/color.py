from __future__ import annotations

import numpy as np


def to_srgb(pixels: np.ndarray, profile: bytes | None) -> np.ndarray:
    """Placeholder: sRGB only."""
    if pixels.dtype != np.float32:
        pixels = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
