"""sRGB: transfer curve, luma, gamut mapping."""

from __future__ import annotations

import numpy as np

REC709_LUMA = (0.2126, 0.7152, 0.0722)


def srgb_to_linear(encoded: np.ndarray) -> np.ndarray:
    """Decode sRGB to linear light. The curve is extended to negative values.

    Args:
        encoded: any shape, 0 to 1 inside the gamut.

    Returns:
        The same shape.
    """
    size = np.abs(encoded)
    return np.sign(encoded) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear light as sRGB, the inverse of `srgb_to_linear`."""
    size = np.abs(linear)
    return np.sign(linear) * np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)


def luma_of(colors: np.ndarray) -> np.ndarray:
    """Sum the channels with Rec. 709 weights.

    Args:
        colors: (..., 3), encoded or linear.

    Returns:
        (..., 1).
    """
    return (colors * np.array(REC709_LUMA, np.float32)).sum(-1, keepdims=True)


def fit_gamut(srgb: np.ndarray) -> np.ndarray:
    """Map colors into [0, 1]; those inside stay unchanged.

    Half of the excess over 1 is removed by darkening, the rest by desaturation toward the gray of equal luma. Clipping
    each channel would shift bright skin toward yellow; desaturation alone would bleach pure yellows.

    Args:
        srgb: (..., 3) float32, any range.

    Returns:
        The same shape, in [0, 1].
    """
    srgb = srgb / np.sqrt(np.maximum(srgb.max(-1, keepdims=True), 1))
    gray = luma_of(srgb).clip(0, 1)
    away = srgb - gray
    room = np.where(away > 0, 1 - gray, gray)
    kept = np.minimum(room / np.maximum(np.abs(away), 1e-12), 1)
    return (gray + kept.min(-1, keepdims=True) * away).clip(0, 1)
