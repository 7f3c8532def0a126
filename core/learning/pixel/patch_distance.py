"""Distance of the textures of two sets of pictures, by patches of pixels, independent of any network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, unfold

_PATCH, _SCALES, _DIRECTIONS, _MOST = 7, 3, 96, 4096


@torch.no_grad()
def patch_distance(first: Tensor, second: Tensor, *, seed: int = 0) -> float:
    """Sliced Wasserstein distance of 7 x 7 patches at three sizes (Rabin et al. 2011; Karras et al. 2018).

    Args:
        first, second: (P, 3, H, W) in [0, 1], sides at least 28; P may differ.
        seed: of the directions and the choice of patches.

    Returns:
        The mean over scales and directions, in units of pixel values; 0 for equal sets.
    """
    random = torch.Generator().manual_seed(seed)
    total = 0.0
    for scale in range(_SCALES):
        if scale:
            first, second = avg_pool2d(first, 2), avg_pool2d(second, 2)
        directions = torch.randn(3 * _PATCH**2, _DIRECTIONS, generator=random)
        directions = directions / directions.norm(dim=0)
        projected = [_some_patches(pictures, random) @ directions for pictures in (first, second)]
        shares = torch.linspace(0, 1, 257)
        quantiles = [torch.quantile(values, shares, dim=0) for values in projected]
        total += float((quantiles[0] - quantiles[1]).abs().mean())
    return total / _SCALES


def _some_patches(pictures: Tensor, random: torch.Generator) -> Tensor:
    """(N, 147), N at most 4096."""
    patches = unfold(pictures, _PATCH).movedim(1, -1).flatten(0, 1)
    if len(patches) <= _MOST:
        return patches
    return patches[torch.randperm(len(patches), generator=random)[:_MOST]]
