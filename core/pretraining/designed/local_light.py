"""Spatial light of designed looks: pools, burnt edges, light from a side, baked into the bilateral grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...color.srgb import REC709_LUMA
from ...imaging.place_basis import ENCODING_GAMMA
from ...imaging.rendering.look import GRID_SIZE, NUM_TONES, grid_shape

Shape = Literal["pool", "surround", "side"]


@dataclass(frozen=True)
class Light:
    """Light or shade on a part of the picture.

    Brightening keeps black and white fixed; darkening scales all tones alike. Positions are fractions of the picture.

    Attributes:
        shape: "pool" is 1 at the center and falls off outward; "surround" is 0 at the center and 1 from `size` on;
            "side" rises across the picture toward `angle`, from 0 at the far edge to 1 at the near one.
        stops: light where the shape is 1; negative darkens.
        center: (x, y) of a pool or surround.
        size: (width, height) radius of a pool (where it is 0.6) or surround (where it is 1).
        softness: 0 to 1; width of the falloff, as a share of a surround's radius, or of the picture for a side.
        angle: direction of the light of a side in degrees: 0 right, 90 top, 180 left.
        warmth: stops of red over blue where the shape is 1.
        saturation: added to the factor of chroma where the shape is 1; -0.3 reduces it by 30 %.
        tones: factors of all this for (shadows, middle tones, highlights).
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
    """Evaluate a light's shape at each cell.

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
        lights: any number; zeros if empty.

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
    gain = _brightening(brighter, tones) * np.exp2(darker / ENCODING_GAMMA)
    eye, luma = np.eye(3, dtype=np.float32), np.array(REC709_LUMA, np.float32)
    faded = luma + np.maximum(purity, 0)[..., None, None] * (eye - luma)  # (16, 16, 8, out, in)
    grid[..., :3] = gain[..., None] * faded - eye
    return grid


def _tones() -> np.ndarray:
    """(8,) float32: the tones of a grid, 0 to 1."""
    return np.linspace(0, 1, NUM_TONES, dtype=np.float32)


def _brightening(stops: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """Return factors of encoded values of each tone, so that tone * factor maps [0, 1] onto itself.

    Separate from darkening, so that no edge is visible where a bright and a dark light cancel.
    """
    gain = np.exp2(stops / ENCODING_GAMMA)  # (16, 16, 8, 3)
    return gain / (1 + (gain - 1) * tones[:, None])


def _smooth_step(value: np.ndarray) -> np.ndarray:
    value = value.clip(0, 1)
    return value**3 * (value * (6 * value - 15) + 10)
