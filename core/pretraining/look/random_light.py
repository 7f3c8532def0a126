"""Random spatially varying light: vignettes, light from a side, pools, subject and face."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LightNumbers:
    """Parameters of the light of B looks; every attribute is (B, k).

    Attributes:
        vignette: stops, radius, softness, center y, center x.
        side: stops, direction y, direction x.
        pool: stops, center y, center x, height, width.
        person: stops on the subject, on the face; saturation and warmth of the subject less those of the ground.
        tones: factors of the stops for shadows, middle tones and highlights.
    """

    vignette: Tensor
    side: Tensor
    pool: Tensor
    person: Tensor
    tones: Tensor

    def values(self, place: Tensor, person: Tensor) -> Tensor:
        """Evaluate the light at positions.

        Args:
            place: (B, K, 2) of y, x.
            person: (B, K, 2): subject and face, with soft edges.

        Returns:
            (B, K, 5), the input of `networks.light.apply_light`.
        """
        v, s, p, who = (part[:, None] for part in (self.vignette, self.side, self.pool, self.person))
        radius = (place - v[..., 3:5]).norm(dim=-1) / v[..., 1]
        stops = v[..., 0] * _smooth_step((radius - (1 - v[..., 2])) / v[..., 2])
        stops = stops + s[..., 0] * (_smooth_step(0.5 + ((place - 0.5) * s[..., 1:3]).sum(-1)) - 0.5)
        stops = stops + p[..., 0] * torch.exp(-0.5 * ((place - p[..., 1:3]) / p[..., 3:5]).square().sum(-1))
        stops = stops + (person * who[..., :2]).sum(-1)
        ground = 1 - person[..., :1]
        by_tone = stops[..., None] * self.tones[:, None]
        return torch.cat([by_tone, ground * who[..., 2:4]], -1)


def draw_light(count: int, chance: float) -> LightNumbers:
    """Draw the light of `count` looks, which have some with probability `chance`."""
    some = (torch.rand(count, 1) < chance).float()
    burn = torch.where(torch.rand(count, 1) < 0.85, -0.8 * torch.randn(count, 1).abs(), 0.5 * torch.rand(count, 1))
    size, softness = 0.5 + 0.4 * torch.rand(count, 1), 0.5 + 0.5 * torch.rand(count, 1)
    center = torch.tensor([0.49, 0.5]) + 0.03 * torch.randn(count, 2)
    angle = 6.2832 * torch.rand(count, 1)
    place = torch.tensor([0.45, 0.5]) + 0.06 * torch.randn(count, 2)
    wide = torch.tensor([0.2, 0.15]) + torch.tensor([0.2, 0.2]) * torch.rand(count, 2)
    lifts = torch.cat([0.4 * torch.randn(count, 1) + 0.15, 0.25 * torch.randn(count, 1)], -1) * _odds(count, 0.5)
    ground = torch.cat([0.3 * torch.randn(count, 1) - 0.1, 0.2 * torch.randn(count, 1)], -1) * _odds(count, 0.3)
    tones = 1 + 0.25 * torch.randn(count, 3) * _odds(count, 0.5)
    return LightNumbers(
        torch.cat([burn * some * _odds(count, 0.7), size, softness, center], -1),
        torch.cat([0.6 * torch.randn(count, 1) * some * _odds(count, 0.35), angle.sin(), angle.cos()], -1),
        torch.cat([(0.25 + 0.4 * torch.randn(count, 1)) * some * _odds(count, 0.25), place, wide], -1),
        torch.cat([lifts, ground], -1) * some,
        tones,
    )


def _odds(count: int, chance: float) -> Tensor:
    return (torch.rand(count, 1) < chance).float()


def _smooth_step(value: Tensor) -> Tensor:
    value = value.clamp(0, 1)
    return value**3 * (value * (6 * value - 15) + 10)
