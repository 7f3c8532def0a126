"""Settings of the training of the region network, with all defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_STRIDE = 32  # of the deepest maps of the network


@dataclass(frozen=True)
class RegionSettings:
    """Settings of one training."""

    num_steps: int = 12000
    batch_size: int = 16
    first_size: int = 128  # pixels: side of an example at first
    last_size: int = 160  # pixels: side after `growing_share` of the steps, as in inference
    growing_share: float = 0.75
    learning_rate: float = 3e-3  # peak rate; cosine decay to 2 %
    warm_up: int = 200  # steps until the peak
    weight_decay: float = 1e-3
    subject_weight: float = 1.5  # of the losses of the subject; other regions have 1
    dice_weight: float = 0.3  # of the soft Dice loss, beside the cross entropy
    averaging: float = 0.998  # decay of the averaged weights, which are kept
    widths: tuple[int, ...] = (16, 32, 64, 96, 128)  # channels at each scale of the network
    seed: int = 0
    save_every: int = 500  # steps between checkpoints and validations

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.warm_up, self.save_every) < 1:
            raise ValueError(f"counts must be at least 1, got {self}")
        for size in (self.first_size, self.last_size):
            if size < _STRIDE or size % _STRIDE:
                raise ValueError(f"sizes must be multiples of {_STRIDE}, got {size}")
        if not 0 <= self.growing_share <= 1 or not 0 <= self.averaging < 1:
            raise ValueError(f"shares must be within 0 to 1, got {self.growing_share} and {self.averaging}")

    def size_at(self, step: int) -> int:
        """Return the side of the examples of a step in pixels."""
        return self.first_size if step < self.growing_share * self.num_steps else self.last_size

    def as_facts(self) -> dict[str, Any]:
        """Return all fields as JSON values."""
        return {**asdict(self), "widths": list(self.widths)}
