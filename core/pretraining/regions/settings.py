"""How the region network is trained: every setting, its default and its meaning."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_STRIDE = 32  # of the network's deepest maps


@dataclass(frozen=True)
class RegionSettings:
    """Settings of one training."""

    num_steps: int = 12000
    batch_size: int = 16
    first_size: int = 128  # pixels of an example's side, at first
    last_size: int = 160  # and after `growing_share` of the steps, which is what the network is used at
    growing_share: float = 0.75
    learning_rate: float = 3e-3  # at its peak; it falls to 2 % along a half cosine
    warm_up: int = 200  # steps until the peak
    weight_decay: float = 1e-3
    subject_weight: float = 1.5  # of the subject's losses; the other regions have 1
    dice_weight: float = 0.3  # of the soft Dice loss beside the cross entropy
    averaging: float = 0.998  # of the moving average of weights, which is what is kept
    widths: tuple[int, ...] = (16, 32, 64, 96, 128)  # channels of the network's scales
    seed: int = 0
    save_every: int = 500  # steps between checkpoints, each of which is measured on photos that choose

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.warm_up, self.save_every) < 1:
            raise ValueError(f"counts must be at least 1, got {self}")
        for size in (self.first_size, self.last_size):
            if size < _STRIDE or size % _STRIDE:
                raise ValueError(f"sizes must be multiples of {_STRIDE}, got {size}")
        if not 0 <= self.growing_share <= 1 or not 0 <= self.averaging < 1:
            raise ValueError(f"shares must be within 0 to 1, got {self.growing_share} and {self.averaging}")

    def size_at(self, step: int) -> int:
        """The side of the examples of a step."""
        return self.first_size if step < self.growing_share * self.num_steps else self.last_size

    def as_facts(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        return {**asdict(self), "widths": list(self.widths)}
