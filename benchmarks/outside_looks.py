"""Looks outside of the training family, by code: none is a curve, mix, hue rotation or tint of `random_looks`.

Each is a function of color alone: sRGB-encoded (..., 3) float32 in [0, 1] in and out. Each function
says what is outside of the family. They are for reporting only: do not train or select on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.color.srgb import REC709_LUMA

Transform = Callable[[np.ndarray], np.ndarray]

_LUMA = np.array(REC709_LUMA, np.float32)
_NIGHT_EYE = np.array([0.05, 0.55, 0.40], np.float32)  # sensitivity of the rods: next to none for red
_SKIN_HUE, _SKY_HUE = 45.0, 255.0  # degrees in CIE Lab
_HUE_WIDTH, _HUE_EDGE = 38.0, 16.0  # degrees to each side that stay; degrees over which color fades
_NUM_TONES = 5


@dataclass(frozen=True)
class OutsideLook:
    """A look whose answer is known.

    Attributes:
        name: what it is called in tables.
        is_gray: whether it makes black-and-white prints.
        transform: the function of color.
    """

    name: str
    is_gray: bool
    transform: Transform

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Apply the look to (..., 3) sRGB-encoded colors in [0, 1]; float32 in [0, 1]."""
        return np.clip(self.transform(pixels.astype(np.float32)), 0, 1).astype(np.float32)


def keep_hue(colors: np.ndarray, center: float) -> np.ndarray:
    """Keep one range of hues, and make all others gray: chroma has an edge along the hue.

    Args:
        colors: (..., 3).
        center: the middle of the range, degrees of CIE Lab hue.
    """
    lab = srgb_to_lab(colors)
    degrees = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    away = np.abs((degrees - center + 180) % 360 - 180)
    lab[..., 1:] *= (1 - _smooth(away, _HUE_WIDTH, _HUE_WIDTH + _HUE_EDGE))[..., None]
    return lab_to_srgb(lab)


def bleach_bypass(colors: np.ndarray) -> np.ndarray:
    """Leave the silver in: the photo under its own gray image in overlay, so that chroma hangs on the tone."""
    gray = _gray(colors)
    overlaid = np.where(gray < 0.5, 2 * colors * gray, 1 - 2 * (1 - colors) * (1 - gray))
    muted = 0.55 * overlaid + 0.45 * _gray(overlaid)
    return 0.02 + 0.96 * muted


def sabattier(colors: np.ndarray) -> np.ndarray:
    """Expose again while developing (Sabattier): tones turn back above the middle, colors stay; not monotone."""
    gray = _gray(colors)
    return colors + _turned_back(gray, peak=0.62, depth=0.42) - gray


def sabattier_gray(colors: np.ndarray) -> np.ndarray:
    """The same of a black-and-white print."""
    return _turned_back(np.repeat(_gray(colors), 3, -1), peak=0.68, depth=0.5)


def duotone(colors: np.ndarray) -> np.ndarray:
    """Print the gray image with two inks: every color lies on the line from navy to cream."""
    tone = _contrast(_gray(colors), 1.15)
    return _between(tone, [(0.0, (0.07, 0.09, 0.30)), (1.0, (1.00, 0.93, 0.76))])


def three_color_map(colors: np.ndarray) -> np.ndarray:
    """Map tones to three colors (a gradient map): violet, coral, pale yellow."""
    stops = [(0.0, (0.13, 0.03, 0.28)), (0.45, (0.85, 0.33, 0.35)), (1.0, (1.00, 0.95, 0.66))]
    return _between(_gray(colors), stops)


def cross_process(colors: np.ndarray) -> np.ndarray:
    """Develop slide film as negative film, too long: red and green steep, blue flat, hues twisted by tone."""
    red, green, blue = np.moveaxis(colors, -1, 0)
    bent = [_sigmoid(red, 9.0, 0.42), _sigmoid(green, 7.0, 0.45), 0.22 + 0.48 * blue]
    lab = srgb_to_lab(np.stack(bent, -1))
    angle = np.radians(28.0) * (lab[..., 0] / 50 - 1)  # against each other in shadows and highlights
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = lab[..., 1], lab[..., 2]
    return lab_to_srgb(np.stack([lab[..., 0], a * cos - b * sin, a * sin + b * cos], -1))


