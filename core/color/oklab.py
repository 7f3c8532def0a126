"""Oklab (Ottosson 2020) of sRGB colors, in the last axis."""

from __future__ import annotations

import numpy as np

from .srgb import linear_to_srgb, srgb_to_linear

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


def srgb_to_oklab(srgb: np.ndarray) -> np.ndarray:
    """Convert sRGB colors to Oklab.

    Args:
        srgb: (..., 3) float32, nominally in [0, 1].

    Returns:
        (..., 3): lightness in [0, 1], a (green to red) and b (blue to yellow), about -0.3 to 0.3.
    """
    cones = srgb_to_linear(srgb) @ _matrix(_LINEAR_TO_CONE).T
    rooted = np.cbrt(cones)
    return rooted @ _matrix(_CONE_TO_LAB).T


def oklab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """Convert Oklab to sRGB colors, which may lie outside [0, 1]; the inverse of `srgb_to_oklab`."""
    cones = (lab @ _inverse(_CONE_TO_LAB).T) ** 3
    return linear_to_srgb(cones @ _inverse(_LINEAR_TO_CONE).T)


def _matrix(rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    return np.array(rows, np.float32)


def _inverse(rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    return np.linalg.inv(np.array(rows)).astype(np.float32)
