"""Color grading: white balance, mixing, saturation, hue bands, tints; functions over sRGB-encoded colors (..., 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...color.oklab import oklab_to_srgb, srgb_to_oklab
from ...color.srgb import fit_gamut, linear_to_srgb, luma_of, srgb_to_linear
from .tone_curve import expose

SKIN_HUE = 52.0  # degrees in Oklab; people of every complexion lie within about 20 degrees of it
MOST_CHROMA = 0.22  # Oklab chroma at which gains level off, about the purest yellow of sRGB

# Black-and-white mixes: sensitivity of the emulsion to red, green and blue light.
PANCHROMATIC = (0.30, 0.50, 0.20)
ORTHOCHROMATIC = (0.08, 0.52, 0.40)
YELLOW_FILTER = (0.40, 0.52, 0.08)


@dataclass(frozen=True)
class Tint:
    """A faint color. Hue in Oklab degrees (30 red, 60 orange, 95 yellow, 145 green, 200 cyan, 260 blue, 330 pink).

    Attributes:
        hue: degrees.
        strength: Oklab chroma; 0.01 is hardly visible, 0.05 clearly.
    """

    hue: float = 0.0
    strength: float = 0.0


@dataclass(frozen=True)
class SplitTone:
    """Tints by tone, interpolated between tones. The defaults change nothing."""

    shadows: Tint = Tint()
    midtones: Tint = Tint()
    highlights: Tint = Tint()


# Toning baths of silver prints.
SELENIUM = SplitTone(Tint(345, 0.03), Tint(335, 0.01), Tint(70, 0.002))
SEPIA = SplitTone(Tint(55, 0.034), Tint(66, 0.052), Tint(82, 0.044))
PLATINUM = SplitTone(Tint(62, 0.014), Tint(70, 0.021), Tint(82, 0.02))


@dataclass(frozen=True)
class Saturation:
    """Factors of chroma by tone; 1 changes nothing, 0 removes all color. The defaults change nothing."""

    overall: float = 1.0
    shadows: float = 1.0
    midtones: float = 1.0
    highlights: float = 1.0


@dataclass(frozen=True)
class HueBand:
    """A change to the colors around one hue.

    Attributes:
        hue: center of the band, Oklab degrees as in `Tint`.
        width: degrees from the center to the end of the band, up to 180, with a smooth falloff.
        turn: rotation of the hues in degrees, from red toward yellow.
        saturation: factor of the chroma.
        lightness: exposure of the band in stops; grays do not change.
    """

    hue: float
    width: float = 60.0
    turn: float = 0.0
    saturation: float = 1.0
    lightness: float = 0.0


def balance_white(colors: np.ndarray, warmth: float, tint: float) -> np.ndarray:
    """Warm or cool the middle tones; black and white stay neutral, and no channel clips.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        warmth: stops of red over blue; negative cools.
        tint: stops of magenta over green.
    """
    if not (warmth or tint):
        return colors
    stops = np.array([warmth / 2 + tint / 3, -2 * tint / 3, -warmth / 2 + tint / 3], np.float32)
    return linear_to_srgb(expose(srgb_to_linear(colors), stops - luma_of(stops)))


def mix_channels(colors: np.ndarray, mixer: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Mix the channels in linear light.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        mixer: rows (new red, green, blue) of weights of the old ones; rows that sum to 1 keep grays gray.

    Returns:
        The same shape, fitted into [0, 1].
    """
    weights = np.array(mixer, np.float32)
    return fit_gamut(linear_to_srgb(srgb_to_linear(colors) @ weights.T))


def to_black_and_white(colors: np.ndarray, weights: tuple[float, float, float]) -> np.ndarray:
    """Convert to black-and-white like an emulsion: a weighted sum of linear light, in all three channels.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        weights: of red, green and blue light, not negative; normalized to sum 1.
    """
    seen = np.array(weights, np.float32)
    gray = (srgb_to_linear(colors) * (seen / seen.sum())).sum(-1, keepdims=True)
    return np.broadcast_to(linear_to_srgb(gray).clip(0, 1), colors.shape)


def saturate(lab: np.ndarray, saturation: Saturation) -> np.ndarray:
    """Scale the chroma of Oklab colors by tone; gains level off toward the purest colors.

    Args:
        lab: (..., 3) Oklab.
        saturation: factors by tone.
    """
    by_tone = (saturation.shadows, saturation.midtones, saturation.highlights)
    gain = saturation.overall * (tone_weights(lab[..., 0]) @ np.array(by_tone, np.float32))[..., None]
    limit = 1 + np.maximum(gain - 1, 0) * np.minimum(_chroma(lab) / MOST_CHROMA, 1)
    return np.concatenate([lab[..., :1], lab[..., 1:] * (gain / limit)], -1)