def day_for_night(colors: np.ndarray) -> np.ndarray:
    """Make night of day: two stops darker, red goes dark, only what is bright keeps color, all else turns blue."""
    rods = (colors @ _NIGHT_EYE)[..., None]
    night = rods**1.6 * np.array([0.30, 0.42, 0.62], np.float32)
    lamp = _smooth(_gray(colors), 0.70, 0.98)
    return night * (1 - lamp) + (0.35 * night + 0.50 * colors) * lamp


def infrared(colors: np.ndarray) -> np.ndarray:
    """Swap red and blue as false-color infra-red film is printed; what is green glows."""
    red, green, blue = np.moveaxis(colors, -1, 0)
    glow = np.clip(green - np.maximum(red, blue), 0, 1)
    return np.stack([blue + 1.5 * glow, 0.85 * green + 0.10 * red, red + 0.3 * glow], -1)


def posterized(colors: np.ndarray) -> np.ndarray:
    """Draw tones together to five, softly: L* is a staircase; colors are louder."""
    lab = srgb_to_lab(colors)
    tone = lab[..., 0] / 100 * _NUM_TONES
    below = np.floor(tone)
    lab[..., 0] = 100 * (below + _smooth(tone - below, 0.25, 0.75)) / _NUM_TONES
    lab[..., 1:] *= 1.3
    return lab_to_srgb(lab)


def two_strip(colors: np.ndarray) -> np.ndarray:
    """Photograph on two strips (Technicolor, 1922): red and one blue-green record, so that yellow and blue are lost."""
    red, green, blue = np.moveaxis(colors, -1, 0)
    record = 0.65 * green + 0.35 * blue
    return np.stack([0.04 + 0.96 * _contrast(red, 1.2), 0.9 * record + 0.1 * red, 0.05 + 0.85 * record], -1)


def _keep_skin(colors: np.ndarray) -> np.ndarray:
    return keep_hue(colors, _SKIN_HUE)


def _keep_sky(colors: np.ndarray) -> np.ndarray:
    return keep_hue(colors, _SKY_HUE)


OUTSIDE_LOOKS: tuple[OutsideLook, ...] = (
    OutsideLook("hue-selective, skin kept", False, _keep_skin),
    OutsideLook("hue-selective, blue kept", False, _keep_sky),
    OutsideLook("bleach bypass", False, bleach_bypass),
    OutsideLook("solarised", False, sabattier),
    OutsideLook("duotone", False, duotone),
    OutsideLook("gradient map, three colors", False, three_color_map),
    OutsideLook("cross process, strong", False, cross_process),
    OutsideLook("day for night", False, day_for_night),
    OutsideLook("infra-red swap", False, infrared),
    OutsideLook("posterised softly", False, posterized),
    OutsideLook("two-strip", False, two_strip),
    OutsideLook("solarised, black-and-white", True, sabattier_gray),
)


def _gray(colors: np.ndarray) -> np.ndarray:
    """(..., 1) luma."""
    return (colors @ _LUMA)[..., None]


def _smooth(values: np.ndarray, low: float, high: float) -> np.ndarray:
    part = np.clip((values - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)


def _contrast(values: np.ndarray, slope: float) -> np.ndarray:
    return np.clip(0.5 + slope * (values - 0.5), 0, 1)


def _sigmoid(values: np.ndarray, slope: float, middle: float) -> np.ndarray:
    """A steep curve through 0 and 1."""
    low, high = (1 / (1 + np.exp(-slope * (end - middle))) for end in (0.0, 1.0))
    return (1 / (1 + np.exp(-slope * (values - middle))) - low) / (high - low)


def _turned_back(values: np.ndarray, *, peak: float, depth: float) -> np.ndarray:
    """Rise to 0.92 at `peak`, then fall by `depth` until 1."""
    rise = 0.92 * np.sin(np.pi / 2 * np.minimum(values / peak, 1))
    return rise - depth * _smooth(values, peak, 1.0)


def _between(tone: np.ndarray, stops: list[tuple[float, tuple[float, float, float]]]) -> np.ndarray:
    """(..., 1) tones as colors, by straight lines between stops of (tone, color)."""
    places, colors = [place for place, _ in stops], np.array([color for _, color in stops])
    channels = [np.interp(tone[..., 0], places, colors[:, channel]) for channel in range(3)]
    return np.stack(channels, -1)
