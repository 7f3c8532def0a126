"""Random backdrops: white, gray, colored, graded, lit by a lamp, busy; and random colors of clothes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...color.lab_tensors import lab_to_srgb, srgb_to_lab


def draw_backdrop(count: int) -> Tensor:
    """Draw the parameters of backdrops: (count, 21)."""
    kind = torch.rand(count, 1)
    lightness = torch.where(
        kind < 0.25,
        93 + 6 * torch.rand(count, 1),  # white
        torch.where(kind < 0.35, 4 + 10 * torch.rand(count, 1), 15 + 75 * torch.rand(count, 1)),
    )
    chroma = torch.where(kind < 0.6, 2 * torch.rand(count, 1), 45 * torch.rand(count, 1) ** 1.5)
    hue = 2 * math.pi * torch.rand(count, 1)
    slope = torch.randn(count, 2) * 14 * (torch.rand(count, 1) < 0.5)
    lamp = torch.randn(count, 1).abs() * 22 * (torch.rand(count, 1) < 0.45) * torch.where(kind < 0.25, 0.3, 1.0)
    center = torch.tensor([0.45, 0.5]) + 0.12 * torch.randn(count, 2)
    busy = 14 * torch.rand(count, 1) * (torch.rand(count, 1) < 0.3)
    waves = torch.randn(count, 12)
    color = torch.cat([lightness, chroma * torch.cos(hue), chroma * torch.sin(hue)], -1)
    return torch.cat([color, slope, lamp, center, busy, waves], -1)


def backdrop_colors(numbers: Tensor, place: Tensor) -> Tensor:
    """Evaluate backdrops of parameters (R, 21) at positions (R, M, 2) of y, x: (R, M, 3) sRGB in [0, 1]."""
    n = numbers[:, None]
    apart = place - n[..., 6:8]
    light = (
        n[..., :1]
        + (apart * n[..., 3:5]).sum(-1, keepdim=True)
        - n[..., 5:6] * 3 * apart.square().sum(-1, keepdim=True)
    )
    turn = place @ numbers[:, 9:17].unflatten(1, (2, 4)) * 9 + n[..., 17:21] * 3  # (R, M, 4)
    wave = torch.sin(turn)
    light = light + n[..., 8:9] * (wave[..., :1] + wave[..., 1:2])
    colored = n[..., 1:3] + 0.5 * n[..., 8:9] * wave[..., 2:4]
    return lab_to_srgb(torch.cat([light.clamp(0, 100), colored], -1)).clamp(0, 1)


def recolored(colors: Tensor) -> Tensor:
    """Rotate the hue and shift the colors of each photo's clothes or walls: (R, M, 3) sRGB in [0, 1]."""
    count = len(colors)
    lab = srgb_to_lab(colors)
    turn, gain = (torch.rand(count, 1) * 2 - 1) * math.pi, torch.rand(count, 1) * 1.4 + 0.3
    cos, sin, offset = torch.cos(turn) * gain, torch.sin(turn) * gain, torch.randn(count, 1, 2) * 8
    a, b = lab[..., 1], lab[..., 2]
    lightness = lab[..., 0] + torch.randn(count, 1) * 12
    turned = torch.stack([lightness, a * cos - b * sin + offset[..., 0], a * sin + b * cos + offset[..., 1]], -1)
    return lab_to_srgb(turned).clamp(0, 1)
