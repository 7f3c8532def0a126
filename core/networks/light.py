"""Spatially varying light, in torch: outputs of the place decoder on the basis of `place_basis`, applied to colors."""

from __future__ import annotations

import torch
from torch import Tensor

from ..color.srgb import REC709_LUMA
from ..imaging.place_basis import ENCODING_GAMMA, polynomials, tone_shares


def light_maps(place: Tensor, person: Tensor) -> Tensor:
    """Evaluate the 16 light maps at positions (..., 2) of y, x with (..., 2) of subject and face: (..., 16)."""
    return torch.cat([torch.stack(polynomials(place[..., 0], place[..., 1]), -1), person], -1)


def apply_light(colors: Tensor, values: Tensor) -> Tensor:
    """Apply light to colors: brightening keeps black and white fixed, darkening scales all tones alike.

    Args:
        colors: (..., 3) sRGB-encoded in [0, 1].
        values: (..., 5): stops of shadows, middle tones and highlights, change of saturation, stops of red over
            blue.

    Returns:
        (..., 3).
    """
    luma = (colors * colors.new_tensor(REC709_LUMA)).sum(-1, keepdim=True)
    tone = luma.clamp(0, 1)
    stops = sum(share * values[..., i : i + 1] for i, share in enumerate(tone_shares(tone)))
    warm = values[..., 4:5] * colors.new_tensor([0.5, 0.0, -0.5])
    by_channel = stops + warm
    gain = (by_channel / ENCODING_GAMMA).exp2()
    # Not by clamping the stops: that has no gradient at 0, where the place decoder starts.
    factor = torch.where(by_channel < 0, gain, gain / (1 + (gain - 1) * tone))
    return factor * (luma + (1 + values[..., 3:4]).clamp(min=0) * (colors - luma))
