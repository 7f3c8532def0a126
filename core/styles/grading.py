"""Color grading: white balance, mixing, saturation, hue bands, tints; functions over sRGB-encoded colors (..., 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .oklab import fit_gamut, linear_to_srgb, luma_of, oklab_to_srgb, srgb_to_linear, srgb_to_oklab
from .tone_curve import expose

SKIN_HUE = 52.0  # degrees in Oklab; people of every complexion lie within about 20 degrees of it
MOST_CHROMA = 0.22  # gains on purity level off here, about the purest yellow of sRGB, in Oklab

# Black-and-white mixes: how much of the red, green and blue light the emulsion sees.
PANCHROMATIC = (0.30, 0.50, 0.20)
ORTHOCHROMATIC = (0.08, 0.52, 0.40)
YELLOW_FILTER = (0.40, 0.52, 0.08)
RED_FILTER = (0.72, 0.23, 0.05)


@dataclass(frozen=True)
class Tint:
    """A faint color. Hue in Oklab degrees (30 red, 60 orange, 95 yellow, 145 green, 200 cyan, 260 blue, 330 pink).

    Attributes:
        hue: degrees.
        strength: Oklab chroma; 0.01 is hardly seen, 0.05 plainly.
    """

    hue: float = 0.0
    strength: float = 0.0


@dataclass(frozen=True)
class SplitTone:
    """Tints by tone, each fading into the next. The defaults tint nothing."""

    shadows: Tint = Tint()
    midtones: Tint = Tint()
    highlights: Tint = Tint()


# What toning baths do to a silver print.
SELENIUM = SplitTone(Tint(345, 0.03), Tint(335, 0.01), Tint(70, 0.002))
SEPIA = SplitTone(Tint(55, 0.034), Tint(66, 0.052), Tint(82, 0.044))
GOLD = SplitTone(Tint(265, 0.020), Tint(262, 0.014), Tint(75, 0.006))
PLATINUM = SplitTone(Tint(62, 0.014), Tint(70, 0.021), Tint(82, 0.02))


@dataclass(frozen=True)
class Saturation:
    """How pure colors are, as factors: 1 leaves them, 0 takes all color. The defaults change nothing."""

    overall: float = 1.0
    shadows: float = 1.0
    midtones: float = 1.0
    highlights: float = 1.0


@dataclass(frozen=True)
class HueBand:
    """A change to the colors around one hue.

    Attributes:
        hue: the band's middle, Oklab degrees as in `Tint`.
        width: degrees from the middle to where the band ends, up to 180; it fades all the way.
        turn: degrees by which hues in the band are turned, toward yellow from red.
        saturation: factor on purity.
        lightness: stops of the band's brightness; grays do not move.
    """

    hue: float
    width: float = 60.0
    turn: float = 0.0
    saturation: float = 1.0
    lightness: float = 0.0


def balance_white(colors: Tensor, warmth: float, tint: float) -> Tensor:
    """Warm (or cool) the middle tones; black and white stay neutral, and no channel clips.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        warmth: stops by which red gains on blue; negative cools.
        tint: stops by which magenta gains on green.
    """
    if not (warmth or tint):
        return colors
    stops = colors.new_tensor([warmth / 2 + tint / 3, -2 * tint / 3, -warmth / 2 + tint / 3])
    return linear_to_srgb(expose(srgb_to_linear(colors), stops - luma_of(stops)))


def mix_channels(colors: Tensor, mixer: tuple[tuple[float, float, float], ...]) -> Tensor:
    """Mix the channels in linear light.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        mixer: rows (new red, green, blue) of weights of the old ones; rows that sum to 1 keep grays gray.

    Returns:
        The same shape, fitted into [0, 1].
    """
    weights = colors.new_tensor(mixer)
    return fit_gamut(linear_to_srgb(srgb_to_linear(colors) @ weights.mT))


def to_black_and_white(colors: Tensor, weights: tuple[float, float, float]) -> Tensor:
    """See colors as an emulsion does: a weighted sum of linear light, in all three channels.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        weights: of red, green and blue light, not negative; they are scaled to sum to 1.
    """
    seen = colors.new_tensor(weights)
    gray = (srgb_to_linear(colors) * (seen / seen.sum())).sum(-1, keepdim=True)
    return linear_to_srgb(gray).clamp(0, 1).expand_as(colors)


def saturate(lab: Tensor, saturation: Saturation) -> Tensor:
    """Scale the chroma of Oklab colors by tone; gains level off toward the purest colors.

    Args:
        lab: (..., 3) Oklab.
        saturation: the factors.
    """
    by_tone = (saturation.shadows, saturation.midtones, saturation.highlights)
    gain = saturation.overall * (tone_weights(lab[..., 0]) * lab.new_tensor(by_tone)).sum(-1, keepdim=True)
    chroma = lab[..., 1:].norm(dim=-1, keepdim=True)
    limit = 1 + (gain - 1).clamp(min=0) * (chroma / MOST_CHROMA).clamp(max=1)
    return torch.cat([lab[..., :1], lab[..., 1:] * (gain / limit)], -1)


def grade_band(lab: Tensor, band: HueBand) -> Tensor:
    """Turn, purify and lighten the Oklab colors of one hue band."""
    chroma = lab[..., 1:].norm(dim=-1, keepdim=True)
    weight = _hue_weight(lab, band.hue, band.width)
    gain = 1 + weight * (band.saturation - 1)
    gain = gain / (1 + (gain - 1).clamp(min=0) * (chroma / MOST_CHROMA).clamp(max=1))
    turned = _turn(lab[..., 1:], weight * math.radians(band.turn))
    colored = weight * chroma / (chroma + 0.05)
    lightness = lab[..., :1] * (band.lightness / 3 * colored).exp2()  # Oklab's lightness is a cube root
    return torch.cat([lightness, turned * gain], -1)


def add_tints(lab: Tensor, tints: SplitTone) -> Tensor:
    """Tint shadows, middle tones and highlights of Oklab colors; pure black and white stay pure."""
    plane = [[t.strength * math.cos(math.radians(t.hue)), t.strength * math.sin(math.radians(t.hue))]
             for t in (tints.shadows, tints.midtones, tints.highlights)]  # fmt: skip
    lightness = lab[..., 0].clamp(0, 1)
    ends = (1 - lightness**24) * (1 - (1 - lightness) ** 24)
    added = ends[..., None] * (tone_weights(lightness) @ lab.new_tensor(plane))
    return torch.cat([lab[..., :1], lab[..., 1:] + added], -1)


def skin_weight(lab: Tensor) -> Tensor:
    """How much Oklab colors look like skin: (..., 1) in [0, 1], smooth, 0 for grays.

    Purity is judged against lightness, so that the shaded side of a dark face counts as skin too.
    """
    purity = lab[..., 1:].norm(dim=-1, keepdim=True) / lab[..., :1].clamp(min=0.15)
    colored = ((purity - 0.015) / 0.055).clamp(0, 1)
    return _hue_weight(lab, SKIN_HUE, 55) * colored * colored * (3 - 2 * colored)


def tone_weights(lightness: Tensor) -> Tensor:
    """Shares of shadow, middle tone and highlight in each lightness.

    Args:
        lightness: (...), clamped to [0, 1].

    Returns:
        (..., 3), summing to 1: the quadratic Bernstein polynomials.
    """
    light = lightness.clamp(0, 1)
    return torch.stack([(1 - light) ** 2, 2 * light * (1 - light), light**2], -1)


def grade_lab(
    colors: Tensor, saturation: Saturation, bands: tuple[HueBand, ...], tints: SplitTone, skin: float
) -> Tensor:
    """Saturate, grade hue bands and tint, in Oklab.

    Args:
        colors: (..., 3) sRGB-encoded.
        saturation: factors by tone.
        bands: hue bands, one after the other.
        tints: split toning, last.
        skin: 0 to 1: how much of the color of skin is kept from all this.

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
        lab = torch.cat([lab[..., :1], lab[..., 1:].lerp(before[..., 1:], kept)], -1)
    return fit_gamut(oklab_to_srgb(lab))


def _hue_weight(lab: Tensor, hue: float, width: float) -> Tensor:
    """A raised cosine around a hue, (..., 1)."""
    angle = torch.rad2deg(torch.atan2(lab[..., 2:], lab[..., 1:2]))
    away = ((angle - hue + 180) % 360 - 180).abs()
    return 0.5 + 0.5 * torch.cos(math.pi * (away / width).clamp(max=1))


def _turn(plane: Tensor, angle: Tensor) -> Tensor:
    a, b = plane[..., :1], plane[..., 1:]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)
