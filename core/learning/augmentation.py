"""Augmentation for the discriminator (Zhao et al. 2020), without color: color is what it has to see."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

_FILL = 0.5  # what a hole shows: the same gray in real and generated photos


@dataclass(frozen=True)
class AugmentationSettings:
    """How photos are changed before the discriminator sees them."""

    flip_chance: float = 0.5  # of a mirrored photo
    shift: float = 0.125  # most by which a photo moves, as a part of its side; its edge is mirrored into the gap
    hole_chance: float = 0.5  # of a photo with a hole
    hole_size: float = 0.3  # side of the hole, as a part of the photo's

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} must be in [0, 1], got {getattr(self, field.name)}")


@dataclass(frozen=True)
class Augmentation:
    """One drawn change for each photo of a batch; the same for photos and content, at any size, real or generated.

    Attributes:
        flips: (B,) bool.
        shifts: (B, 2) of y and x, parts of the side.
        holes: (B, 4) of top, left, height, width, parts of the side.
    """

    flips: Tensor
    shifts: Tensor
    holes: Tensor

    def __call__(self, photos: Tensor) -> Tensor:
        """Change photos (B, C, H, W); gradients flow back to them.

        Raises:
            ValueError: the batch is of another size than was drawn.
        """
        if photos.ndim != 4 or len(photos) != len(self.flips):
            raise ValueError(f"photos must be ({len(self.flips)}, C, H, W), got {tuple(photos.shape)}")
        height, width = photos.shape[2:]
        rows = _shifted(height, self.shifts[:, 0])
        columns = _shifted(width, self.shifts[:, 1])
        columns = torch.where(self.flips[:, None], width - 1 - columns, columns)
        rows, columns = rows.to(photos.device), columns.to(photos.device)
        batch = torch.arange(len(photos), device=photos.device)[:, None, None]
        # Indexing moves the channels last: (B, H, W, C).
        moved = photos.movedim(1, -1)[batch, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
        return torch.where(self._in_hole(height, width).to(photos.device), moved.new_tensor(_FILL), moved)

    def first(self, count: int) -> Augmentation:
        """The changes of the first so many photos, for a batch that is smaller."""
        return Augmentation(self.flips[:count], self.shifts[:count], self.holes[:count])

    def _in_hole(self, height: int, width: int) -> Tensor:
        """(B, 1, H, W) bool."""
        y, x = (torch.arange(size).add(0.5).div(size) for size in (height, width))
        top, left, tall, wide = self.holes.unbind(1)
        rows = (y >= top[:, None]) & (y < (top + tall)[:, None])
        columns = (x >= left[:, None]) & (x < (left + wide)[:, None])
        return (rows[:, :, None] & columns[:, None, :])[:, None]


def draw_augmentation(count: int, settings: AugmentationSettings, generator: torch.Generator) -> Augmentation:
    """Draw changes for a batch; the same state of the generator draws the same.

    Args:
        count: photos in the batch.
        settings: how much.
        generator: of random numbers, on the CPU.
    """
    chances = torch.rand(count, 2, generator=generator)
    shifts = (2 * torch.rand(count, 2, generator=generator) - 1) * settings.shift
    corners = torch.rand(count, 2, generator=generator) * (1 - settings.hole_size)
    sides = torch.where(chances[:, 1:] < settings.hole_chance, settings.hole_size, 0.0).expand(-1, 2)
    return Augmentation(chances[:, 0] < settings.flip_chance, shifts, torch.cat([corners, sides], 1))


def _shifted(size: int, shift: Tensor) -> Tensor:
    """(B, size): where each row or column comes from, mirrored at the edges without repeating the edge itself."""
    if size == 1:
        return torch.zeros(len(shift), 1, dtype=torch.long)
    places = torch.arange(size) + (shift * size).round().long()[:, None]
    places = places % (2 * (size - 1))
    return torch.minimum(places, 2 * (size - 1) - places)
