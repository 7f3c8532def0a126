"""Encoder of textures: correlations of learnt filters at four scales, in one code for a set of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

_PROJECTED = 10  # maps of each scale whose correlations are kept
_SMALL = 1e-4
_LIMIT = 5.0  # standard deviations; larger values are clamped


class Standardization(nn.Module):
    """Standardizes numbers by a mean and deviation that are measured once; (B, N) -> (B, N) within [-5, 5]."""

    center: Tensor
    scale: Tensor

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))

    def measure(self, values: Tensor) -> None:
        """Measure mean and deviation of (B, N); constant numbers are scaled to 0."""
        spread = values.std(0)
        self.center.copy_(values.mean(0))
        self.scale.copy_(torch.where(spread < _SMALL, 1e6, spread + 0.05 * spread.mean()))

    def forward(self, values: Tensor) -> Tensor:
        """Standardize; see the class."""
        return ((values - self.center) / self.scale).clamp(-_LIMIT, _LIMIT)


class TextureEncoder(nn.Module):
    """Encodes patches of pictures by means, deviations and Gram matrices at scales 1, 1/2, 1/4 and 1/8.

    These statistics are independent of position, so the phase of a halftone screen does not matter.

    Args:
        code_size: C, numbers of the code.
        widths: channels at each scale.
        hidden_size: width of the layer between statistics and code.
    """

    def __init__(
        self, *, code_size: int = 64, widths: Sequence[int] = (24, 32, 48, 64), hidden_size: int = 160
    ) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, widths[0], 5, padding=2)
        self.halvings = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        self.projections = nn.ModuleList(nn.Conv2d(width, _PROJECTED, 1) for width in widths)
        num_statistics = 2 * sum(widths) + len(widths) * _PROJECTED * (_PROJECTED + 1) // 2 + 9
        self.scaling = Standardization(num_statistics)
        self.hidden = nn.Linear(num_statistics, hidden_size)
        self.code = nn.Linear(hidden_size, code_size)
        self.leveling = nn.LayerNorm(code_size, elementwise_affine=False)

    def forward(self, patches: Tensor, counts: Sequence[int]) -> Tensor:
        """Encode sets.

        Args:
            patches: (P, 3, H, W) in [0, 1], those of all sets one after the other; 16 pixels or more a side.
            counts: number of patches of each set, at least 1.

        Returns:
            (B, C), one code per set, of mean 0 and variance 1.

        Raises:
            ValueError: the counts do not add up to P, or one is below 1.
        """
        return self.code_of(self.statistics(patches), counts)

    def statistics(self, patches: Tensor) -> Tensor:
        """Return the statistics (P, S) of patches, each by itself, so that a large set can be measured in parts."""
        values = patches * 2 - 1
        statistics = [values.mean((2, 3)), _correlations(values - values.mean((2, 3), keepdim=True))]
        values = nn.functional.silu(self.first(values))
        for index, projection in enumerate(self.projections):
            if index:
                values = nn.functional.silu(self.halvings[index - 1](values))
            spread = (values.var((2, 3), correction=0) + _SMALL).sqrt()
            statistics += [values.mean((2, 3)), spread, _correlations(projection(values))]
        return torch.cat(statistics, 1)

    def code_of(self, statistics: Tensor, counts: Sequence[int]) -> Tensor:
        """Compute codes (B, C) from the statistics (P, S) of the patches of all sets; see `forward`."""
        if sum(counts) != len(statistics) or min(counts, default=0) < 1:
            raise ValueError(f"counts must be positive and add up to {len(statistics)}, got {list(counts)}")
        sets = torch.stack([part.mean(0) for part in statistics.split(list(counts))])
        return self.leveling(self.code(nn.functional.silu(self.hidden(self.scaling(sets)))))


def _correlations(maps: Tensor) -> Tensor:
    """(P, N (N + 1) / 2): upper half of the Gram matrix over the number of positions, with compressed large values."""
    flat = maps.flatten(2)
    gram = flat @ flat.mT / flat.shape[2]
    rows, columns = torch.triu_indices(*gram.shape[1:], device=maps.device)
    upper = gram[:, rows, columns]
    return upper.sign() * ((upper.abs() + _SMALL).sqrt() - _SMALL**0.5)
