"""How strong the structures of each size are in a photo: in patches of skin, of hair and cloth, and of the backdrop.

Gains of detail spare edges, so they change most in the flattest third of the patches, and least in the steepest.
Patches are ranked within the photo, for a rank hardly moves where a gain acts on all of them. Grain is taken off, and
so is the contrast that the color look gives to small differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ..imaging.rendering.grain import grain_field
from ..imaging.rendering.look import Window
from .grain_estimate import GrainSample

COPY_SIZE = 1024  # pixels of the longer side of the copy that is measured
SHAPE = (3, 3, 12)  # of strengths: groups (skin, hair and cloth, backdrop), thirds from flat to steep, sizes
NUM_TRAITS = 9
_PATCH, _STEP = 32, 16  # pixels
_WINDOW = 13  # pixels, in which edges are looked for
_FREQUENCIES = (0.0156, 0.028, 0.04, 0.055, 0.075, 0.095, 0.12, 0.15, 0.19, 0.24, 0.3, 0.38, 0.5)  # cycles per pixel
_SURE = 0.75  # share of a region from which a patch belongs to it
_BACKDROP = 0.1  # share of the subject up to which a patch is backdrop
_LEAST_PATCHES, _MOST_PATCHES = 40, 400  # of a group
_DARKEST = 0.04  # luma of a patch
_LEAST_SHARE = 0.4  # of an energy that is not grain
_TINY = 1e-7  # energy
_LEAST_REGION = 0.003  # of the photo, so that its logarithm is bounded
_SUBJECT, _FACE, _SKIN, _HAIR, _CLOTH = range(5)  # of REGIONS


@dataclass(frozen=True)
class LumaGain:
    """How much a color look enlarges small differences of luma, by tone.

    Attributes:
        gains: (2, T) of skin and of the rest, at evenly spaced luma of the result from 0 to 1.
    """

    gains: np.ndarray

    @classmethod
    def none(cls) -> LumaGain:
        """Return that of no look."""
        return cls(np.ones((2, 2)))

    def at(self, group: int, tones: np.ndarray) -> np.ndarray:
        """Interpolate the gain of a group of SHAPE at some tones."""
        return np.interp(tones, np.linspace(0, 1, self.gains.shape[1]), self.gains[min(group, 1)])


@dataclass(frozen=True)
class StructureSample:
    """What one photo says of its structures.

    Attributes:
        strengths: SHAPE logarithm of the root mean square, from coarse to fine; NaN where too few patches tell it.
        doubts: SHAPE how far it may be off for what is not known of the grain.
        traits: (9,) what structures depend on besides: logarithms of the shares of skin, face and subject, then mean
            and deviation of the luma of the patches of each group; NaN where there are too few.
    """

    strengths: np.ndarray
    doubts: np.ndarray
    traits: np.ndarray

    def features(self) -> np.ndarray:
        """Return (117,) strengths and traits."""
        return np.concatenate([self.strengths.ravel(), self.traits])


def sample_structures(
    luma: np.ndarray, regions: np.ndarray, gain: LumaGain, grain: GrainSample | None = None
) -> StructureSample:
    """Measure the structures of a photo.

    Args:
        luma: (H, W) float32 in [0, 1], sRGB-encoded; 1,024 pixels on the longer side.
        regions: (5, h, w) of the photo, as `predict_regions` returns them.
        gain: of its color look.
        grain: of the photo; None for none.
    """
    found, light = np.full((2, *SHAPE), np.nan), np.full((SHAPE[0], 2), np.nan)
    rows, columns = _places(luma.shape)
    shares = [cv2.resize(part, luma.shape[::-1])[rows, columns] for part in regions]
    tones = cv2.blur(luma, (_PATCH, _PATCH))[rows, columns]
    usable = (tones > _DARKEST) & (tones < 1 - _DARKEST)
    variance = _local_variance(luma)[rows, columns]
    grain_energies, grain_variance = _grain_energies(grain, max(luma.shape))
    for number, group in enumerate(_groups(shares)):
        chosen = np.flatnonzero(group & usable)
        chosen = chosen[:: max(1, -(-len(chosen) // _MOST_PATCHES))]
        if len(chosen) < _LEAST_PATCHES:
            continue
        tone = tones[chosen]
        light[number] = tone.mean(), tone.std()
        scale = 1 / gain.at(number, tone) ** 2
        noise = np.zeros(len(chosen)) if grain is None else np.interp(tone, grain.tones, grain.strengths**2)
        energies = _energies(_cut(luma, rows[chosen], columns[chosen])) * scale[:, None]
        order = np.argsort(np.maximum(variance[chosen] - noise * grain_variance, 0) * scale, kind="stable")
        for third, part in enumerate(_thirds(order)):
            found[:, number, third] = _strengths(energies[part].mean(0), (noise * scale)[part].mean() * grain_energies)
    sizes = [np.log(shares[region].mean() + _LEAST_REGION) for region in (_SKIN, _FACE, _SUBJECT)]
    return StructureSample(found[0], found[1], np.concatenate([sizes, light.ravel()]))


def _groups(shares: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which patches are skin, hair or cloth, and backdrop."""
    rest = np.maximum(shares[_HAIR], shares[_CLOTH]) > _SURE
    return shares[_SKIN] > _SURE, rest & (shares[_SKIN] < 1 - _SURE), shares[_SUBJECT] < _BACKDROP


