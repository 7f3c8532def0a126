"""What a style says to the base model: its code, and what adversarial learning changed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Tuning:
    """A style's part of the base model.

    Attributes:
        base: the hash of the base model that the numbers belong to; under another they say nothing.
        code: (C,) float32, the style code.
        deltas: changes of the generator by adversarial learning, each learnt from another half of the photos; the looks
            they give are averaged. Arrays by the names of `LowRankDelta`. Empty for an instant style.
        keep: how much of those changes is kept, 0 to 1, as the photos that did not teach them judge.
    """

    base: str
    code: np.ndarray
    deltas: tuple[Mapping[str, np.ndarray], ...] = field(default=())
    keep: float = 0.0

    def __post_init__(self) -> None:
        if self.code.ndim != 1 or self.code.dtype != np.float32 or not np.isfinite(self.code).all():
            raise ValueError(f"code must be (C,) float32 numbers, got {self.code.dtype} {self.code.shape}")
        if not 0 <= self.keep <= 1:
            raise ValueError(f"keep must be 0 to 1, got {self.keep}")
        if any(not np.isfinite(value).all() for delta in self.deltas for value in delta.values()):
            raise ValueError("a change holds values that are not numbers")

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays to store, by name."""
        found = {"code": self.code}
        for index, delta in enumerate(self.deltas):
            found |= {f"deltas.{index}.{name}": value for name, value in delta.items()}
        return found

    @classmethod
    def from_tensors(cls, base: str, keep: float, tensors: Mapping[str, np.ndarray]) -> Tuning:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array is missing, or there are others.
        """
        if "code" not in tensors:
            raise ValueError("the style code is missing")
        deltas: dict[int, dict[str, np.ndarray]] = {}
        for name, value in tensors.items():
            if name == "code":
                continue
            group, _, place = name.partition(".")
            index, _, rest = place.partition(".")
            if group != "deltas" or not index.isdecimal() or not rest:
                raise ValueError(f"{name} is not an array of a style code")
            deltas.setdefault(int(index), {})[rest] = value
        return cls(base, tensors["code"], tuple(deltas[index] for index in sorted(deltas)), keep)
