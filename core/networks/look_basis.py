"""Smooth functions that looks are built from: cosines over the color cube, and over the tones of a grid."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..imaging.look import NUM_TONES, TABLE_SIZE


def table_basis(num_frequencies: int) -> Tensor:
    """Products of cosines along red, green and blue, the lowest frequencies of each.

    A table that is a sum of few of them is smooth whatever their shares. Higher frequencies are made smaller, so that
    they are learnt later.

    Args:
        num_frequencies: F, along each axis, at least 1.

    Returns:
        (F^3, 17, 17, 17) float32; the first is 1 everywhere.
    """
    waves = _cosines(num_frequencies, TABLE_SIZE)  # (F, 17)
    products = torch.einsum("ir,jg,kb->ijkrgb", waves, waves, waves).flatten(0, 2)
    steps = torch.arange(num_frequencies)
    frequency = torch.cartesian_prod(steps, steps, steps).reshape(-1, 3).float().norm(dim=1)
    return products / (1 + frequency)[:, None, None, None]


def tone_basis(num_frequencies: int) -> Tensor:
    """Cosines over the tones of a grid, from dark to light: (F, 8) float32; the first is 1 everywhere."""
    return _cosines(num_frequencies, NUM_TONES)


def _cosines(count: int, size: int) -> Tensor:
    if not 1 <= count <= size:
        raise ValueError(f"num_frequencies must be 1 to {size}, got {count}")
    places = torch.linspace(0, 1, size)
    return torch.cos(math.pi * torch.arange(count)[:, None] * places)
