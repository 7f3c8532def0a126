"""Recipes: looks in a photographer's words, baked into the numbers that renderers use."""

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
    """A look in a photographer's words. The defaults are the identity, exactly.

    The parts work in this order: white balance, channel mixer, black and white, tone curve, saturation, hue
    bands, tints, all of which depend on color alone and go into the color table; then the lights, which depend
    on place and tone and go into the grid.

    Attributes:
        warmth: stops by which red gains on blue in the middle tones; negative cools. 0.3 is plain to see.
        tint: stops by which magenta gains on green.
        mixer: rows (new red, green, blue) of weights on linear light; rows that sum to 1 keep grays.
        black_and_white: how much red, green and blue light an emulsion sees, or None for color.
        tone: the tone curve.
        saturation: factors on purity, by tone.
        bands: changes to single hues, one after the other.
        tints: split toning, or the bath a print was toned in.
        skin: 0 to 1: how far the hue and purity of skin are kept out of saturation, bands and tints.
        lights: light and shade placed in the picture.
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
    """A recipe with what people read about it.

    Attributes:
        name: lowercase with hyphens; the style's name everywhere.
        title: as a photographer would say it.
        description: one line.
        card: two or three sentences: how it is made, for what light it suits.
        recipe: the look.
    """

    name: str
    title: str
    description: str
    card: str
    recipe: Recipe


def grade(colors: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Give colors all of a recipe that depends on color alone.

    Args:
        colors: (..., 3) float32, sRGB-encoded, in [0, 1].
        recipe: the recipe; its lights are not used.

    Returns:
        The same shape, in [0, 1]; `colors` itself where the recipe leaves color alone.
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
