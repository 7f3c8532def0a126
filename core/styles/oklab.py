"""Oklab (Ottosson 2020) and sRGB, over colors in the last axis; and the way back into the gamut."""

from __future__ import annotations

import numpy as np

from ..imaging.rendering.look import REC709_LUMA

_LINEAR_TO_CONE = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_CONE_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def srgb_to_linear(srgb: np.ndarray) -> np.ndarray:
    """Decode sRGB to linear light; odd about zero, so out-of-gamut colors survive.

    Args:
        srgb: (..., 3) float32, nominally in [0, 1].

    Returns:
        The same shape, nominally in [0, 1].
    """
    size = np.abs(srgb)
    curved = ((size + 0.055) / 1.055) ** 2.4
    return np.where(size <= 0.04045, size / 12.92, curved) * np.sign(srgb)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear light as sRGB; the inverse of `srgb_to_linear`."""
    size = np.abs(linear)
    curved = 1.055 * np.maximum(size, 1e-12) ** (1 / 2.4) - 0.055
    return np.where(size <= 0.0031308, size * 12.92, curved) * np.sign(linear)


def srgb_to_oklab(srgb: np.ndarray) -> np.ndarray:
    """Turn sRGB colors into Oklab.

    Args:
        srgb: (..., 3) float32, nominally in [0, 1].

    Returns:
        (..., 3): lightness in [0, 1], a (green to red) and b (blue to yellow), about -0.3 to 0.3.
    """
    cones = srgb_to_linear(srgb) @ _matrix(_LINEAR_TO_CONE).T
    rooted = np.cbrt(cones)
    return rooted @ _matrix(_CONE_TO_LAB).T


def oklab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """Turn Oklab into sRGB colors, which may lie outside [0, 1]; the inverse of `srgb_to_oklab`."""
    cones = (lab @ _inverse(_CONE_TO_LAB).T) ** 3
    return linear_to_srgb(cones @ _inverse(_LINEAR_TO_CONE).T)


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


def _matrix(rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    return np.array(rows, np.float32)


def _inverse(rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    return np.linalg.inv(np.array(rows)).astype(np.float32)
