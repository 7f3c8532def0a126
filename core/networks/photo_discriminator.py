"""D(y): classifies photos as real or restyled, by sampled colors and their regions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from .set_statistics import normalized_lab, region_shares
from .token_layout import LAB, NUM_REGION_GROUPS

_WIDTH = 32
_SLOPE = 0.2


class PhotoDiscriminator(nn.Module):
    """A small binary network on sets of colors, pooled over the photo and by region: skin is compared with skin.

    It is small and gets no positions, so that it cannot memorize a dozen photos.

    Shape: colors (B, M, 3) in units of `normalized_lab`, regions (B, M, 4) -> logits (B, 1).
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3 + NUM_REGION_GROUPS, _WIDTH)
        self.second = nn.Linear(_WIDTH, _WIDTH)
        self.third = nn.Linear((2 + NUM_REGION_GROUPS) * _WIDTH, _WIDTH)
        self.head = nn.Linear(_WIDTH, 1)

    def forward(self, colors: Tensor, regions: Tensor) -> Tensor:
        """Classify photos; logits are positive for real ones.

        Args:
            colors: (B, M, 3).
            regions: (B, M, 4) of skin, hair, cloth and backdrop.
        """
        y = leaky_relu(self.first(torch.cat([colors, regions], -1)), _SLOPE)
        y = leaky_relu(self.second(y), _SLOPE) + y
        mean = y.mean(1)
        spread = ((y - mean[:, None]).square().mean(1) + 1e-4).sqrt()
        shares = regions / (regions.sum(1, keepdim=True) + 0.02 * regions.shape[1])
        by_region = (shares.mT @ y).flatten(1)
        return self.head(leaky_relu(self.third(torch.cat([mean, spread, by_region], -1)), _SLOPE))


def discriminator_input(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Convert tokens (B, M, 12) to the inputs of the discriminator: colors and regions."""
    return normalized_lab(tokens[..., LAB]), region_shares(tokens)
