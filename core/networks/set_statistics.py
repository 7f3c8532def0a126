"""Statistics of sets of colors that condition the set network: moments by region and position, and transports.

Colors come as tokens (..., 12): Lab; y, x in [0, 1] and 1 where the place is known; subject, face, skin, hair, cloth in
[0, 1] and 1 where the regions are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..color.lab_tensors import lab_to_srgb
from .token_layout import (
    CELLS,
    GRAY_CHROMA,
    LAB,
    LAB_MEAN,
    LAB_UNIT,
    MIDDLE,
    MIDDLE_WIDTH,
    NUM_BINS,
    PLACE,
    PLACE_KNOWN,
    REGIONS,
    REGIONS_KNOWN,
    SHARE_FLOOR,
)
from .transports import SetMoments, channel_curves, transports


@dataclass(frozen=True)
class Statistics:
    """Statistics of B * C pairs of a style set and a content.

    Attributes:
        facts: (B * C, NUM_FACTS), most of them near -3 to 3.
        places: (B * C, 2 * NUM_PLACES) of the style and of the content.
        maps: (B * C, NUM_MAPS, 3, 4) transports of Lab colors, the identity first.
        curves: (B * C, NUM_CURVES, 3, NUM_BINS + 1) of red, green and blue.
        is_monochrome: (B * C,) bool: the style is black-and-white.
        tint: (B * C, 3, 2): a and b of the style as polynomials of the lightness.
    """

    facts: Tensor
    places: Tensor
    maps: Tensor
    curves: Tensor
    is_monochrome: Tensor
    tint: Tensor


def normalized_lab(lab: Tensor) -> Tensor:
    """Normalize Lab by the mean and deviation of colors of portraits."""
    return (lab - lab.new_tensor(LAB_MEAN)) / lab.new_tensor(LAB_UNIT)


def token_features(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the features of each color for the photo encoder.

    Returns:
        Features (..., 16), and (..., 4) weights in skin, hair, cloth and backdrop.
    """
    x = normalized_lab(tokens[..., LAB])
    placed, known = tokens[..., PLACE_KNOWN], tokens[..., REGIONS_KNOWN]
    place = tokens[..., PLACE]
    apart = (place - place.new_tensor(MIDDLE)) / place.new_tensor(MIDDLE_WIDTH)
    middle = torch.exp(-apart.square().sum(-1, keepdim=True))
    regions = tokens[..., REGIONS] * known
    features = [x, x[..., :1] * x, torch.cat([2 * place - 1, middle], -1) * placed, regions, placed, known]
    return torch.cat(features, -1), region_shares(tokens)


def region_shares(tokens: Tensor) -> Tensor:
    """Return weights (..., 4) in skin, hair, cloth and backdrop; zero where regions are unknown."""
    regions, known = tokens[..., REGIONS], tokens[..., REGIONS_KNOWN]
    return torch.cat([regions[..., 2:], 1 - regions[..., :1]], -1) * known


@torch.no_grad()
def set_moments(tokens: Tensor) -> SetMoments:
    """Compute moments of sets: tokens (B, N, M, 12), each photo with the same weight."""
    lab, shares = tokens[..., LAB].flatten(1, -2), region_shares(tokens).flatten(1, -2)  # (B, T, 3), (B, T, 4)
    ones = torch.ones_like(lab[..., :1])
    values = torch.cat([ones, lab, (lab[..., :, None] * lab[..., None, :]).flatten(-2)], -1)  # (B, T, 13)
    return SetMoments(values.mean(1), shares.mT @ values / lab.shape[1], _histograms(lab))


def _histograms(lab: Tensor) -> Tensor:
    """(B, T, 3) to (B, 3, NUM_BINS) of sRGB-encoded channels."""
    bins = (lab_to_srgb(lab).clamp(0, 1) * NUM_BINS).long().clamp(max=NUM_BINS - 1).mT  # (B, 3, T)
    counts = lab.new_zeros(*bins.shape[:2], NUM_BINS)
    return counts.scatter_add_(-1, bins, torch.ones_like(bins, dtype=lab.dtype)) / lab.shape[1]


@torch.no_grad()
def set_facts(moments: SetMoments, chroma: Tensor) -> Tensor:
    """(B, 30): mean, spread and correlation of a set's colors, and the same by region."""
    covariance = moments.covariance
    unit = covariance.new_tensor(LAB_UNIT)
    spread = _diagonal(covariance).clamp(min=0).sqrt() / unit
    mixed = torch.stack([covariance[:, 0, 1], covariance[:, 0, 2], covariance[:, 1, 2]], -1) / 300
    share = moments.regions[..., :1]
    by_region = moments.regions / share.clamp(min=SHARE_FLOOR)
    certain = share / (share + SHARE_FLOOR)
    deviation = (by_region[..., 4:5] - by_region[..., 1:2].square()).clamp(min=0).sqrt() / LAB_UNIT[0]
    regional = torch.cat([normalized_lab(by_region[..., 1:4]) * certain, deviation * certain, share], -1)
    return torch.cat([normalized_lab(moments.mean), spread, chroma[:, None] / 10, mixed, regional.flatten(1)], -1)


@torch.no_grad()
def mean_chroma(tokens: Tensor) -> Tensor:
    """(B,): of sets (B, N, M, 12)."""
    return tokens[..., 1:3].square().sum(-1).sqrt().flatten(1).mean(1)


