"""CIE Lab of sRGB colors, in numpy."""

from __future__ import annotations

import numpy as np

from .srgb import linear_to_srgb, srgb_to_linear

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(1)
_TO_CONES = (_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_FROM_CONES = np.linalg.inv(_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_TO_LAB = np.array([[0, 116, 0], [500, -500, 0], [0, 200, -200]], np.float32)
_FROM_LAB = np.linalg.inv(_TO_LAB.astype(np.float64)).astype(np.float32)
_OFFSET = np.array([16, 0, 0], np.float32)
_BREAK = 6 / 29


def srgb_to_lab(colors: np.ndarray) -> np.ndarray:
    """Convert to CIE Lab, white D65 (CIE 15:2004).

    Args:
        colors: (..., 3) float in [0, 1], or uint8, sRGB-encoded.

    Returns:
        (..., 3) float32; L 0 to 100.
    """
    linear = _LINEAR_OF_BYTE[colors] if colors.dtype == np.uint8 else srgb_to_linear(colors.astype(np.float32))
    ratio = linear.astype(np.float32) @ _TO_CONES.T
    bent = np.where(ratio > _BREAK**3, np.cbrt(np.maximum(ratio, 0)), ratio / (3 * _BREAK**2) + 4 / 29)
    return bent.astype(np.float32) @ _TO_LAB.T - _OFFSET


def lab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """Convert CIE Lab back to sRGB-encoded colors.

    Args:
        lab: (..., 3).

    Returns:
        (..., 3) float32, outside [0, 1] for colors out of gamut.
    """
    bent = (lab.astype(np.float32) + _OFFSET) @ _FROM_LAB.T
    ratio = np.where(bent > _BREAK, bent**3, 3 * _BREAK**2 * (bent - 4 / 29))
    return linear_to_srgb(ratio.astype(np.float32) @ _FROM_CONES.T).astype(np.float32)


def cie94(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the CIE 1994 color difference (graphic arts) of Lab colors: (..., 3) and (..., 3) to (...)."""
    light, a, b = np.moveaxis(first - second, -1, 0)
    chroma1, chroma2 = np.hypot(first[..., 1], first[..., 2]), np.hypot(second[..., 1], second[..., 2])
    scale = np.sqrt(chroma1 * chroma2)
    change = chroma1 - chroma2
    turn = np.maximum(a**2 + b**2 - change**2, 0)
    return np.sqrt(light**2 + (change / (1 + 0.045 * scale)) ** 2 + turn / (1 + 0.015 * scale) ** 2)


_LINEAR_OF_BYTE = srgb_to_linear(np.arange(256, dtype=np.float32) / 255)
