"""What the closed form leaves: how neutral portraits, carried over to a style, still differ from the style's photos."""

from __future__ import annotations

import numpy as np

from .candidates import Evidence
from .population import NUM_REGIONS, Population
from .transport import LabMap

NUM_REMAINDER = 2 * NUM_REGIONS * 37
_LEVELS = np.array([0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99])
_CHROMA_LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_TONES = np.array([10, 35, 60, 85], np.float32)  # lightness of the tones whose chroma is told
_TONE_WIDTH = 25.0
_SCARCE = 0.02  # of a tone of which a set has less than this part, little is said
_MAX_COLORS = 6144  # of a set and region: enough for steady quantiles


def remainder(evidence: Evidence, carried: LabMap) -> np.ndarray:
    """Compare neutral portraits under a closed form with the style, by tones and colors.

    Two ideas of the untouched people are carried over: all neutral portraits, and those that resemble the content.
    What is left is partly the look's, partly that other people are in the photos; the generator learns how much to
    trust it.

    Args:
        evidence: what is seen.
        carried: the map of Lab colors that the closed form is.

    Returns:
        (NUM_REMAINDER,) float64, mostly within -3 to 3.
    """
    style = _summary(evidence.style, evidence.style_weights, None)
    pools = (evidence.neutral_weights, evidence.near_weights())
    return np.concatenate([(_summary(evidence.neutral, weights, carried) - style).ravel() for weights in pools])


def evidence_vector(evidence: Evidence, carried: LabMap) -> np.ndarray:
    """Everything the generator is told in numbers: the evidence itself, then what the closed form leaves."""
    return np.concatenate([evidence.vector(), remainder(evidence, carried)])


def _summary(population: Population, weights: np.ndarray, carried: LabMap | None) -> np.ndarray:
    """(2, 37) of whole and middle: tones, colors, and the colors of tones."""
    photos, colors = _drawn(len(weights), weights, population.lab.shape[2])
    lab = population.lab[photos, :, colors].swapaxes(0, 1)  # (2, M, 3)
    lab = lab if carried is None else carried(lab)
    return np.stack([_of_region(region) for region in lab])


def _drawn(count: int, weights: np.ndarray, num_colors: int) -> tuple[np.ndarray, np.ndarray]:
    """Which photo and which of its colors; photos by their weights, no random numbers."""
    reached = np.cumsum(weights, dtype=np.float64)
    wanted = min(_MAX_COLORS, count * num_colors)
    marks = (np.arange(wanted) + 0.5) / wanted * reached[-1]
    return np.searchsorted(reached, marks).clip(max=count - 1), (np.arange(wanted) * 7919) % num_colors


def _of_region(lab: np.ndarray) -> np.ndarray:
    """(37,) of Lab colors (M, 3)."""
    ordered = np.sort(lab, axis=0)
    last = len(lab) - 1
    tones = ordered[(_LEVELS * last).astype(int), 0] / 10
    chroma = ordered[(_CHROMA_LEVELS * last).astype(int), 1:].ravel() / 5
    near = np.maximum(0, 1 - np.abs(lab[:, :1] - _TONES) / _TONE_WIDTH)  # (M, 4)
    size = np.hypot(lab[:, 1], lab[:, 2])[:, None]
    values = np.concatenate([lab[:, 1:], size], 1)  # a, b and their size
    share = near.mean(0)[:, None]
    by_tone = (near.T @ values / len(lab) + _SCARCE * values.mean(0)) / (share + _SCARCE)  # (4, 3)
    related = ((lab[:, 1:] - lab[:, 1:].mean(0)) * (lab[:, :1] - lab[:, :1].mean())).mean(0) / 100
    spread = np.log(lab.std(0) + 1)
    turned = np.array([np.log((lab[:, 1] * lab[:, 2]).clip(0).mean() + 1)])
    return np.concatenate([tones, chroma, by_tone.ravel() / 5, related, spread, turned])
