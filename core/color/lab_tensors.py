"""CIE Lab of sRGB colors in torch, with gradients that are finite everywhere, and color differences."""

from __future__ import annotations

import torch
from torch import Tensor

_BREAK = (6 / 29) ** 3
_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_TO_LAB = ((0.0, 116.0, 0.0), (500.0, -500.0, 0.0), (0.0, 200.0, -200.0))


def srgb_to_lab(colors: Tensor) -> Tensor:
    """Convert to CIE Lab, white D65; equal to `color.lab`.

    Args:
        colors: (..., 3) sRGB-encoded; clamped to [0, 1].

    Returns:
        (..., 3); L 0 to 100.
    """
    values = colors.clamp(0, 1)
    linear = torch.where(values <= 0.04045, values / 12.92, ((values.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
    to_xyz = colors.new_tensor(_TO_XYZ)
    light = linear @ (to_xyz / to_xyz.sum(1, keepdim=True)).T
    bent = torch.where(light > _BREAK, light.clamp(min=_BREAK) ** (1 / 3), light / (3 * (6 / 29) ** 2) + 4 / 29)
    return bent @ colors.new_tensor(_TO_LAB).T - colors.new_tensor([16.0, 0.0, 0.0])


def lab_to_srgb(lab: Tensor) -> Tensor:
    """Convert CIE Lab back to sRGB-encoded colors, outside [0, 1] out of gamut; negative light is encoded linearly.

    Args:
        lab: (..., 3).
    """
    bent = (lab + lab.new_tensor([16.0, 0.0, 0.0])) @ torch.linalg.inv(lab.new_tensor(_TO_LAB)).T
    ratio = torch.where(bent > 6 / 29, bent**3, 3 * (6 / 29) ** 2 * (bent - 4 / 29))
    to_xyz = lab.new_tensor(_TO_XYZ)
    linear = ratio @ torch.linalg.inv(to_xyz / to_xyz.sum(1, keepdim=True)).T
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def lab_distance(found: Tensor, true: Tensor) -> Tensor:
    """Return the mean CIE 1994 difference (B,) of sRGB-encoded photos (B, 3, H, W)."""
    first, second = (srgb_to_lab(photos.movedim(1, -1)) for photos in (found, true))
    return cie94(first, second).mean((1, 2))


def cie94(found: Tensor, true: Tensor) -> Tensor:
    """Return the CIE 1994 color difference of Lab colors (..., 3), smoothed at 0: (...)."""
    apart = found - true
    chroma = (true[..., 1:].square().sum(-1) + 1e-6).sqrt()
    chroma_apart = (found[..., 1:].square().sum(-1) + 1e-3).sqrt() - chroma
    hue_apart = (apart[..., 1:].square().sum(-1) - chroma_apart.square()).clamp(min=0)
    by_chroma = (chroma_apart / (1 + 0.045 * chroma)).square() + hue_apart / (1 + 0.015 * chroma) ** 2
    return (apart[..., 0].square() + by_chroma + 0.05).sqrt()
