"""Black-and-white prints: finding them, and the tint of their paper."""

from __future__ import annotations

import numpy as np

from ..color.lab import lab_to_srgb
from .population import Population

_GRAY_CHROMA = 2.0  # Lab: what is left of a print's chroma beside its tint, from JPEG and scanning
_GRAY_PART = 0.8  # of a set's photos
_NO_TINT = 1.5  # a weaker tint is none


def gray_photos(population: Population) -> np.ndarray:
    """(P,) bool: which photos are black-and-white, toned prints (sepia, selenium) included.

    A print's chroma is a smooth function of its lightness; what a photo has beside that is color.
    """
    lab = population.lab[:, 0].astype(np.float64)  # (P, M, 3)
    tone = lab[..., 0] / 50 - 1
    basis = np.stack([np.ones_like(tone), tone, tone**2], -1)  # (P, M, 3)
    normal = basis.swapaxes(1, 2) @ basis + 1e-3 * np.eye(3)
    fitted = basis @ np.linalg.solve(normal, basis.swapaxes(1, 2) @ lab[..., 1:])
    return np.sqrt(((lab[..., 1:] - fitted) ** 2).sum(-1).mean(-1)) < _GRAY_CHROMA


def is_gray(population: Population) -> bool:
    """Whether a set is black-and-white, toned or not."""
    return bool(population.weights[gray_photos(population)].sum() >= _GRAY_PART * population.weights.sum())


def without_color(population: Population) -> Population:
    """The same prints on neutral paper: every color as the gray of its lightness."""
    lightness = population.lab[..., :1]
    grays = lab_to_srgb(np.concatenate([lightness, np.zeros((*lightness.shape[:-1], 2), np.float32)], -1))
    return Population((np.clip(grays, 0, 1) * 255 + 0.5).astype(np.uint8), population.weights)


def tint(population: Population, weights: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The tint that a set's black-and-white prints have at some lightness; zero where it is too weak to be meant.

    Args:
        population: the prints.
        weights: (P,) how much each counts.
        lightness: (...) L of the result.

    Returns:
        (..., 2) a and b; a parabola that ends at zero in black and in white.
    """
    lab = population.lab[:, 0].astype(np.float64)
    share = np.repeat(weights * gray_photos(population), lab.shape[1])
    bend, a_b = _bend(lab[..., 0]).ravel(), lab[..., 1:].reshape(-1, 2)
    strength = (share * bend) @ a_b / max((share * bend) @ bend, 1e-9)
    if np.hypot(*strength) < _NO_TINT:
        return np.zeros((*lightness.shape, 2))
    return _bend(lightness)[..., None] * strength


def _bend(lightness: np.ndarray) -> np.ndarray:
    part = np.clip(lightness / 100, 0, 1)
    return np.sqrt(4 * part * (1 - part))
