"""Moments of sets of colors, and the closed-form transports between them (Pitie 2007), in torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .token_layout import (
    COVARIANCE_FLOOR,
    CURVE_ENDS,
    CURVE_SHARES,
    HISTOGRAM_FLOOR,
    MIX_SHARES,
    NUM_BINS,
    SHARE_FLOOR,
)


@dataclass(frozen=True)
class SetMoments:
    """Moments of the colors of sets, by region.

    Attributes:
        all: (B, 13) of all colors: 1, the mean of Lab, the mean outer product.
        regions: (B, 4, 13) of skin, hair, cloth and backdrop: their share, and that times the same.
        histograms: (B, 3, NUM_BINS) of sRGB-encoded red, green and blue; each sums to 1.
    """

    all: Tensor
    regions: Tensor
    histograms: Tensor

    @property
    def mean(self) -> Tensor:
        """(B, 3)."""
        return self.all[:, 1:4]

    @property
    def covariance(self) -> Tensor:
        """(B, 3, 3)."""
        return covariance_of(self.all)

    def balanced(self, shares: Tensor) -> Tensor:
        """(B, 13): the moments if the regions had these shares (B, 4); unchanged where regions are not known."""
        known = self.regions[..., :1] > SHARE_FLOOR  # (B, 4, 1)
        weight = torch.where(known, shares[..., None], torch.zeros_like(shares[..., None]))
        total = weight.sum(1)  # (B, 1)
        by_region = self.regions / self.regions[..., :1].clamp(min=SHARE_FLOOR)
        return torch.where(total > SHARE_FLOOR, (weight * by_region).sum(1) / total.clamp(min=SHARE_FLOOR), self.all)


@torch.no_grad()
def transports(style: SetMoments, source: SetMoments, content: SetMoments, people: SetMoments) -> Tensor:
    """Compute closed-form transports from several estimates of the untouched people to the style (Pitie 2007).

    Args:
        style: of B sets.
        source: of B sets of untouched people: own photos, or people at large.
        content: of B contents.
        people: at large, of B sets.

    Returns:
        (B, NUM_MAPS, 3, 4).
    """
    targets = [style.all] * (len(MIX_SHARES) + 1) + [style.balanced(source.regions[..., 0])]
    mixes = [(1 - share) * source.all + share * content.all for share in MIX_SHARES]
    known = source.balanced(source.regions[..., 0])
    at_large = [people.all, 0.65 * people.all + 0.35 * content.all, (people.all + source.all) / 2]
    sources = torch.stack([*mixes, known, *at_large], 1)
    goals = torch.stack([*targets[1:-1], targets[-1], *[style.all] * len(at_large)], 1)
    linear = transport(sources, goals)  # (B, 8, 3, 4)
    identity = torch.eye(3, 4, device=linear.device).expand(len(linear), 1, 3, 4)
    gray = _gray_transport(mixes[1], style.all)[:, None]
    return torch.cat([identity, linear[:, :5], gray, linear[:, 5:]], 1)


@torch.no_grad()
def channel_curves(style: SetMoments, source: SetMoments, content: SetMoments, people: SetMoments) -> Tensor:
    """Compute curves of red, green and blue from several estimates of the untouched people to the style, by quantiles.

    Args:
        style, source, content, people: as `transports` takes them.

    Returns:
        (B, NUM_CURVES, 3, NUM_BINS + 1): sRGB-encoded results at evenly spaced values from 0 to 1.
    """
    before, within = source.histograms, content.histograms
    mixes = [(1 - share) * before + share * within for share in CURVE_SHARES]
    quantiles = _cumulative(torch.stack([*mixes, people.histograms], 1)).clamp(CURVE_ENDS, 1 - CURVE_ENDS)
    goal = _cumulative(style.histograms)[:, None].expand_as(quantiles).contiguous()
    bin_ = (torch.searchsorted(goal, quantiles.contiguous(), right=True) - 1).clamp(0, NUM_BINS - 1)
    low, high = goal.gather(-1, bin_), goal.gather(-1, bin_ + 1)
    return (bin_ + (quantiles - low) / (high - low)) / NUM_BINS


def curved(curves: Tensor, colors: Tensor) -> Tensor:
    """Give curves (B, K, 3, NUM_BINS + 1) to sRGB-encoded colors (B, Q, 3): (B, Q, K, 3)."""
    at = colors.mT.clamp(0, 1) * NUM_BINS  # (B, 3, Q)
    below = at.long().clamp(max=NUM_BINS - 1)
    part, index = (at - below)[:, None], below[:, None].expand(-1, curves.shape[1], -1, -1)
    found = curves.gather(-1, index) * (1 - part) + curves.gather(-1, index + 1) * part  # (B, K, 3, Q)
    return found.permute(0, 3, 1, 2)


def _cumulative(histograms: Tensor) -> Tensor:
    """(..., NUM_BINS) to (..., NUM_BINS + 1), from 0 to 1 and nowhere level."""
    floored = (histograms + HISTOGRAM_FLOOR / NUM_BINS) / (1 + HISTOGRAM_FLOOR)
    return torch.cat([torch.zeros_like(floored[..., :1]), floored.cumsum(-1)], -1)


def transport(source: Tensor, target: Tensor) -> Tensor:
    """(..., 13) moments to (..., 3, 4) maps."""
    floor = COVARIANCE_FLOOR * torch.eye(3, device=source.device)
    root, inverse = _roots(covariance_of(source) + floor)
    matrix = inverse @ _roots(root @ (covariance_of(target) + floor) @ root)[0] @ inverse
    offset = target[..., 1:4, None] - matrix @ source[..., 1:4, None]
    return torch.cat([matrix, offset], -1)


def _gray_transport(source: Tensor, target: Tensor) -> Tensor:
    """Transport the lightness alone, with the mean color of the target: (B, 3, 4)."""
    variance = [covariance_of(moments)[:, 0, 0] + COVARIANCE_FLOOR for moments in (target, source)]
    gain = (variance[0] / variance[1]).sqrt()
    found = source.new_zeros(len(source), 3, 4)
    found[:, 0, 0] = gain
    found[:, :, 3] = target[:, 1:4]
    found[:, 0, 3] = target[:, 1] - gain * source[:, 1]
    return found


def covariance_of(moments: Tensor) -> Tensor:
    """(..., 3, 3) of moments (..., 13)."""
    mean = moments[..., 1:4]
    return moments[..., 4:].unflatten(-1, (3, 3)) - mean[..., :, None] * mean[..., None, :]


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp(min=1e-6)
    return (vectors * values.sqrt()[..., None, :]) @ vectors.mT, (vectors * values.rsqrt()[..., None, :]) @ vectors.mT
