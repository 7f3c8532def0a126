"""Recipes: looks in photographic parameters, and their conversion to tables and grids."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ...color.srgb import fit_gamut
from ...imaging.rendering.look import Look, table_colors
from .grading import HueBand, Saturation, SplitTone, balance_white, grade_lab, mix_channels, to_black_and_white
from .local_light import Light, grid_of
from .tone_curve import ToneCurve, apply_tone_curve

UNMIXED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Recipe:
    """A look in photographic parameters. The defaults are exactly the identity.

    The order is: white balance, channel mixer, black and white, tone curve, saturation, hue bands, tints, which depend
    on color alone and are baked into the color table; then the lights, which depend on position and tone and are baked
    into the grid.

    Attributes:
        warmth: stops of red over blue in the middle tones; negative cools. 0.3 is clearly visible.
        tint: stops of magenta over green.
        mixer: rows (new red, green, blue) of weights on linear light; rows that sum to 1 keep grays.
        black_and_white: weights of red, green and blue light, or None for color.
        tone: the tone curve.
        saturation: factors of chroma, by tone.
        bands: changes to single hues, one after the other.
        tints: split toning, or a toning bath.
        skin: 0 to 1, protection of the hue and chroma of skin from saturation, bands and tints.
        lights: spatial light and shade.
    """

    warmth: float = 0.0
    tint: float = 0.0
    mixer: tuple[tuple[float, float, float], ...] = UNMIXED
    black_and_white: tuple[float, float, float] | None = None
    tone: ToneCurve = field(default_factory=ToneCurve)
    saturation: Saturation = field(default_factory=Saturation)
    bands: tuple[HueBand, ...] = ()
    tints: SplitTone = field(default_factory=SplitTone)
    skin: float = 0.0
    lights: tuple[Light, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.skin <= 1:
            raise ValueError(f"skin must be 0 to 1, got {self.skin}")
        if self.black_and_white is not None and min(self.black_and_white) < 0:
            raise ValueError(f"black_and_white must not be negative, got {self.black_and_white}")


@dataclass(frozen=True)
class ReadyRecipe:
    """A recipe with its texts for users.

    Attributes:
        name: of the style, lowercase with hyphens.
        title: for its card.
        description: one line.
        card: two or three sentences about its making and use.
        recipe: the look.
    """

    name: str
    title: str
    description: str
    card: str
    recipe: Recipe


def grade(colors: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Apply all parts of a recipe that depend on color alone.

    Args:
        colors: (..., 3) float32, sRGB-encoded, in [0, 1].
        recipe: to apply; its lights are not used.

    Returns:
        The same shape, in [0, 1]; `colors` itself if the recipe does not change color.
    """
    if replace(recipe, lights=(), skin=0.0) == Recipe():
        return colors
    colors = balance_white(colors, recipe.warmth, recipe.tint)
    if recipe.mixer != UNMIXED:
        colors = mix_channels(colors, recipe.mixer)
    if recipe.black_and_white is not None:
        colors = to_black_and_white(colors, recipe.black_and_white)
    colors = apply_tone_curve(colors, recipe.tone)
    if (recipe.saturation, recipe.bands, recipe.tints) == (Saturation(), (), SplitTone()):
        return fit_gamut(colors)
    return grade_lab(colors, recipe.saturation, recipe.bands, recipe.tints, recipe.skin)


def look_of(recipe: Recipe) -> Look:
    """Bake a recipe into a look: its grading at every entry of the table, its lights at every cell of the grid."""
    colors = table_colors()
    return Look(grade(colors, recipe) - colors, grid_of(recipe.lights))
