"""How far a style is expected to lie from its photographer's look: a regression on what its photos tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ...errors import WeightsError
from ...estimation.color_set import ColorSet
from ...estimation.set_model import SetModel, load_set_model
from ...estimation.set_readings import StyleReading
from ...folders import weights_folder
from .evidence import evidence_of, moved_by

TRUST_FILE = "trust.safetensors"
_FARTHEST = 3.0  # deviations from what was seen in fitting, beyond which a number counts no more


@dataclass(frozen=True)
class Trust:
    """What can be told of a style without the photographer's answer, in mean CIEDE2000 over a portrait.

    Attributes:
        expected: distance of the style's result from the photographer's own.
        low, high: between which eight of ten such styles lie.
        moved: how much the style changes a portrait.
    """

    expected: float
    low: float
    high: float
    moved: float

    def to_score(self) -> dict[str, float]:
        """Return the numbers that are stored in the style file."""
        return {name: round(value, 2) for name, value in vars(self).items()}


@dataclass(frozen=True)
class TrustModel:
    """The regression, linear in evidence.

    Attributes:
        mean, scale: (F,) of evidence.
        weights: (F,) for normalized evidence; bias: (1,).
        range: (2,) tenth and ninetieth percentile of what is left of the logarithm of the distance.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    range: np.ndarray

    def trust(self, evidence: np.ndarray) -> Trust:
        """Estimate the distance of a style from (F,) evidence."""
        if len(evidence) != len(self.weights):
            raise ValueError(f"evidence must have {len(self.weights)} numbers, got {len(evidence)}")
        logarithm = float(self.bias[0] + normalized(evidence, self.mean, self.scale) @ self.weights)
        low, high = (float(np.exp(logarithm + end)) for end in self.range)
        return Trust(float(np.exp(logarithm)), low, high, moved_by(evidence))


def trust_of(photos: ColorSet, own: ColorSet | None = None) -> Trust:
    """Estimate how well the look of finished photos is known, before any training.

    Args:
        photos: colors of the finished photos.
        own: colors of the photographer's own untouched photos; None for people at large.

    Raises:
        WeightsError: the numbers in the package are missing or damaged.
    """
    model = load_set_model()
    return trust_of_reading(model, model.read_style(photos, own), photos)


def trust_of_reading(model: SetModel, reading: StyleReading, photos: ColorSet) -> Trust:
    """Estimate the same for photos that are encoded already."""
    return load_trust_model().trust(evidence_of(model, reading, photos))


def normalized(evidence: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return (..., F) evidence in deviations, limited to what was seen in fitting."""
    return ((evidence - mean) / scale).clip(-_FARTHEST, _FARTHEST)


@cache
def load_trust_model() -> TrustModel:
    """Load the regression in the package.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    path = weights_folder() / TRUST_FILE
    try:
        found = TrustModel(**{name: value.astype(np.float64) for name, value in load(path.read_bytes()).items()})
    except (OSError, SafetensorError, TypeError) as error:
        raise WeightsError(
            "{path}: cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error
    return found
