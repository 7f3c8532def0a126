"""Estimation of grain from finished photos, in closed form.

In the flattest patches of a photo nothing varies but its grain. The covariance of grain between pixels follows from its
size, its roughness and the size of the pixels, so the size is the one whose covariance fits, and the strength of each
tone is that of its flattest patches over what the covariance predicts. Where no covariance fits, there is no grain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from ..imaging.rendering.grain import covariance
from ..imaging.rendering.texture import MAX_GRAIN, MAX_SIZE, MIN_SIZE, NUM_GRAIN_TONES, Grain

LONGEST_SIDE = 2000  # pixels of the copy that is looked at
SHORTEST_SIDE = 700  # pixels: grain is averaged away in smaller photos
_PATCH = 16  # pixels a side
_MOST_PATCHES = 3600  # of a photo
_LEAST_PATCHES = 40  # of a tone
_ENOUGH_PATCHES = 400  # for the correlations
_CELLS = np.geomspace(0.4, 8, 28)  # pixels
_ROUGHNESS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75)
_LAGS = tuple((y, x) for y in range(7) for x in range(7) if 0 < y * y + x * x <= 36)
_TONES = np.array([0.01, 0.06, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.95, 0.99])  # edges of bins of luma
_RANKS = np.array([0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14])  # of patches by deviation, which tell the flat ones
_FLAT_SHARES = np.linspace(0.15, 1.0, 18)  # of patches that are flat
_ROUNDS = 3
_WORST_FIT = 0.02  # squared error of the correlations, summed; of plain photos it is 0.1 and more
_LEAST_RATIO = 0.68  # of the deviations at ranks 0.05 and 0.3: 0.8 for grain, 0.6 and less for plain photos
_LEAST_STRENGTH = 0.006  # of white, in the mean over tones
_PLAIN = np.array([0.0025, 0.005, 0.0075, 0.006, 0.002])  # strength that is found in plain portraits, without grain
_SMOOTHNESS = 0.05


@dataclass(frozen=True)
class GrainSample:
    """What one photo says of grain.

    Attributes:
        size: of the grain, as a part of the longer side.
        roughness: share of the variance in clumps.
        tones: (B,) luma at which there is a strength.
        strengths: (B,) standard deviation there, of white.
        counts: (B,) patches that told it.
        is_grain: whether what varies in flat patches is grain.
    """

    size: float
    roughness: float
    tones: np.ndarray
    strengths: np.ndarray
    counts: np.ndarray
    is_grain: bool


def grain_of(samples: Sequence[GrainSample]) -> Grain | None:
    """Combine what several photos say of grain.

    Args:
        samples: of photos by one photographer.

    Returns:
        The grain; None where most photos have none.
    """
    grainy = [sample for sample in samples if sample.is_grain]
    if not samples or 2 * len(grainy) <= len(samples):
        return None
    found = _strengths_by_tone(grainy)
    strength = np.sqrt(np.maximum(found**2 - _PLAIN**2, 0)).clip(0, MAX_GRAIN).astype(np.float32)
    if strength.mean() < _LEAST_STRENGTH:
        return None
    size = float(np.clip(np.median([sample.size for sample in grainy]), MIN_SIZE, MAX_SIZE))
    return Grain(strength, size, float(np.median([sample.roughness for sample in grainy])))


def without_plain(sample: GrainSample) -> GrainSample:
    """Return a sample less what plain portraits show as well."""
    nodes = np.linspace(0, 1, NUM_GRAIN_TONES)
    plain = np.interp(sample.tones, nodes, _PLAIN)
    return replace(sample, strengths=np.sqrt(np.maximum(sample.strengths**2 - plain**2, 0)))


def sample_grain(luma: np.ndarray) -> GrainSample | None:
    """Measure what varies in the flat patches of a photo.

    Args:
        luma: (H, W) in [0, 1], sRGB-encoded; 700 to 2,000 pixels on the longer side.

    Returns:
        What was found; None for a photo without flat patches.
    """
    patches = _patches(luma)
    usable = patches[(patches.min(1) > 0.004) & (patches.max(1) < 0.996)]  # nothing clipped
    tones, residuals = usable.mean(1), _detrended(usable)
    deviations = np.sqrt((residuals**2).sum(1) / (_PATCH**2 - _trend().shape[1])) + 1e-6
    bins = [np.flatnonzero((tones >= low) & (tones < high)) for low, high in pairwise(_TONES)]
    bins = [index for index in bins if len(index) >= _LEAST_PATCHES]
    if not bins:
        return None
    model, error, floors = _fit(residuals, deviations, bins)
    ratios = [np.quantile(deviations[index], 0.05) / np.quantile(deviations[index], 0.3) for index in bins]
    return GrainSample(
        size=model.cell / max(luma.shape),
        roughness=model.roughness,
        tones=np.array([tones[index].mean() for index in bins]),
        strengths=np.array(floors) / model.deviation,
        counts=np.array([len(index) for index in bins], np.float64),
        is_grain=error <= _WORST_FIT and float(np.median(ratios)) >= _LEAST_RATIO,
    )


@dataclass(frozen=True)
class _Model:
    """Grain of one size and roughness, as it shows in patches less their trend.

    Attributes:
        deviation: of grain of strength 1.
        freedom: degrees of freedom of the variance of a patch.
        correlations: at _LAGS.
    """

    cell: float
    roughness: float
    deviation: float
    freedom: float
    correlations: np.ndarray


@cache
def _models() -> tuple[_Model, ...]:
    trend = _trend()
    apart = np.abs(np.subtract.outer(np.arange(_PATCH), np.arange(_PATCH)))
    models = []
    for cell in _CELLS:
        for roughness in _ROUGHNESS:
            parts = covariance(float(cell), roughness, _PATCH)
            whole = sum(share * np.kron(along[apart], along[apart]) for share, along in parts)
            mixed = trend @ (trend.T @ whole)
            seen = whole - mixed - mixed.T + (mixed @ trend) @ trend.T  # less its trend on both sides
            variance = np.trace(seen) / (_PATCH**2 - trend.shape[1])
            freedom = np.trace(seen) ** 2 / (seen**2).sum()  # Satterthwaite 1946
            found = np.array([seen[first, second].mean() for first, second in _pairs()])
            models.append(_Model(float(cell), roughness, variance**0.5, freedom, found / np.diag(seen).mean()))
    return tuple(models)


def _fit(
    residuals: np.ndarray, deviations: np.ndarray, bins: Sequence[np.ndarray]
) -> tuple[_Model, float, list[float]]:
    """Return the model that fits the flat patches, its error, and the deviation of flat patches in each bin."""
    flat = np.concatenate([index[np.argsort(deviations[index])[: max(10, len(index) // 8)]] for index in bins])
    scale = deviations.copy()
    model, error, floors = _models()[0], float("inf"), list[float]()
    for _ in range(_ROUNDS):
        flat = flat[:: max(1, len(flat) // _ENOUGH_PATCHES)]
        found = _correlations(residuals[flat] / scale[flat, None])
        errors = [float(((found - model.correlations) ** 2).sum()) for model in _models()]
        model, error = _models()[int(np.argmin(errors))], min(errors)
        spread = (2 * model.freedom) ** -0.5  # of the logarithm of a flat patch's deviation
        floors = [_floor(deviations[index], spread) for index in bins]
        near = []
        for index, floor in zip(bins, floors, strict=True):
            scale[index] = floor
            near.append(index[np.abs(np.log(deviations[index] / floor)) < 2 * spread])
        if sum(map(len, near)) < _LEAST_PATCHES:
            break
        flat = np.concatenate(near)
    return model, error, floors


def _floor(deviations: np.ndarray, spread: float) -> float:
    """Return the deviation of flat patches, which are some part of all and lie below the others."""
    ranked = np.log(np.quantile(deviations, _RANKS))
    centers = ranked - spread * _normal_ranks()
    return float(np.exp(centers[centers.var(1).argmin()].mean()))


@cache
def _normal_ranks() -> np.ndarray:
    """(shares, ranks): where the rank of a patch among all lies in the normal distribution of the flat ones."""
    return np.array([[NormalDist().inv_cdf(min(rank / share, 0.999)) for rank in _RANKS] for share in _FLAT_SHARES])


def _strengths_by_tone(samples: Sequence[GrainSample]) -> np.ndarray:
    """(5,) strengths at evenly spaced tones, smooth, by least squares that outliers count little in."""
    tones, strengths, counts = (
        np.concatenate([getattr(sample, name) for sample in samples]) for name in ("tones", "strengths", "counts")
    )
    nodes = np.linspace(0, 1, NUM_GRAIN_TONES)
    shares = np.stack([np.interp(tones, nodes, row) for row in np.eye(NUM_GRAIN_TONES)], 1)
    bends = np.diff(np.eye(NUM_GRAIN_TONES), 2, axis=0)
    weights = np.sqrt(np.minimum(counts, 400))
    trusted, found = np.ones_like(weights), np.zeros(NUM_GRAIN_TONES)
    for _ in range(6):
        rows = weights * trusted
        smooth = bends * _SMOOTHNESS * rows.sum() / np.sqrt(len(rows))
        system = np.vstack([shares * rows[:, None], smooth])
        found = np.linalg.lstsq(system, np.concatenate([strengths * rows, np.zeros(len(bends))]), rcond=None)[0]
        away = np.abs(shares @ found - strengths)
        usual = float(np.median(away)) + 1e-9
        trusted = np.sqrt(usual / np.maximum(away, usual))
    return np.maximum(found, 0)


def _patches(luma: np.ndarray) -> np.ndarray:
    """(N, 256) float64: patches side by side, evenly fewer where there are too many."""
    height, width = (length // _PATCH for length in luma.shape)
    whole = luma[: height * _PATCH, : width * _PATCH].reshape(height, _PATCH, width, _PATCH)
    every = max(1, -(-height * width // _MOST_PATCHES))
    return whole.swapaxes(1, 2).reshape(-1, _PATCH**2)[::every].astype(np.float64)


def _detrended(patches: np.ndarray) -> np.ndarray:
    return patches - (patches @ _trend()) @ _trend().T


@cache
def _trend() -> np.ndarray:
    """(256, 6): an orthonormal basis of what light and shape change slowly, up to the second power."""
    y, x = (axis.ravel() - (_PATCH - 1) / 2 for axis in np.mgrid[:_PATCH, :_PATCH].astype(np.float64))
    return np.linalg.qr(np.stack([np.ones_like(y), y, x, y * y, x * x, y * x], 1))[0]


@cache
def _pairs() -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Of each lag, the pixels of a patch that have a neighbor there, and these."""
    index = np.arange(_PATCH**2).reshape(_PATCH, _PATCH)
    return tuple((index[: _PATCH - y, : _PATCH - x].ravel(), index[y:, x:].ravel()) for y, x in _LAGS)


def _correlations(residuals: np.ndarray) -> np.ndarray:
    found = np.array([(residuals[:, first] * residuals[:, second]).mean() for first, second in _pairs()])
    return found / (residuals**2).mean()
