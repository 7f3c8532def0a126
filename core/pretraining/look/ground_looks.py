"""Random looks of the ground, for styles that treat subject and ground apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...color.lab_tensors import lab_to_srgb, srgb_to_lab
from .looks import LookLibrary, look_up

_OTHER_LOOK = 0.35  # share of grounds in another look, or a mixture of both
_GRADED_SUBJECT = 0.3  # share of cases in which the subject is graded instead, as if the ground were the plain look


@dataclass(frozen=True)
class GroundLooks:
    """Looks of subject and ground of B sets.

    Attributes:
        tables: (B, 3, 17, 17, 17) of the ground.
        grade: (B, 8) parameters of `graded`, zero for none.
        is_apart: (B,) bool: subject and ground are treated apart.
        on_subject: (B,) bool: the grade is of the subject.
        hardness: (B,) slope of the border between subject and ground; 1 is that of the map.
    """

    tables: Tensor
    grade: Tensor
    is_apart: Tensor
    on_subject: Tensor
    hardness: Tensor


def draw_ground(rng: np.random.Generator, tables: Tensor, looks: LookLibrary, share: float) -> GroundLooks:
    """Draw the looks of the ground for sets with the looks `tables` (B, 3, 17, 17, 17).

    Args:
        rng: random state; that of torch is used as well.
        tables: looks of the sets.
        looks: to draw others from.
        share: of sets that treat subject and ground apart.
    """
    count = len(tables)
    is_apart = torch.rand(count) < share
    other = is_apart & (torch.rand(count) < _OTHER_LOOK)
    weight = torch.where(torch.rand(count) < 0.5, torch.ones(count), 0.3 + 0.7 * torch.rand(count)) * other
    weight = weight[:, None, None, None, None]
    ground = tables + weight * (looks.draw(rng, count, 0.6) - tables)
    graded_too = is_apart & (~other | (torch.rand(count) < 0.3))
    grade = _draw_grades(count) * graded_too[:, None]
    on_subject = graded_too & (torch.rand(count) < _GRADED_SUBJECT)
    hardness = torch.where(torch.rand(count) < 0.5, torch.ones(count), 1 + 2 * torch.rand(count))
    return GroundLooks(ground, grade, is_apart, on_subject, hardness)


def under_ground_looks(tables: Tensor, ground: GroundLooks, colors: Tensor, subject: Tensor) -> Tensor:
    """Apply the looks of subject and ground.

    Args:
        tables: (B, 3, 17, 17, 17) of the subject.
        ground: of the sets.
        colors: (B, K, 3) sRGB-encoded.
        subject: (B, K, 1) share of the subject.

    Returns:
        (B, K, 3) Lab.
    """
    before = look_up(tables, colors)
    if not ground.is_apart.any():
        return before
    behind, graded_before = look_up(ground.tables, colors), _graded(before, ground.grade)
    behind = torch.where(ground.on_subject[:, None, None], behind, _graded(behind, ground.grade))
    front = torch.where(ground.on_subject[:, None, None], graded_before, before)
    slope = ground.hardness[:, None, None]
    weight = ((subject - 0.5) * slope + 0.5).clamp(0, 1)
    mixed = lab_to_srgb(behind) + weight * (lab_to_srgb(front) - lab_to_srgb(behind))
    return torch.where(ground.is_apart[:, None, None], srgb_to_lab(mixed.clamp(0, 1)), before)


def _draw_grades(count: int) -> Tensor:
    """(B, 8): stops, contrast, log saturation, tint a and b, lift, drained (black-and-white), hue-free wash."""
    stops = torch.where(torch.rand(count) < 0.75, -0.2 - 1.4 * torch.rand(count), 0.2 + 0.8 * torch.rand(count))
    stops = stops * (torch.rand(count) < 0.75)
    contrast = (0.3 * torch.randn(count)).clamp(-0.6, 0.5) * (torch.rand(count) < 0.5)
    saturation = torch.where(torch.rand(count) < 0.75, -1.3 * torch.rand(count), 0.4 * torch.rand(count))
    saturation = saturation * (torch.rand(count) < 0.7)
    tint = torch.randn(count, 2) * torch.tensor([5.0, 8.0]) * (torch.rand(count, 1) < 0.5)
    lift = 8 * torch.randn(count).abs() * (torch.rand(count) < 0.15)
    drained = (torch.rand(count) < 0.2).float()
    used = torch.ones(count)
    return torch.stack([stops, contrast, saturation, tint[:, 0], tint[:, 1], lift, drained, used], -1)


def _graded(lab: Tensor, grade: Tensor) -> Tensor:
    """Grade Lab colors (B, K, 3) by parameters (B, 8)."""
    stops, contrast, saturation, a, b, lift, drained, used = (part[:, None] for part in grade.unbind(-1))
    light = lab_to_srgb(lab).clamp(0, 1)
    gain = (stops[..., None] / 2.2).exp2()
    tone = light.mean(-1, keepdim=True)
    exposed = srgb_to_lab(light * torch.where(gain < 1, gain, gain / (1 + (gain - 1) * tone)))
    lightness = 50 + (exposed[..., 0] - 50) * (1 + contrast)
    lightness = lightness + lift * (1 - lightness / 100)
    chroma = (saturation.exp() * (1 - drained))[..., None]
    color = exposed[..., 1:] * chroma + torch.stack([a, b], -1)
    return torch.where(used[..., None] > 0, torch.cat([lightness[..., None], color], -1), lab)
