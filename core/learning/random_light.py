"""Light placed in the picture, drawn at random: vignettes, light from a side, light on the subject."""

from __future__ import annotations

import numpy as np
import torch

from ..imaging.look import REC709_LUMA
from ..styles.local_light import Light, light_field

_ENCODING_GAMMA = 2.2  # a stop of light is 2 ** (1 / 2.2) in encoded values


def draw_lights(rng: np.random.Generator) -> tuple[Light, ...]:
    """Draw one or two lights, mostly a vignette."""
    chances = rng.random(3) < [0.7, 0.35, 0.35]
    lights = []
    if chances[0] or not chances.any():
        stops = -abs(rng.normal(0, 0.8)) if rng.random() < 0.85 else 0.5 * rng.random()
        size = rng.uniform(0.55, 0.85)
        lights.append(Light("surround", stops, (0.5, 0.48), (size, size), softness=rng.uniform(0.5, 1)))
    if chances[1]:
        lights.append(Light("side", rng.normal(0, 0.5), angle=rng.uniform(0, 360)))
    if chances[2]:
        center = (0.5 + rng.normal(0, 0.05), 0.45 + rng.normal(0, 0.05))
        lights.append(Light("pool", rng.normal(0.25, 0.4), center, (rng.uniform(0.15, 0.35), rng.uniform(0.2, 0.4))))
    return tuple(lights)


def light_stops(lights: tuple[Light, ...], size: int) -> np.ndarray:
    """How many stops of light each place gets.

    Returns:
        (size, size) float32, indexed [y, x].
    """
    if not lights:
        return np.zeros((size, size), np.float32)
    field = torch.from_numpy(np.sum([light.stops * light_field(light) for light in lights], 0))
    wide = torch.nn.functional.interpolate(field[None, None], (size, size), mode="bilinear", align_corners=False)
    return wide[0, 0].numpy()


def relight(colors: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Give light to colors: brightening spares black and white, darkening scales all tones alike.

    Args:
        colors: (..., 3) in [0, 1], sRGB-encoded.
        stops: (...) for each of them.
    """
    gain = np.exp2(np.maximum(stops, 0) / _ENCODING_GAMMA)[..., None]
    tone = colors @ np.array(REC709_LUMA, np.float32)
    lit = colors * gain / (1 + (gain - 1) * tone[..., None])
    return np.clip(lit * np.exp2(np.minimum(stops, 0) / _ENCODING_GAMMA)[..., None], 0, 1)