def _thirds(order: np.ndarray) -> list[np.ndarray]:
    """Cut a ranking into thirds."""
    count = len(order)
    return [order[count * third // SHAPE[1] : count * (third + 1) // SHAPE[1]] for third in range(SHAPE[1])]


def _strengths(total: np.ndarray, grainy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return strengths and doubts (12,) of energies of which a part is grain."""
    rest = total - grainy + _TINY
    told = rest > _LEAST_SHARE * total
    strengths, doubts = np.full(len(total), np.nan), np.full(len(total), np.nan)
    strengths[told] = np.log(rest[told]) / 2
    doubts[told] = grainy[told] / rest[told] / 2
    return strengths, doubts


def _places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the centers of all patches."""
    half = _PATCH // 2
    axes = [np.arange(half, length - half + 1, _STEP) for length in shape]
    rows, columns = np.meshgrid(*axes, indexing="ij")
    return np.minimum(rows.ravel(), shape[0] - half), np.minimum(columns.ravel(), shape[1] - half)


def _cut(luma: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(N, 32, 32): the patches around some pixels."""
    half = _PATCH // 2
    return np.lib.stride_tricks.sliding_window_view(luma, (_PATCH, _PATCH))[rows - half, columns - half]


def _local_variance(luma: np.ndarray) -> np.ndarray:
    """(H, W): variance in small windows, averaged over a patch."""
    window = (_WINDOW, _WINDOW)
    center = cv2.blur(luma, window)
    variance = np.maximum(cv2.blur(luma * luma, window) - center * center, 0)
    return cv2.blur(variance, (_PATCH - 8, _PATCH - 8))


def _energies(patches: np.ndarray) -> np.ndarray:
    """(N, 32, 32) to (N, 12): mean square of the cosine transform in each range of frequencies."""
    trend, cosines, taper, bins = _bases()
    flat = patches.reshape(len(patches), -1)
    rest = (flat - (flat @ trend) @ trend.T).reshape(patches.shape) * taper
    squares = (cosines @ rest @ cosines.T) ** 2
    return squares.reshape(len(patches), -1) @ bins


@lru_cache(maxsize=1)
def _bases() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return trends (1024, 6), the cosine transform (32, 32), a taper (32, 32) and bins of frequencies (1024, 12)."""
    y, x = (axis / _PATCH - 0.5 for axis in np.mgrid[:_PATCH, :_PATCH])
    trend = np.linalg.qr(np.stack([np.ones_like(y), y, x, y * y, x * x, x * y], -1).reshape(-1, 6))[0]
    index = np.arange(_PATCH)
    cosines = np.sqrt(2 / _PATCH) * np.cos(np.pi * (index + 0.5) * index[:, None] / _PATCH)
    cosines[0] /= np.sqrt(2)
    taper = np.hanning(_PATCH + 2)[1:-1]
    frequency = np.hypot(*np.meshgrid(index, index)) / (2 * _PATCH)
    place = np.digitize(frequency.ravel(), _FREQUENCIES) - 1
    bins = np.stack([place == number for number in range(SHAPE[2])], 1).astype(np.float32)
    bins /= bins.sum(0)
    return trend.astype(np.float32), cosines.astype(np.float32), np.outer(taper, taper).astype(np.float32), bins


def _grain_energies(grain: GrainSample | None, longer: int) -> tuple[np.ndarray, float]:
    """Return energies (12,) of grain of strength 1 in a photo of that size, and its variance in small windows."""
    if grain is None:
        return np.zeros(SHAPE[2], np.float32), 0.0
    return _field_energies(round(grain.size, 6), grain.roughness, longer)


@lru_cache(maxsize=32)
def _field_energies(size: float, roughness: float, longer: int) -> tuple[np.ndarray, float]:
    field = grain_field(Window(0, 0, longer, longer), 256, 256, size=size, roughness=roughness, seed=7)
    parts = field.reshape(8, _PATCH, 8, _PATCH).swapaxes(1, 2).reshape(-1, _PATCH, _PATCH)
    return _energies(parts).mean(0), float(_local_variance(field).mean())
