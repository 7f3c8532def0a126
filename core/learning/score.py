"""How near two sets of photos are in color: the sliced Wasserstein distance in Lab, read in just visible steps."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from ..color.lab_tensors import srgb_to_lab

SCORE_SIZE = 64  # pixels a side of the photos that are compared
_NUM_DIRECTIONS = 48
_NUM_QUANTILES = 128
_MIDDLE, _SPREAD = (0.47, 0.5), (0.16, 0.13)  # (y, x): the bell of populations, where a portrait's face mostly is
_GOLDEN = np.pi * (3 - 5**0.5)


@cache
def _directions() -> Tensor:
    """(3, 48) of length 1, spread evenly over half a sphere (a spiral of the golden angle)."""
    height = (np.arange(_NUM_DIRECTIONS) + 0.5) / _NUM_DIRECTIONS
    angle = np.arange(_NUM_DIRECTIONS) * _GOLDEN
    ring = np.sqrt(1 - height**2)
    return torch.from_numpy(np.stack([ring * np.cos(angle), ring * np.sin(angle), height])).float()


@cache
def _region_weights(size: int) -> Tensor:
    """(2, size * size) summing to 1: the whole photo, and its middle."""
    places = (torch.arange(size) + 0.5) / size
    y, x = (places - _MIDDLE[0]) / _SPREAD[0], (places - _MIDDLE[1]) / _SPREAD[1]
    bell = (-0.5 * (y[:, None] ** 2 + x[None, :] ** 2)).exp().flatten()
    return torch.stack([torch.full_like(bell, 1 / len(bell)), bell / bell.sum()])


def color_quantiles(photos: Tensor) -> Tensor:
    """What is compared of a set of photos: quantiles of its Lab colors along each direction.

    Args:
        photos: (P, 3, S, S) sRGB-encoded in [0, 1].

    Returns:
        (2, 48, 128), where the photos are: of the whole photos and of their middle.
    """
    lab = srgb_to_lab(photos.movedim(1, -1)).reshape(-1, 3)  # (P * S * S, 3)
    ordered, order = _sorted((lab @ _directions().to(lab.device)).T.contiguous())  # (48, P * S * S)
    marks = ((torch.arange(_NUM_QUANTILES) + 0.5) / _NUM_QUANTILES).to(lab.device)
    found = []
    for weights in _region_weights(photos.shape[-1]).to(lab.device):
        reached = (weights.repeat(len(photos)) / len(photos))[order].cumsum(1)
        index = torch.searchsorted(reached, marks * reached[:, -1:]).clamp(max=len(lab) - 1)  # (48, 128)
        found.append(ordered.gather(1, index))
    return torch.stack(found)


def _sorted(values: Tensor) -> tuple[Tensor, Tensor]:
    """Rows in order, and where each value was. On a CPU numpy takes a third of the time that torch takes."""
    if values.device.type != "cpu":
        return values.sort(1)
    order = torch.from_numpy(values.numpy().argsort(1))
    return values.gather(1, order), order


def distance(first: Tensor, second: Tensor) -> float:
    """The sliced Wasserstein distance of two sets (Rabin et al. 2011; Bonneel et al. 2015), by their `color_quantiles`.

    The mean over directions is doubled, so that a set whose every color lies d further has the distance d. Whole photos
    and their middle count the same.
    """
    return 2 * float((first - second).abs().mean())


def distance_between(first: Tensor, second: Tensor) -> float:
    """The same of photos (P, 3, S, S) and (Q, 3, S, S)."""
    return distance(color_quantiles(first), color_quantiles(second))
