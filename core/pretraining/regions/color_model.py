"""A robust Gaussian of colors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_KEPT_DISTANCE = 2.2  # distance from which colors are outliers
_TRIMMING = 1.35  # correction of the covariance for trimming
_LEAST_COLORS = 12
_ROUNDS = 5


@dataclass(frozen=True)
class ColorModel:
    """A Gaussian in Lab.

    Attributes:
        mean: (3,).
        precision: (3, 3), the inverse of the covariance.
        kept_share: share of the colors that are no outliers.
    """

    mean: np.ndarray
    precision: np.ndarray
    kept_share: float

    @classmethod
    def fit(cls, lab: np.ndarray, least_spread: np.ndarray) -> ColorModel:
        """Fit robustly, starting at the median and trimming outliers.

        Args:
            lab: (N, 3).
            least_spread: (3,) standard deviations that are added to the covariance.
        """
        center = np.median(lab, 0)
        spread = 1.5 * np.median(np.abs(lab - center), 0) + least_spread
        model = cls(center, np.diag(1 / spread**2), 1.0)
        for _ in range(_ROUNDS):
            kept = lab[model.distance(lab) < _KEPT_DISTANCE]
            if len(kept) < _LEAST_COLORS:
                return cls(model.mean, model.precision, 0.0)
            covariance = np.cov(kept.T) * _TRIMMING + np.diag(least_spread**2)
            model = cls(kept.mean(0), np.linalg.inv(covariance), len(kept) / len(lab))
        return model

    @property
    def lightness_spread(self) -> float:
        """The standard deviation of L."""
        return float(np.sqrt(np.linalg.inv(self.precision)[0, 0]))

    def distance(self, lab: np.ndarray) -> np.ndarray:
        """Mahalanobis distances: (..., 3) to (...)."""
        away = lab - self.mean
        return np.sqrt(np.einsum("...i,ij,...j->...", away, self.precision, away))
