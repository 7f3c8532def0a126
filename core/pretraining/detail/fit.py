"""The fit of `structures.safetensors` to neutral portraits and to photos finished by hands that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...estimation.fine_structure import NUM_TRAITS, SHAPE
from ...imaging.rendering.texture import NUM_BANDS
from .hands import HandSamples

NUM_GAINS = 2 * NUM_BANDS
_STRENGTHS = int(np.prod(SHAPE))
NUM_FEATURES = _STRENGTHS + NUM_TRAITS
_PEOPLE_SHRINK, _WITHIN_SHRINK, _HAND_SHRINK = 0.05, 0.1, 0.1  # of correlations, which few samples tell badly
_RIDGE = 3.0  # hands that the responses of single bands are worth
_LEAST_TOLD = 4  # photos of a hand that tell a strength
_MOST_AWAY = 3.0  # deviations between people, by which one hand may count
_LEAST_VARIANCE = 1e-4  # of that between people


def fit_structures(neutral: np.ndarray, single: np.ndarray, hands: Sequence[HandSamples]) -> dict[str, np.ndarray]:
    """Fit what `NeutralStructures` holds.

    What hands did is seen in the difference of their photos from the same portraits untouched, so that people do not
    blur it: a part follows from the gains, what is left is of looks, cameras and files, and all photos by one hand
    share it. What differs between portraits shrinks with the number of photos.

    Args:
        neutral: (P, 117) features of portraits; NaN where they tell none.
        single: (2, 117, 8) change of the features by the logarithm of a single gain, lowered and raised.
        hands: with portraits among the same.

    Returns:
        Arrays by name, float32.
    """
    mean, scale = np.nanmean(neutral, 0), np.nanstd(neutral, 0) + 1e-6
    people = _covariance((neutral - mean) / scale, _PEOPLE_SHRINK)
    changes = [(hand.features - neutral[hand.people]) / scale for hand in hands]
    centers = np.array([_center(change) for change in changes])
    within = _covariance(
        np.concatenate([change - center for change, center in zip(changes, centers, strict=True)]), _WITHIN_SHRINK
    )
    logarithms = np.array([hand.logarithms for hand in hands])
    response, offset, rest = _responses(centers, logarithms, single / scale[:, None])
    freedom = len(hands) / max(len(hands) - 2 * NUM_BANDS - 1, 1)  # the regression took a part of what is left
    shared = freedom * _covariance(rest.clip(-_MOST_AWAY, _MOST_AWAY), _HAND_SHRINK)
    spread = np.outer(scale, scale)
    found = {
        "mean": mean + scale * offset,
        "between": spread * (_definite(people) + _definite(within)),
        "shared": spread * _definite(shared),
        "response": response * scale[:, None],
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def gains_acting_on(feature: int) -> list[int]:
    """Return which of the 8 gains change a feature: those of skin, those of the rest, or none."""
    if feature >= _STRENGTHS:
        return []
    is_skin = feature < _STRENGTHS // SHAPE[0]
    return list(range(NUM_BANDS)) if is_skin else list(range(NUM_BANDS, NUM_GAINS))


def _center(change: np.ndarray) -> np.ndarray:
    """(117,): the mean of photos (P, 117), NaN where few tell it."""
    told = np.isfinite(change).sum(0)
    return np.where(told >= _LEAST_TOLD, np.nansum(change, 0) / np.maximum(told, 1), np.nan)


def _responses(
    centers: np.ndarray, logarithms: np.ndarray, single: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return response (2, 117, 8) and offset (117,) by ridge regression, and what is left (H, 117)."""
    response, offset, rest = np.zeros_like(single), np.zeros(NUM_FEATURES), np.full_like(centers, np.nan)
    parts = np.minimum(logarithms, 0), np.maximum(logarithms, 0)
    for feature in range(NUM_FEATURES):
        told, acting = np.isfinite(centers[:, feature]), gains_acting_on(feature)
        columns = np.hstack([*(part[told][:, acting] for part in parts), np.ones((told.sum(), 1))])
        before = np.concatenate([*single[:, feature, acting], [0.0]])
        ridge = np.diag([_RIDGE] * (len(before) - 1) + [1e-3])
        side = columns.T @ (centers[told, feature] - columns @ before)
        found = before + np.linalg.solve(columns.T @ columns + ridge, side)
        response[:, feature, acting] = found[:-1].reshape(2, -1)
        offset[feature] = found[-1]
        rest[told, feature] = centers[told, feature] - columns @ found
    return response, offset, rest


def _covariance(values: np.ndarray, shrink: float) -> np.ndarray:
    """(D, D) of rows (N, D) about 0, of those that tell both; correlations are shrunk."""
    known = np.isfinite(values).astype(np.float64)
    filled = np.nan_to_num(values)
    found = filled.T @ filled / np.maximum(known.T @ known, 1)
    return (1 - shrink) * found + shrink * np.diag(np.diag(found))


def _definite(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.maximum(values, _LEAST_VARIANCE)) @ vectors.T
