"""Oklab (Ottosson 2020) and sRGB in torch, over colors in the last axis; and the way back into the gamut."""

from __future__ import annotations

import torch
from torch import Tensor

from ..imaging.look import REC709_LUMA

_LINEAR_TO_CONE = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_CONE_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def srgb_to_linear(srgb: Tensor) -> Tensor:
    """Decode sRGB to linear light; odd about zero, so out-of-gamut colors survive.

    Args:
        srgb: (..., 3) float32, nominally in [0, 1].

    Returns:
        The same shape, nominally in [0, 1].
    """
    size = srgb.abs()
    curved = ((size + 0.055) / 1.055).clamp(min=0) ** 2.4
    return torch.where(size <= 0.04045, size / 12.92, curved) * srgb.sign()


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Encode linear light as sRGB; the inverse of `srgb_to_linear`."""
    size = linear.abs()
    curved = 1.055 * size.clamp(min=1e-12) ** (1 / 2.4) - 0.055
    return torch.where(size <= 0.0031308, size * 12.92, curved) * linear.sign()


def srgb_to_oklab(srgb: Tensor) -> Tensor:
    """Turn sRGB colors into Oklab.

    Args:
        srgb: (..., 3) float32, nominally in [0, 1].

    Returns:
        (..., 3): lightness in [0, 1], a (green to red) and b (blue to yellow), about -0.3 to 0.3.
    """
    cones = srgb_to_linear(srgb) @ _matrix(_LINEAR_TO_CONE, srgb).mT
    rooted = cones.abs() ** (1 / 3) * cones.sign()
    return rooted @ _matrix(_CONE_TO_LAB, srgb).mT


def oklab_to_srgb(lab: Tensor) -> Tensor:
    """Turn Oklab into sRGB colors, which may lie outside [0, 1]; the inverse of `srgb_to_oklab`."""
    cones = (lab @ _inverse(_CONE_TO_LAB, lab).mT) ** 3
    return linear_to_srgb(cones @ _inverse(_LINEAR_TO_CONE, lab).mT)


def luma_of(colors: Tensor) -> Tensor:
    """Sum the channels with Rec. 709 weights.

    Args:
        colors: (..., 3), encoded or linear.

    Returns:
        (..., 1).
    """
    return (colors * colors.new_tensor(REC709_LUMA)).sum(-1, keepdim=True)


def fit_gamut(srgb: Tensor) -> Tensor:
    """Bring colors into [0, 1]; those inside stay as they are.

    Half of what is over 1 is taken by darkening, the rest by fading toward the gray of equal luma. Clipping each
    channel instead would turn bright skin yellow; fading alone would bleach pure yellows abruptly.

    Args:
        srgb: (..., 3) float32, any range.

    Returns:
        The same shape, in [0, 1].
    """
    srgb = srgb / srgb.amax(-1, keepdim=True).clamp(min=1).sqrt()
    gray = luma_of(srgb).clamp(0, 1)
    away = srgb - gray
    room = torch.where(away > 0, 1 - gray, gray)
    kept = torch.where(away.abs() > room, room / away.abs().clamp(min=1e-12), torch.ones_like(away))
    return (gray + kept.amin(-1, keepdim=True) * away).clamp(0, 1)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=like.dtype, device=like.device)


def _inverse(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).inverse().to(like)
