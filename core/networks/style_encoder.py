"""What a set of style photos says beside its statistics: a code, the same in whatever order the photos come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

STYLE_PHOTO_SIZE = 64
_POOLED = 4  # the mean over a set keeps this coarse a place, which shows vignettes


class ConvolutionStack(nn.Module):
    """3x3 convolutions that halve the sides, on photos to which their coordinates are added.

    Shape: (B, 3, H, W) in [0, 1] -> (B, widths[-1], H / 2^n, W / 2^n) for n widths.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        channels = [5, *widths]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(channels)
        )

    def forward(self, photos: Tensor) -> Tensor:
        """Compute the last maps; see the class."""
        values = torch.cat([photos * 2 - 1, coordinates(photos)], 1)
        for layer in self.layers:
            values = nn.functional.silu(layer(values))
        return values


class StyleEncoder(nn.Module):
    """A code of a set of any number of photos: pooled features, their mean and their spread over the set.

    Args:
        code_size: C, numbers of the code.
        widths: channels of the convolutions, at least two.
        dropout: share of the pooled features that is left out in training.
    """

    def __init__(self, *, code_size: int = 96, widths: Sequence[int] = (16, 32, 48, 64), dropout: float = 0.1) -> None:
        super().__init__()
        if len(widths) < 2:
            raise ValueError("widths must name at least two layers")
        self.convolutions = ConvolutionStack(widths)
        self.dropout = nn.Dropout(dropout)
        self.code = nn.Linear(widths[-1] * (_POOLED**2 + 2) + 1, code_size)

    def forward(self, photos: Tensor, counts: Sequence[int]) -> Tensor:
        """Encode sets.

        Args:
            photos: (P, 3, H, W) in [0, 1], the photos of all sets one after the other; best 64 pixels a side.
            counts: how many of them each set has, at least 1.

        Returns:
            (B, C), one code per set.

        Raises:
            ValueError: the counts do not add up to P, or one is below 1.
        """
        if sum(counts) != len(photos) or min(counts, default=0) < 1:
            raise ValueError(f"counts must be positive and add up to {len(photos)}, got {list(counts)}")
        # A spread is a small difference of large numbers: not for the bfloat16 that autocast leaves here.
        features = self.convolutions(photos).to(photos.dtype)
        maps = nn.functional.adaptive_avg_pool2d(features, _POOLED).flatten(1)  # (P, W*16)
        whole = maps.unflatten(1, (-1, _POOLED**2))
        per_photo = torch.cat([maps, whole.mean(2), whole.mean(2).square()], 1)
        means = torch.stack([part.mean(0) for part in per_photo.split(list(counts))])  # (B, W*18)
        width = whole.shape[1]
        mean, square = means[:, -2 * width : -width], means[:, -width:]
        between = ((square - mean.square()).clamp(min=0) + 1e-4).sqrt()
        number = means.new_tensor([[1 / count] for count in counts])
        features = torch.cat([means[:, : -2 * width], mean, between], 1)
        return self.code(torch.cat([self.dropout(features), number], 1))


def coordinates(photos: Tensor) -> Tensor:
    """(B, 2, H, W): x and y of each pixel, -1 to 1, centers at half-pixel positions."""
    height, width = photos.shape[2:]
    y, x = ((torch.arange(size, device=photos.device) + 0.5) * (2 / size) - 1 for size in (height, width))
    grid = torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
    return grid.to(photos.dtype).expand(len(photos), -1, -1, -1)