@torch.no_grad()
def set_places(tokens: Tensor, mean: Tensor) -> Tensor:
    """(B, NUM_PLACES): how the mean color of the subject and of the backdrop in each cell differs from the set's.

    Args:
        tokens: (B, N, M, 12).
        mean: (B, 3) Lab of the set.
    """
    flat = tokens.flatten(1, -2)  # (B, T, 12)
    near = _near_cells(flat[..., PLACE]) * flat[..., PLACE_KNOWN]  # (B, T, 36)
    known = flat[..., REGIONS_KNOWN]
    subject = flat[..., REGIONS][..., :1] * known + 0.5 * (1 - known)
    apart = (flat[..., LAB] - mean[:, None]) / flat.new_tensor(LAB_UNIT)
    found = []
    for group in (subject, 1 - subject):
        sums = near.mT @ (torch.cat([torch.ones_like(apart[..., :1]), apart], -1) * group) / flat.shape[1]
        weight = sums[..., :1] * CELLS**2  # 1 where every token is of the group
        found.append(sums[..., 1:] * CELLS**2 / (weight + 0.1))
    return torch.cat(found, -1).flatten(1)


@torch.no_grad()
def style_tint(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Whether sets (B, N, M, 12) are black-and-white, and a and b by powers of their lightness.

    Returns:
        (B,) bool and (B, 3, 2).
    """
    lab = tokens[..., LAB].flatten(1, -2)
    tone = lab[..., :1] / 50 - 1
    basis = torch.cat([torch.ones_like(tone), tone, tone**2], -1)  # (B, T, 3)
    normal = basis.mT @ basis / lab.shape[1] + 1e-3 * torch.eye(3, device=lab.device)
    tint = torch.linalg.solve(normal, basis.mT @ lab[..., 1:] / lab.shape[1])  # (B, 3, 2)
    left = (lab[..., 1:] - basis @ tint).square().sum(-1).mean(1).sqrt()
    return left < GRAY_CHROMA, tint


def _diagonal(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=-2, dim2=-1)


def _near_cells(place: Tensor) -> Tensor:
    """(B, T, 2) of y, x to (B, T, CELLS^2): bilinear weights."""
    centers = (torch.arange(CELLS, device=place.device) + 0.5) / CELLS
    near = (1 - (place[..., None] - centers).abs() * CELLS).clamp(min=0)  # (B, T, 2, CELLS)
    near = near / near.sum(-1, keepdim=True).clamp(min=1e-6)
    return (near[..., 0, :, None] * near[..., 1, None, :]).flatten(-2)


@torch.no_grad()
def pair_statistics(style: Tensor, content: Tensor, prior: SetMoments, own: Tensor | None = None) -> Statistics:
    """Compute the statistics of each style set with each of its contents.

    Args:
        style: (B, N, M, 12).
        content: (B, C, M', 12).
        prior: moments of people at large, of one set.
        own: (B, N', M'', 12) or None.
    """
    size, count = content.shape[:2]
    moments, chroma = set_moments(style), mean_chroma(style)
    people = _expanded(prior, size)
    source = people if own is None else set_moments(own)
    facts = torch.cat([_style_facts(style, moments, chroma), _source_facts(source, own, style)], -1)
    is_monochrome, tint = style_tint(style)
    each = content.flatten(0, 1)[:, None]  # (B * C, 1, M', 12)
    of_content = set_moments(each)
    of_style, of_source, of_people = (_repeated(part, count) for part in (moments, source, people))
    places = torch.cat(
        [
            set_places(style, moments.mean).repeat_interleave(count, 0),
            set_places(each, of_content.mean),
        ],
        -1,
    )
    return Statistics(
        torch.cat([facts.repeat_interleave(count, 0), set_facts(of_content, mean_chroma(each))], -1),
        places,
        transports(of_style, of_source, of_content, of_people),
        channel_curves(of_style, of_source, of_content, of_people),
        is_monochrome.repeat_interleave(count, 0),
        tint.repeat_interleave(count, 0),
    )


def _style_facts(style: Tensor, moments: SetMoments, chroma: Tensor) -> Tensor:
    """(B, 37)."""
    photos = style[..., LAB].mean(2)  # (B, N, 3)
    apart = ((photos - photos.mean(1, keepdim=True)).square().mean(1) + 1e-3).sqrt() / style.new_tensor(LAB_UNIT)
    count = style.new_full((len(style), 1), float(style.shape[1]))
    numbers = [count.log() / 3, 1 / count, count.rsqrt(), (chroma < GRAY_CHROMA).float()[:, None]]
    return torch.cat([set_facts(moments, chroma), apart, *numbers], -1)


def _source_facts(source: SetMoments, own: Tensor | None, like: Tensor) -> Tensor:
    """(B, 32)."""
    count = like.new_full((len(like), 1), 0.0 if own is None else float(own.shape[1]))
    chroma = like.new_zeros(len(like)) if own is None else mean_chroma(own)
    return torch.cat([set_facts(source, chroma), (count > 0).float(), count.log1p() / 3], -1)


def _expanded(moments: SetMoments, size: int) -> SetMoments:
    return SetMoments(*(part.expand(size, *part.shape[1:]) for part in _parts(moments)))


def _repeated(moments: SetMoments, count: int) -> SetMoments:
    return SetMoments(*(part.repeat_interleave(count, 0) for part in _parts(moments)))


def _parts(moments: SetMoments) -> tuple[Tensor, ...]:
    return moments.all, moments.regions, moments.histograms
