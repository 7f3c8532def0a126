"""What a style says to the base model: its code, and what adversarial learning changed for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..imaging.look import GRID_SIZE

_DELTA = re.compile(r"deltas\.(\d{1,2})\.(.+)")
PLACES_SHAPE = (GRID_SIZE, GRID_SIZE, 3)


@dataclass(frozen=True)
class Tuning:
    """A style's part of the base model.

    Attributes:
        base: the hash of the base model that the numbers belong to; under another they say nothing.
        code: (C,) float32, the style code.
        places: (16, 16, 3) float32, the mean of the style's photos, place by place.
        neutral_places: the same of the photographer's own untouched photos; None where none were given.
        deltas: changes of the generator by adversarial learning, each learnt from another half of the photos; the looks
            they give are averaged. Arrays by the names of `LowRankDelta`. Empty for an instant style.
        keep: how much of those changes is kept, 0 to 1, as the photos that did not teach them judge.
    """

    base: str
    code: np.ndarray
    places: np.ndarray
    neutral_places: np.ndarray | None = None
    deltas: tuple[Mapping[str, np.ndarray], ...] = field(default=())
    keep: float = 0.0

    def __post_init__(self) -> None:
        if self.code.ndim != 1 or self.code.dtype != np.float32 or not np.isfinite(self.code).all():
            raise ValueError(f"code must be (C,) float32 numbers, got {self.code.dtype} {self.code.shape}")
        for name, mean in (("places", self.places), ("neutral_places", self.neutral_places)):
            if mean is not None and (mean.shape != PLACES_SHAPE or not np.isfinite(mean).all()):
                raise ValueError(f"{name} must be {PLACES_SHAPE} numbers, got {mean.shape}")
        if not 0 <= self.keep <= 1:
            raise ValueError(f"keep must be 0 to 1, got {self.keep}")
        if any(not np.isfinite(value).all() for delta in self.deltas for value in delta.values()):
            raise ValueError("a change holds values that are not numbers")

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, by name."""
        found = {"code": self.code, "places": self.places}
        if self.neutral_places is not None:
            found["neutral_places"] = self.neutral_places
        for index, delta in enumerate(self.deltas):
            found |= {f"deltas.{index}.{name}": value for name, value in delta.items()}
        return found

    @classmethod
    def from_tensors(cls, base: str, keep: float, tensors: Mapping[str, np.ndarray]) -> Tuning:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing, or there are others.
        """
        missing = {"code", "places"} - set(tensors)
        if missing:
            raise ValueError(f"of the style code {min(missing)} is missing")
        deltas: dict[int, dict[str, np.ndarray]] = {}
        for name in set(tensors) - {"code", "places", "neutral_places"}:
            match = _DELTA.fullmatch(name)
            if match is None:
                raise ValueError(f"{name} is not an array of a style code")
            deltas.setdefault(int(match[1]), {})[match[2]] = tensors[name]
        changes = tuple(deltas[index] for index in sorted(deltas))
        return cls(base, tensors["code"], tensors["places"], tensors.get("neutral_places"), changes, keep)
