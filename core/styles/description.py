"""A set of photos as a short vector: what the transport's weights are read from."""

from __future__ import annotations

import numpy as np

from .population import Population

_SCARCE = 0.02  # a tone of which a set has less than this part is drawn toward the set's mean chroma
NUM_DESCRIPTION = 77

# How far photos lie apart in each number of `photo_summary`: the yardstick of likeness.
_APART = np.array([11.5, 5.5, 7, 11.5, 6, 6.5, 4, 4.5, 5.5, 4, 3, 3.5])


def photo_summary(population: Population) -> np.ndarray:
    """Mean and spread of the colors of each photo, whole and middle, in units of how far photos lie apart.

    Returns:
        (P, 12) float64.
    """
    count = len(population.weights)
    return np.concatenate([population.means.reshape(count, 6), population.deviations.reshape(count, 6)], 1) / _APART


def likeness(population: Population, other: Population, width: float) -> np.ndarray:
    """How like the photos of a set are to another set, on average: (P,) in (0, 1], falling with the distance."""
    share = other.weights / other.weights.sum()
    apart = photo_summary(population) - share @ photo_summary(other)
    return np.exp(-(apart**2).mean(1) / (2 * width**2))


def describe(population: Population, weights: np.ndarray) -> np.ndarray:
    """Tell a set by its colors, its tones, and how far its photos lie apart.

    Args:
        population: the photos.
        weights: (P,) how much each counts.

    Returns:
        (77,) float64, most of them near -3 to 3.
    """
    share = weights / weights.sum()
    means = np.tensordot(share, population.means, 1)  # (2, 3)
    seconds = np.tensordot(share, population.seconds, 1)  # (2, 3, 3)
    covariances = seconds - means[:, :, None] * means[:, None, :]
    deviations = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0.25))
    first, second = np.triu_indices(3, 1)
    related = covariances[:, first, second] / (deviations[:, first] * deviations[:, second])
    apart = np.sqrt(np.maximum(np.tensordot(share, population.means**2, 1) - means**2, 0))
    within = np.tensordot(share, np.log(np.maximum(population.deviations, 0.5) / 10), 1)
    parts = [
        (means - [55, 5, 8]) / [15, 8, 8],
        np.log(deviations / 10),
        related,
        np.log1p(apart / 2),
        within,
        _quantiles(population, share),
        _chroma_by_tone(population, share, means) / 10,
        (share**2).sum(),
    ]
    return np.concatenate([np.ravel(part) for part in parts])


def _quantiles(population: Population, share: np.ndarray) -> np.ndarray:
    """(30,): all quantiles of lightness, and those of chroma from its middle, of the mean photo."""
    mean = np.tensordot(share, population.quantiles, 1)  # (2, 3, 5)
    return np.concatenate([mean[:, 0].ravel() / 25 - 2, mean[:, 1:].ravel() / 10])


def _chroma_by_tone(population: Population, share: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(2, 4, 2): mean a and b of each tone, whole and middle."""
    sums = np.tensordot(share, population.tone_sums, 1)  # (2, 4, 3): part, a, b
    return (sums[..., 1:] + _SCARCE * means[:, None, 1:]) / (sums[..., :1] + _SCARCE)
