"""Light placed in the picture: pools, burnt edges, light from a side; baked into the bilateral grid of a look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from ..imaging.look import GRID_SIZE, NUM_TONES, REC709_LUMA, grid_shape

Shape = Literal["pool", "surround", "side"]
_ENCODING_GAMMA = 2.2  # a stop of light is 2 ** (1 / 2.2) in encoded values


@dataclass(frozen=True)
class Light:
    """Light or shade on a part of the picture, as an enlarger or a lamp gives it.

    Brightening spares black and white; darkening scales every tone alike. Places are fractions of the picture.

    Attributes:
        shape: "pool" is full at the center and fades outward; "surround" is nothing at the center and full from
            `size` on; "side" grows across the picture toward `angle`, from nothing at the far edge to full at the near
            one.
        stops: light given where the shape is full; negative burns down.
        center: (x, y) of a pool or surround.
        size: (width, height) radius of a pool (where it has fallen to 0.6) or surround (where it is full).
        softness: 0 to 1; how much of a surround's radius the fall-off takes, or of the picture a side's takes.
        angle: where a side's light comes from: 0 right, 90 top, 180 left.
        warmth: stops by which red gains on blue where the shape is full.
        saturation: added to the factor on purity where the shape is full; -0.3 mutes by 30 %.
        tones: how much of all this (shadows, middle tones, highlights) take.
    """

    shape: Shape
    stops: float = 0.0
    center: tuple[float, float] = (0.5, 0.45)
    size: tuple[float, float] = (0.35, 0.35)
    softness: float = 1.0
    angle: float = 180.0
    warmth: float = 0.0
    saturation: float = 0.0
    tones: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise ValueError(f"shape must be one of {', '.join(get_args(Shape))}, got {self.shape!r}")
        if min(self.size) <= 0 or not 0 < self.softness <= 1:
            raise ValueError(f"size must be positive and softness in (0, 1], got {self.size}, {self.softness}")


def light_field(light: Light) -> Tensor:
    """How full a light's shape is at each cell.

    Returns:
        (16, 16) float32, indexed [y, x], in [0, 1].
    """
    places = (torch.arange(GRID_SIZE) + 0.5) / GRID_SIZE
    y, x = torch.meshgrid(places, places, indexing="ij")
    if light.shape == "side":
        angle = math.radians(light.angle)
        across = (x - 0.5) * math.cos(angle) - (y - 0.5) * math.sin(angle)
        return _smooth_step(0.5 + across / light.softness)
    radius = torch.hypot((x - light.center[0]) / light.size[0], (y - light.center[1]) / light.size[1])
    if light.shape == "pool":
        return torch.exp(-0.5 * radius**2)
    return _smooth_step((radius - (1 - light.softness)) / light.softness)


def grid_of(lights: tuple[Light, ...]) -> Tensor:
    """Bake lights into a grid of affine residuals; lights add up in stops.

    Args:
        lights: any number; none gives zeros.

    Returns:
        (16, 16, 8, 3, 4) float32.
    """
    grid = torch.zeros(grid_shape())
    if not lights:
        return grid
    tones = torch.linspace(0, 1, NUM_TONES)
    shares = torch.stack([(1 - tones) ** 2, 2 * tones * (1 - tones), tones**2], -1)  # (8, 3)
    brighter, darker = torch.zeros(2, GRID_SIZE, GRID_SIZE, NUM_TONES, 3)
    purity = torch.ones(GRID_SIZE, GRID_SIZE, NUM_TONES)
    for light in lights:
        amount = light_field(light)[..., None] * (shares @ torch.tensor(light.tones))  # (16, 16, 8)
        stops = torch.tensor([light.stops + light.warmth / 2, light.stops, light.stops - light.warmth / 2])
        brighter = brighter + amount[..., None] * stops.clamp(min=0)
        darker = darker + amount[..., None] * stops.clamp(max=0)
        purity = purity + amount * light.saturation
    gain = _brightening(brighter, tones) * (darker / _ENCODING_GAMMA).exp2()
    eye, luma = torch.eye(3), torch.tensor(REC709_LUMA).expand(3, 3)
    faded = luma + purity.clamp(min=0)[..., None, None] * (eye - luma)  # (16, 16, 8, out, in)
    grid[..., :3] = gain[..., None] * faded - eye
    return grid


def grid_of_stops(stops: Tensor) -> Tensor:
    """Bake light without color into grids: stops (B, 16, 16) to residuals (B, 16, 16, 8, 3, 4)."""
    tones = torch.linspace(0, 1, NUM_TONES, device=stops.device)
    brighter = stops.clamp(min=0)[..., None, None].expand(-1, -1, -1, NUM_TONES, 3)
    gain = _brightening(brighter, tones) * (stops.clamp(max=0) / _ENCODING_GAMMA).exp2()[..., None, None]
    matrix = (gain - 1)[..., None] * torch.eye(3, device=stops.device)
    return torch.cat([matrix, torch.zeros_like(matrix[..., :1])], -1)


def _brightening(stops: Tensor, tones: Tensor) -> Tensor:
    """What to multiply encoded values of each tone with, so that tone * factor maps [0, 1] onto itself.

    Kept apart from darkening, so that no edge shows where a bright and a dark light balance each other.
    """
    gain = (stops / _ENCODING_GAMMA).exp2()  # (16, 16, 8, 3)
    return gain / (1 + (gain - 1) * tones[:, None])


def _smooth_step(value: Tensor) -> Tensor:
    value = value.clamp(0, 1)
    return value**3 * (value * (6 * value - 15) + 10)
