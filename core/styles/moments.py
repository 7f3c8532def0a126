"""Means and covariances of populations in Lab, and the linear optimal transport between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .population import Population

_FLOOR = 1.0  # added to every variance: a set of one color is still a set


@dataclass(frozen=True)
class Moments:
    """Mean (3,) and covariance (3, 3) of Lab colors."""

    mean: np.ndarray
    covariance: np.ndarray

    def mixed(self, other: Moments, share: float) -> Moments:
        """The moments of a mixture in which `other` has this share, 0 to 1."""
        mean = (1 - share) * self.mean + share * other.mean
        between = np.outer(self.mean - other.mean, self.mean - other.mean)
        covariance = (1 - share) * self.covariance + share * other.covariance + share * (1 - share) * between
        return Moments(mean, covariance)


def pooled_moments(population: Population, weights: np.ndarray, middle: float) -> Moments:
    """Moments of all colors of a set.

    Args:
        population: the photos.
        weights: (P,) how much each photo counts.
        middle: from 0 (the whole photo) to 1 (only its middle).
    """
    share = weights / weights.sum()
    region = np.array([1 - middle, middle])
    mean = np.tensordot(share, population.means, 1).T @ region
    second = np.tensordot(region, np.tensordot(share, population.seconds, 1), 1)
    return Moments(mean, second - np.outer(mean, mean))


def linear_transport(source: Moments, target: Moments) -> np.ndarray:
    """The linear map that carries one Gaussian onto another at the least cost (Monge-Kantorovich; Pitie 2007).

    Returns:
        (3, 4): matrix and offset.
    """
    root = _root(source.covariance + _FLOOR * np.eye(3))
    inverse = np.linalg.inv(root)
    matrix = inverse @ _root(root @ (target.covariance + _FLOOR * np.eye(3)) @ root) @ inverse
    return np.concatenate([matrix, (target.mean - matrix @ source.mean)[:, None]], 1)


def lightness_transport(source: Moments, target: Moments) -> np.ndarray:
    """The same for lightness alone: (2,), gain and offset."""
    gain = np.sqrt((target.covariance[0, 0] + _FLOOR) / (source.covariance[0, 0] + _FLOOR))
    return np.array([gain, target.mean[0] - gain * source.mean[0]])


def _root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 1e-9))) @ vectors.T
