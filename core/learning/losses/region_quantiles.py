"""Color distributions of photos by region: differentiable quantiles of Lab along many directions."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from ...networks.set_statistics import region_shares
from ...networks.token_layout import LAB

_NUM_DIRECTIONS = 16
_NUM_QUANTILES = 32
_GOLDEN = np.pi * (3 - 5**0.5)
_LEAST_WEIGHT = 1e-6  # so that a region that no photo shows has quantiles as well
_NUM_REDRAWN = 16  # bootstrap samples for the standard error


def region_weights(tokens: Tensor, photo_weights: Tensor | None = None) -> Tensor:
    """Return the weight of each color in five regions: the whole photo, skin, hair, cloth and backdrop.

    Args:
        tokens: (P, M, 12).
        photo_weights: (P,); None for equal weights.

    Returns:
        (5, P * M).
    """
    every = torch.cat([torch.ones_like(tokens[..., :1]), region_shares(tokens)], -1)  # (P, M, 5)
    if photo_weights is not None:
        every = every * photo_weights[:, None, None]
    return every.flatten(0, 1).T + _LEAST_WEIGHT


def quantiles(lab: Tensor, weights: Tensor) -> Tensor:
    """Return quantiles of the colors along each direction, for each region.

    Args:
        lab: (T, 3) Lab.
        weights: (R, T) by region, positive.

    Returns:
        (R, 16, 32) by region, direction and quantile; differentiable with respect to lab.
    """
    projected = (lab @ _directions().to(lab.device)).T.contiguous()  # (16, T)
    order = projected.detach().argsort(1)
    ordered = projected.gather(1, order)
    marks = ((torch.arange(_NUM_QUANTILES) + 0.5) / _NUM_QUANTILES).to(lab.device)
    found = []
    for region in weights:
        reached = region[order].cumsum(1)
        index = torch.searchsorted(reached, marks * reached[:, -1:]).clamp(max=len(lab) - 1)
        found.append(ordered.gather(1, index))
    return torch.stack(found)


def standard_error(tokens: Tensor, random: torch.Generator) -> Tensor:
    """Return the standard error (5, 16, 32) of the quantiles of a set (bootstrap over its photos, Efron 1979)."""
    lab, count, found = tokens[..., LAB].flatten(0, 1), len(tokens), []
    for _ in range(_NUM_REDRAWN):
        drawn = torch.bincount(torch.randint(count, (count,), generator=random), minlength=count).float()
        found.append(quantiles(lab, region_weights(tokens, drawn.to(tokens.device))))
    return torch.stack(found).std(0)


def distance_weights(tokens: Tensor) -> Tensor:
    """Return the weights of the regions in a distance, (5,) summing to 1: by the root of their sizes."""
    size = region_weights(tokens).mean(1).clamp(min=0).sqrt()
    return size / size.sum()


def distance(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """Return the sliced Wasserstein distance of two sets (Rabin et al. 2011), the weighted mean over regions.

    The mean over directions is doubled, so that shifting every color of a set by d gives the distance d.
    """
    return 2 * (shares * (first - second).abs().mean((1, 2))).sum()


@cache
def _directions() -> Tensor:
    """(3, 16) of length 1, spread evenly over half a sphere (a spiral of the golden angle)."""
    height = (np.arange(_NUM_DIRECTIONS) + 0.5) / _NUM_DIRECTIONS
    angle = np.arange(_NUM_DIRECTIONS) * _GOLDEN
    ring = np.sqrt(1 - height**2)
    return torch.from_numpy(np.stack([ring * np.cos(angle), ring * np.sin(angle), height])).float()
