"""The transport's fitted numbers: which closed form to trust for which evidence, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import AtelierError
from .candidates import NUM_CANDIDATES
from .prior import WEIGHTS_FOLDER

REGRESSION_FILE = WEIGHTS_FOLDER / "transport.safetensors"
NUM_TERMS = 11
COLOR_UNIT, GRAY_UNIT = 4.0, 10.0  # of a residual coefficient, in Lab
_LIMIT = 4.0  # evidence further out than this many deviations says no more than that


@dataclass(frozen=True)
class Regression:
    """A regression with two hidden layers, applied in numpy.

    Attributes:
        center, scale: (D,) of the evidence.
        layers: matrices (out, in) and offsets (out,).
    """

    center: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    def __call__(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weigh the closed forms.

        Args:
            vector: (D,) as `Evidence.vector` gives it.

        Returns:
            (K,) shares of the closed forms, sum 1, and the coefficients of the residual, one row per term.
        """
        values = np.clip((vector - self.center) / self.scale, -_LIMIT, _LIMIT)
        for index, (matrix, offset) in enumerate(self.layers):
            values = matrix @ (values / (1 + np.exp(-values)) if index else values) + offset
        shares = np.exp(values[:NUM_CANDIDATES] - values[:NUM_CANDIDATES].max())
        return shares / shares.sum(), values[NUM_CANDIDATES:].reshape(NUM_TERMS, -1)

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, by name."""
        tensors = {"center": self.center, "scale": self.scale}
        for index, (matrix, offset) in enumerate(self.layers):
            tensors |= {f"{index}.matrix": matrix, f"{index}.offset": offset}
        return {name: np.ascontiguousarray(value) for name, value in tensors.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> Regression:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing or does not fit the others.
        """
        count = (len(tensors) - 2) // 2
        try:
            layers = tuple((tensors[f"{index}.matrix"], tensors[f"{index}.offset"]) for index in range(count))
            regression = cls(tensors["center"], tensors["scale"], layers)
        except KeyError as error:
            raise ValueError(f"the regression has no array {error}") from error
        width = len(regression.center)
        for matrix, offset in layers:
            if matrix.ndim != 2 or matrix.shape != (len(offset), width):
                raise ValueError(f"a layer must be ({len(offset)}, {width}), got {matrix.shape}")
            width = len(offset)
        return regression


@cache
def load_regressions() -> tuple[Regression, Regression]:
    """The regressions that the package ships: for color, and for black-and-white.

    Raises:
        AtelierError: the file is missing or damaged.
    """
    return read_regressions(REGRESSION_FILE)


def read_regressions(path: Path) -> tuple[Regression, Regression]:
    """Read both regressions from a file.

    Raises:
        AtelierError: the file is missing, or is something else.
    """
    try:
        tensors = load(path.read_bytes())
        color, gray = (
            {key.removeprefix(name): value for key, value in tensors.items() if key.startswith(name)}
            for name in ("color.", "gray.")
        )
        return Regression.from_tensors(color), Regression.from_tensors(gray)
    except (OSError, SafetensorError, ValueError) as error:
        raise AtelierError(f"{path}: the transport cannot be read ({error}); reinstall portrait-atelier") from error


def residual_terms(lab: np.ndarray) -> np.ndarray:
    """The smooth functions of a color that a residual is made of: (..., 3) to (..., 11)."""
    tone = (lab[..., 0] - 50) / 25
    a, b = (value / np.sqrt(1 + (value / 2) ** 2) for value in (lab[..., 1] / 20, lab[..., 2] / 20))
    terms = [np.ones_like(tone), tone, tone**2, tone**3, a, b, tone * a, tone * b, a * a, b * b, a * b]
    return np.stack(terms, -1)
