"""Weights of people at large by their similarity to the photographer's: framing first, then colors.

A small set of photos differs from people at large by its people too, and training would take that difference for the
look. So each photo of the style selects the people at large who resemble it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...networks.set_statistics import region_shares
from ...networks.token_layout import LAB, PLACE, REGIONS

_SHARE_UNIT, _FACE_UNIT, _PLACE_UNIT = 0.25, 0.125, 0.2  # how far photos of one framing differ, by feature
_BACKDROP_UNIT, _BACKDROP_SPREAD_UNIT, _DRESS_UNIT, _SKIN_UNIT = 20.0, 10.0, 30.0, 20.0  # Lab
_WIDTH = 0.4  # of the kernel, in such units
_SKIN, _HAIR, _CLOTH, _BACKDROP = range(4)  # indices of `region_shares`
_FACE = slice(1, 2)


def similarity_weights(style: Tensor, people: Tensor, restyled: Tensor, color_share: float) -> Tensor:
    """Return how much each person counts as content: the mean over the style's photos of a softmax over people.

    Args:
        style: (P, M, 12) tokens of finished photos.
        people: (C, M', 12) tokens of people.
        restyled: (C, M', 3) Lab of these with the current look.
        color_share: weight in [0, 1] of the colors of backdrop, cloth, hair and skin beside the framing; small while
            the look is still far from its target.

    Returns:
        (C,) summing to 1.
    """
    apart = 2 * _distances(_framing(style), _framing(people))
    apart = apart + color_share * _distances(_dress(style, style[..., LAB]), _dress(people, restyled))
    apart = apart - apart.min(1, keepdim=True).values
    return (-apart / (2 * _WIDTH**2)).softmax(1).mean(0)


def _distances(first: Tensor, second: Tensor) -> Tensor:
    """(P, F) and (C, F) to (P, C) squared distances."""
    return (first[:, None] - second[None]).square().sum(-1)


def _framing(tokens: Tensor) -> Tensor:
    """(P, 7): shares of the regions, size and position of the face, which no look changes."""
    face = tokens[..., REGIONS][..., _FACE]
    place = (face * tokens[..., PLACE]).sum(1) / (face.sum(1) + 1e-3)
    shares = region_shares(tokens).mean(1)
    return torch.cat([shares / _SHARE_UNIT, face.mean(1) / _FACE_UNIT, place / _PLACE_UNIT], -1)


def _dress(tokens: Tensor, lab: Tensor) -> Tensor:
    """(P, 15): mean and spread of the backdrop, means of cloth, hair and skin."""
    shares = region_shares(tokens)
    size = shares.sum(1)[..., None] + 1e-3
    mean = shares.mT @ lab / size  # (P, 4, 3)
    spread = (shares.mT @ lab.square() / size - mean.square()).clamp(min=0).sqrt()
    parts = [mean[:, _BACKDROP] / _BACKDROP_UNIT, spread[:, _BACKDROP] / _BACKDROP_SPREAD_UNIT]
    parts += [mean[:, _CLOTH] / _DRESS_UNIT, mean[:, _HAIR] / _DRESS_UNIT, mean[:, _SKIN] / _SKIN_UNIT]
    return torch.cat(parts, -1)
