"""How the colors of photos are distributed, by region: quantiles of Lab along many directions, with a gradient."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from ...networks.set_statistics import region_groups
from ...networks.token_layout import LAB

_NUM_DIRECTIONS = 16
_NUM_QUANTILES = 32
_GOLDEN = np.pi * (3 - 5**0.5)
_LEAST_WEIGHT = 1e-6  # so that a region that no photo shows has quantiles too
_NUM_REDRAWN = 16  # sets of photos drawn with replacement, for the standard error


def group_weights(tokens: Tensor, photo_weights: Tensor | None = None) -> Tensor:
    """How much each color counts in the whole, in skin, hair, cloth and backdrop.

    Args:
        tokens: (P, M, 12).
        photo_weights: (P,); None for all the same.

    Returns:
        (5, P * M).
    """
    every = torch.cat([torch.ones_like(tokens[..., :1]), region_groups(tokens)], -1)  # (P, M, 5)
    if photo_weights is not None:
        every = every * photo_weights[:, None, None]
    return every.flatten(0, 1).T + _LEAST_WEIGHT


def quantiles(lab: Tensor, weights: Tensor) -> Tensor:
    """Quantiles of colors along each direction, for each group.

    Args:
        lab: (T, 3).
        weights: (G, T), positive.

    Returns:
        (G, 16, 32); the gradient reaches lab.
    """
    projected = (lab @ _directions().to(lab.device)).T.contiguous()  # (16, T)
    order = projected.detach().argsort(1)
    ordered = projected.gather(1, order)
    marks = ((torch.arange(_NUM_QUANTILES) + 0.5) / _NUM_QUANTILES).to(lab.device)
    found = []
    for group in weights:
        reached = group[order].cumsum(1)
        index = torch.searchsorted(reached, marks * reached[:, -1:]).clamp(max=len(lab) - 1)
        found.append(ordered.gather(1, index))
    return torch.stack(found)


def standard_error(tokens: Tensor, random: torch.Generator) -> Tensor:
    """(5, 16, 32): how far quantiles of such a set stray because its photos are few (bootstrap, Efron 1979)."""
    lab, count, found = tokens[..., LAB].flatten(0, 1), len(tokens), []
    for _ in range(_NUM_REDRAWN):
        drawn = torch.bincount(torch.randint(count, (count,), generator=random), minlength=count).float()
        found.append(quantiles(lab, group_weights(tokens, drawn.to(tokens.device))))
    return torch.stack(found).std(0)


def group_shares(tokens: Tensor) -> Tensor:
    """(5,) summing to 1: how much each group counts in a distance; by the root of its size, so that skin has a say."""
    size = group_weights(tokens).mean(1).clamp(min=0).sqrt()
    return size / size.sum()


def distance(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """The sliced Wasserstein distance of two sets (Rabin et al. 2011) by their quantiles, the mean over groups.

    The mean over directions is doubled, so that a set whose every color lies d further has the distance d.
    """
    return 2 * (shares * (first - second).abs().mean((1, 2))).sum()


@cache
def _directions() -> Tensor:
    """(3, 16) of length 1, spread evenly over half a sphere (a spiral of the golden angle)."""
    height = (np.arange(_NUM_DIRECTIONS) + 0.5) / _NUM_DIRECTIONS
    angle = np.arange(_NUM_DIRECTIONS) * _GOLDEN
    ring = np.sqrt(1 - height**2)
    return torch.from_numpy(np.stack([ring * np.cos(angle), ring * np.sin(angle), height])).float()
