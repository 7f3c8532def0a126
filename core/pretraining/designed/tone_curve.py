"""The tone curve of a recipe: exposure, contrast, shadows, highlights, black and white levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...color.srgb import linear_to_srgb, luma_of, srgb_to_linear


@dataclass(frozen=True)
class ToneCurve:
    """Parameters of a tone curve. The defaults change nothing.

    Every step is monotone and smooth; black and white are fixed except for `black` and `white`.

    Attributes:
        exposure: stops of the middle tones; black and white are fixed, so nothing clips.
        contrast: slope at the pivot, 0.5 to 2.
        pivot: sRGB-encoded tone that contrast does not change.
        shadows: -0.9 (blocked) to 2 (opened).
        highlights: -2 (held back) to 0.9 (lifted), before `white`.
        black: level of black, sRGB-encoded.
        white: level of white, sRGB-encoded.
    """

    exposure: float = 0.0
    contrast: float = 1.0
    pivot: float = 0.5
    shadows: float = 0.0
    highlights: float = 0.0
    black: float = 0.0
    white: float = 1.0

    def __post_init__(self) -> None:
        if not (0.2 <= self.contrast <= 4 and 0 < self.pivot < 1):
            raise ValueError(f"contrast must be 0.2 to 4 and pivot inside (0, 1), got {self.contrast}, {self.pivot}")
        if not (-0.9 <= self.shadows <= 2 and -2 <= self.highlights <= 0.9):
            raise ValueError(
                f"shadows must be -0.9 to 2 and highlights -2 to 0.9, got {self.shadows}, {self.highlights}"
            )
        if not 0 <= self.black < self.white <= 1:
            raise ValueError(f"black and white must be 0 <= black < white <= 1, got {self.black}, {self.white}")


def expose(linear: np.ndarray, stops: np.ndarray | float) -> np.ndarray:
    """Brighten or darken linear light with fixed black and white.

    The map c -> s c / (1 + (s - 1) c), s = 2^stops, has slope s at black and 1 / s at white; opposite stops are
    inverse to each other.

    Args:
        linear: (..., 3) or any shape, in [0, 1].
        stops: a number, or an array that broadcasts to `linear`.
    """
    gain = np.exp2(np.asarray(stops, linear.dtype))
    return gain * linear / (1 + (gain - 1) * linear)


def shape_tones(tones: np.ndarray, curve: ToneCurve) -> np.ndarray:
    """Apply the curve to sRGB-encoded gray tones, without `black` and `white`.

    Args:
        tones: any shape, in [0, 1].
        curve: the curve.

    Returns:
        The same shape, in [0, 1], monotone in `tones`.
    """
    tones = tones.clip(0, 1)
    if curve.exposure:
        tones = linear_to_srgb(expose(srgb_to_linear(tones), curve.exposure)).clip(0, 1)
    if curve.contrast != 1:
        odds = (curve.pivot / (1 - curve.pivot)) ** (curve.contrast - 1)
        lower, upper = tones**curve.contrast, odds * (1 - tones) ** curve.contrast
        tones = lower / (lower + upper)
    if curve.shadows:
        tones = tones + curve.shadows * tones * (1 - tones) ** 4
    if curve.highlights:
        tones = tones + curve.highlights * tones**4 * (1 - tones)
    return tones


def apply_tone_curve(colors: np.ndarray, curve: ToneCurve) -> np.ndarray:
    """Apply a tone curve to the luminance of colors, preserving hue and chroma ratio.

    All channels of linear light are scaled alike, so skin keeps its hue; `black` and `white` are a veil over the
    encoded picture, as in a faded print.

    Args:
        colors: (..., 3) sRGB-encoded, in [0, 1].
        curve: the curve.

    Returns:
        The same shape; saturated colors may exceed 1.
    """
    if curve == ToneCurve():
        return colors
    linear = srgb_to_linear(colors)
    luminance = np.maximum(luma_of(linear), 1e-6)
    printed = srgb_to_linear(shape_tones(linear_to_srgb(luminance), curve))
    shaped = linear_to_srgb(linear * (printed / luminance))
    return curve.black + (curve.white - curve.black) * shaped
