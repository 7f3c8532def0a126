"""sRGB: its curve, the luma of its colors, and the way back into its gamut."""

from __future__ import annotations

import numpy as np

REC709_LUMA = (0.2126, 0.7152, 0.0722)


def srgb_to_linear(encoded: np.ndarray) -> np.ndarray:
    """Undo sRGB's curve. Negative light keeps its sign, so that nothing is cut off.

    Args:
        encoded: any shape, 0 to 1 inside the gamut.

    Returns:
        The same shape.
    """
    size = np.abs(encoded)
    return np.sign(encoded) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Apply sRGB's curve, the inverse of `srgb_to_linear`."""
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
    """Bring colors into [0, 1]; those inside stay as they are.

    Half of what is over 1 is taken by darkening, the rest by fading toward the gray of equal luma. Clipping each
    channel instead would turn bright skin yellow; fading alone would bleach pure yellows abruptly.

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