def grade_band(lab: np.ndarray, band: HueBand) -> np.ndarray:
    """Change hue, chroma and lightness of the Oklab colors of one hue band."""
    chroma = _chroma(lab)
    weight = _hue_weight(lab, band.hue, band.width)
    gain = 1 + weight * (band.saturation - 1)
    gain = gain / (1 + np.maximum(gain - 1, 0) * np.minimum(chroma / MOST_CHROMA, 1))
    turned = _turn(lab[..., 1:], weight * math.radians(band.turn))
    colored = weight * chroma / (chroma + 0.05)
    lightness = lab[..., :1] * np.exp2(band.lightness / 3 * colored)  # Oklab lightness is a cube root
    return np.concatenate([lightness, turned * gain], -1)


def add_tints(lab: np.ndarray, tints: SplitTone) -> np.ndarray:
    """Tint shadows, middle tones and highlights of Oklab colors; pure black and white stay pure."""
    plane = [[t.strength * math.cos(math.radians(t.hue)), t.strength * math.sin(math.radians(t.hue))]
             for t in (tints.shadows, tints.midtones, tints.highlights)]  # fmt: skip
    lightness = lab[..., 0].clip(0, 1)
    ends = (1 - lightness**24) * (1 - (1 - lightness) ** 24)
    added = ends[..., None] * (tone_weights(lightness) @ np.array(plane, np.float32))
    return np.concatenate([lab[..., :1], lab[..., 1:] + added], -1)


def skin_weight(lab: np.ndarray) -> np.ndarray:
    """Return the similarity of Oklab colors to skin: (..., 1) in [0, 1], smooth, 0 for grays.

    Chroma is relative to lightness, so that the shaded side of a dark face counts as skin too.
    """
    purity = _chroma(lab) / np.maximum(lab[..., :1], 0.15)
    colored = ((purity - 0.015) / 0.055).clip(0, 1)
    return _hue_weight(lab, SKIN_HUE, 55) * colored * colored * (3 - 2 * colored)


def tone_weights(lightness: np.ndarray) -> np.ndarray:
    """Return the weights of shadow, middle tone and highlight for each lightness.

    Args:
        lightness: (...), clamped to [0, 1].

    Returns:
        (..., 3), summing to 1: the quadratic Bernstein polynomials.
    """
    light = lightness.clip(0, 1)
    return np.stack([(1 - light) ** 2, 2 * light * (1 - light), light**2], -1)


def grade_lab(
    colors: np.ndarray, saturation: Saturation, bands: tuple[HueBand, ...], tints: SplitTone, skin: float
) -> np.ndarray:
    """Saturate, grade hue bands and tint, in Oklab.

    Args:
        colors: (..., 3) sRGB-encoded.
        saturation: factors by tone.
        bands: hue bands, one after the other.
        tints: split toning, applied last.
        skin: 0 to 1, protection of skin colors from all of this.

    Returns:
        The same shape, fitted into [0, 1].
    """
    lab = before = srgb_to_oklab(colors)
    if saturation != Saturation():
        lab = saturate(lab, saturation)
    for band in bands:
        lab = grade_band(lab, band)
    if tints != SplitTone():
        lab = add_tints(lab, tints)
    if skin:
        kept = skin * skin_weight(before)
        plane = lab[..., 1:] + kept * (before[..., 1:] - lab[..., 1:])
        lab = np.concatenate([lab[..., :1], plane], -1)
    return fit_gamut(oklab_to_srgb(lab))


def _hue_weight(lab: np.ndarray, hue: float, width: float) -> np.ndarray:
    """A raised cosine around a hue, (..., 1)."""
    angle = np.rad2deg(np.arctan2(lab[..., 2:], lab[..., 1:2]))
    away = np.abs((angle - hue + 180) % 360 - 180)
    return 0.5 + 0.5 * np.cos(math.pi * np.minimum(away / width, 1))


def _chroma(lab: np.ndarray) -> np.ndarray:
    """(..., 1): how far from gray."""
    return np.linalg.norm(lab[..., 1:], axis=-1, keepdims=True)


def _turn(plane: np.ndarray, angle: np.ndarray) -> np.ndarray:
    a, b = plane[..., :1], plane[..., 1:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)], -1)
