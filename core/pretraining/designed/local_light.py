"""Light placed in the picture: pools, burnt edges, light from a side; baked into the bilateral grid of a look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...color.srgb import REC709_LUMA
from ...imaging.rendering.look import GRID_SIZE, NUM_TONES, grid_shape

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


def light_field(light: Light) -> np.ndarray:
    """How full a light's shape is at each cell.

    Returns:
        (16, 16) float32, indexed [y, x], in [0, 1].
    """
    places = (np.arange(GRID_SIZE, dtype=np.float32) + np.float32(0.5)) / GRID_SIZE
    y, x = np.meshgrid(places, places, indexing="ij")
    if light.shape == "side":
        angle = math.radians(light.angle)
        across = (x - 0.5) * math.cos(angle) - (y - 0.5) * math.sin(angle)
        return _smooth_step(0.5 + across / light.softness)
    radius = np.hypot((x - light.center[0]) / light.size[0], (y - light.center[1]) / light.size[1])
    if light.shape == "pool":
        return np.exp(-0.5 * radius**2)
    return _smooth_step((radius - (1 - light.softness)) / light.softness)


def grid_of(lights: tuple[Light, ...]) -> np.ndarray:
    """Bake lights into a grid of affine residuals; lights add up in stops.

    Args:
        lights: any number; none gives zeros.

    Returns:
        (16, 16, 8, 3, 4) float32.
    """
    grid = np.zeros(grid_shape(), np.float32)
    if not lights:
        return grid
    tones = _tones()
    shares = np.stack([(1 - tones) ** 2, 2 * tones * (1 - tones), tones**2], -1)  # (8, 3)
    brighter, darker = np.zeros((2, GRID_SIZE, GRID_SIZE, NUM_TONES, 3), np.float32)
    purity = np.ones((GRID_SIZE, GRID_SIZE, NUM_TONES), np.float32)
    for light in lights:
        amount = light_field(light)[..., None] * (shares @ np.array(light.tones, np.float32))  # (16, 16, 8)
        stops = np.array([light.stops + light.warmth / 2, light.stops, light.stops - light.warmth / 2], np.float32)
        brighter = brighter + amount[..., None] * np.maximum(stops, 0)
        darker = darker + amount[..., None] * np.minimum(stops, 0)
        purity = purity + amount * np.float32(light.saturation)
    gain = _brightening(brighter, tones) * np.exp2(darker / _ENCODING_GAMMA)
    eye, luma = np.eye(3, dtype=np.float32), np.array(REC709_LUMA, np.float32)
    faded = luma + np.maximum(purity, 0)[..., None, None] * (eye - luma)  # (16, 16, 8, out, in)
    grid[..., :3] = gain[..., None] * faded - eye
    return grid


def grid_of_stops(stops: np.ndarray) -> np.ndarray:
    """Bake light without color into grids.

    Args:
        stops: (..., 16, 16) float32.

    Returns:
        (..., 16, 16, 8, 3, 4) float32.
    """
    places = stops[..., None, None]  # (..., 16, 16, tone, out)
    gain = _brightening(np.maximum(places, 0), _tones()) * np.exp2(np.minimum(places, 0) / _ENCODING_GAMMA)
    grid = np.zeros((*stops.shape, NUM_TONES, 3, 4), np.float32)
    grid[..., :3] = (gain - 1)[..., None] * np.eye(3, dtype=np.float32)
    return grid


def _tones() -> np.ndarray:
    """(8,) float32: where the tones of a grid lie, 0 to 1."""
    return np.linspace(0, 1, NUM_TONES, dtype=np.float32)


def _brightening(stops: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """What to multiply encoded values of each tone with, so that tone * factor maps [0, 1] onto itself.

    Kept apart from darkening, so that no edge shows where a bright and a dark light balance each other.
    """
    gain = np.exp2(stops / _ENCODING_GAMMA)  # (16, 16, 8, 3)
    return gain / (1 + (gain - 1) * tones[:, None])


def _smooth_step(value: np.ndarray) -> np.ndarray:
    value = value.clip(0, 1)
    return value**3 * (value * (6 * value - 15) + 10)
