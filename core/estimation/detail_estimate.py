"""Estimation of gains of detail from finished photos, in closed form.

The structures of the photos are compared with those of neutral portraits. What differs is either the work of gains,
whose effect on each structure is known, or of chance: people differ, the less so the more photos there are; and looks,
cameras and files differ, which all photos of one photographer share. How much was learnt from photos that were finished
by hands that are known. The most probable gains follow by least squares (Gauss, Markov), and they count only where
chance alone would hardly show as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..color.srgb import luma_of
from ..errors import WeightsError
from ..folders import weights_folder
from ..imaging.rendering.look import Look
from ..imaging.rendering.render import render
from ..imaging.rendering.texture import MAX_GAIN, MIN_GAIN, NUM_BANDS, NUM_DETAIL_TONES, NUM_GROUPS, Detail
from .fine_structure import NUM_TRAITS, LumaGain, StructureSample
from .people import load_people

STRUCTURES_FILE = "structures.safetensors"
_GAIN_SPREAD = (0.38, 0.38, 0.28, 0.14)  # of the logarithms of gains that photographers use, fine to coarse
_GAINS_ALIKE = 0.75  # correlation of the gains of neighboring bands
_OTHER_SPREAD = 0.7  # of gains of hair and cloth beside those of skin
_GRAIN_DOUBT = 0.2  # of the energy of grain
_LEAST_SHARE, _LEAST_PHOTOS = 0.3, 3  # of the photos that tell a structure
_LEAST_EVIDENCE = (7.5, 9.0)  # chi-square of skin and of the rest
_MIXED = 0.08  # of the logarithm: no hand softens one band and sharpens another by more
_ROUNDS = 4
_NUM_TONES = 33
_STEP = 1.04  # by which colors are made lighter and darker


@dataclass(frozen=True)
class NeutralStructures:
    """Structures of finished photos without detail.

    Attributes:
        mean: (117,) of the features of a `StructureSample`.
        between: (117, 117) covariance between photos of one photographer.
        shared: (117, 117) covariance between photographers, of what all their photos share.
        response: (2, 117, 8) change of the features by the logarithms of the gains, skin first, fine to coarse: of
            gains below 1, and of those above.
    """

    mean: np.ndarray
    between: np.ndarray
    shared: np.ndarray
    response: np.ndarray


@cache
def load_structures() -> NeutralStructures:
    """Load the numbers of the neutral portraits in the package.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    path = weights_folder() / STRUCTURES_FILE
    try:
        return NeutralStructures(**{name: value.astype(np.float64) for name, value in load(path.read_bytes()).items()})
    except (OSError, SafetensorError, TypeError) as error:
        raise WeightsError(
            "{path}: cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error


def detail_of(samples: Sequence[StructureSample], weights: Sequence[float]) -> Detail | None:
    """Combine what several photos say of their structures.

    Args:
        samples: of photos by one photographer.
        weights: how much each counts, 0 to 1: less for photos that are compressed or sharpened.

    Returns:
        The gains, the same for all tones; None where chance may have made the difference.
    """
    weights_of = np.array([weights]).T * np.ones(load_structures().mean.shape)
    features = np.array([sample.features() for sample in samples]).reshape(weights_of.shape)
    doubts = np.array([np.pad(sample.doubts.ravel(), (0, NUM_TRAITS)) for sample in samples]).reshape(weights_of.shape)
    weights_of[np.isnan(features)] = 0
    counts = weights_of.sum(0)
    told = counts >= max(_LEAST_PHOTOS, _LEAST_SHARE * sum(weights))
    if told.sum() < len(_GAIN_SPREAD) * NUM_GROUPS:
        return None
    means = [np.nansum(weights_of * part, 0)[told] / counts[told] for part in (features, doubts)]
    logarithms, covariance = _most_probable(means[0], _GRAIN_DOUBT * means[1], counts[told], told)
    gains = np.ones((NUM_BANDS, NUM_GROUPS, NUM_DETAIL_TONES), np.float32)
    for group, least in enumerate(_LEAST_EVIDENCE):
        own = slice(group * NUM_BANDS, (group + 1) * NUM_BANDS)
        evidence = logarithms[own] @ np.linalg.solve(covariance[own, own], logarithms[own])
        is_mixed = logarithms[own].min() < -_MIXED and logarithms[own].max() > _MIXED
        if evidence >= least and not is_mixed:
            gains[:, group] = np.exp(logarithms[own])[:, None].clip(MIN_GAIN, MAX_GAIN)
    return None if (gains == 1).all() else Detail(gains)


def _most_probable(
    features: np.ndarray, doubts: np.ndarray, counts: np.ndarray, told: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithms of the gains (8,), and how uncertain they are (8, 8)."""
    neutral, block = load_structures(), np.ix_(told, told)
    noise = neutral.shared[block] + neutral.between[block] / np.sqrt(np.outer(counts, counts)) + np.diag(doubts**2)
    response, logarithms, covariance = neutral.response[:, told].mean(0), np.zeros(0), np.zeros(0)
    for _ in range(_ROUNDS):
        weighted = np.linalg.solve(noise, response)  # (told, 8)
        covariance = np.linalg.inv(response.T @ weighted + np.linalg.inv(gain_covariance()))
        logarithms = covariance @ (weighted.T @ (features - neutral.mean[told]))
        response = np.where(logarithms < 0, neutral.response[0][told], neutral.response[1][told])
    return logarithms, covariance


@cache
def gain_covariance() -> np.ndarray:
    """(8, 8): covariance of the logarithms of gains that photographers use, skin first, fine to coarse."""
    apart = np.abs(np.subtract.outer(np.arange(NUM_BANDS), np.arange(NUM_BANDS)))
    skin = np.outer(_GAIN_SPREAD, _GAIN_SPREAD) * _GAINS_ALIKE**apart
    zero = np.zeros_like(skin)
    return np.block([[skin, zero], [zero, _OTHER_SPREAD**2 * skin]])


def luma_gain_of(look: Look) -> LumaGain:
    """Measure how much a look enlarges small differences of luma, on the colors of people at large.

    Args:
        look: its color table is used.
    """
    people = load_people()
    assert people.regions is not None
    colors = people.colors.reshape(-1, 1, 3).astype(np.float32) / 255
    skin = people.regions[..., 2].reshape(-1) / 255
    before = [colors / _STEP, colors * _STEP]
    after = [luma_of(render(part.clip(0, 1), look.flat))[:, 0, 0] for part in before]
    change = (after[1] - after[0]) / np.maximum(luma_of(before[1] - before[0])[:, 0, 0], 1e-4)
    tones = (after[0] + after[1]) / 2
    usable = (colors.max((1, 2)) * _STEP < 1) & (colors.min((1, 2)) > 0.02)
    return LumaGain(np.stack([_by_tone(tones, change, usable * share) for share in (skin, 1 - skin)]))


def _by_tone(tones: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(33,): a weighted mean of values near each tone, of all values where there are none."""
    nodes = np.linspace(0, 1, _NUM_TONES)
    near = np.exp(-(((tones - nodes[:, None]) / 0.04) ** 2)) * weights + 1e-6 * weights
    return np.sqrt((near @ values**2) / near.sum(1)).clip(0.2, 4)
