"""The fit of `trust.safetensors` to simulated folders: ridge regression, checked by folders left out."""

from __future__ import annotations

import numpy as np

from ...learning.look.trust import normalized

RIDGE = 300.0  # folders that a normalized number is worth
NUM_FOLDS = 5
_RANGE = (0.1, 0.9)  # of the residuals


def fit_trust(evidence: np.ndarray, truths: np.ndarray, *, bias: float = 0.0) -> dict[str, np.ndarray]:
    """Fit what `TrustModel` holds.

    Args:
        evidence: (N, F) of folders.
        truths: (N,) mean CIEDE2000 from the right answer.
        bias: added to the logarithm, for what simulated colors do not have and photos have.

    Returns:
        Arrays by name, float32.
    """
    left = np.log(truths) - left_out(evidence, truths)
    mean, scale, weights, middle = _ridge(evidence, truths)
    found = {
        "mean": mean,
        "scale": scale,
        "weights": weights,
        "bias": np.array([middle + bias]),
        "range": np.quantile(left, _RANGE),
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def left_out(evidence: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """(N,): the logarithm of the distance of each folder, by a fit to the folders of other folds."""
    folds, found = np.arange(len(truths)) % NUM_FOLDS, np.zeros(len(truths))
    for fold in range(NUM_FOLDS):
        inside = folds != fold
        mean, scale, weights, middle = _ridge(evidence[inside], truths[inside])
        found[~inside] = middle + normalized(evidence[~inside], mean, scale) @ weights
    return found


def _ridge(evidence: np.ndarray, truths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    mean, scale = evidence.mean(0), evidence.std(0) + 1e-6
    columns, answers = normalized(evidence, mean, scale), np.log(truths)
    centered = columns - columns.mean(0)
    side = centered.T @ (answers - answers.mean())
    weights = np.linalg.solve(centered.T @ centered + RIDGE * np.eye(len(mean)), side)
    return mean, scale, weights, float(answers.mean() - columns.mean(0) @ weights)
