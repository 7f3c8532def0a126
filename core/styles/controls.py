"""The controls of all programs, with names, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ..imaging.limits import MAX_STRENGTH
from ..texts import Text

MAX_VARIATION = 2**31 - 1
MAX_GRAIN_FACTOR = 2.0
DEVICES = ("auto", "cpu", "cuda", "mps")
REGION_CHOICES = ("whole", "subject", "ground", "skin")


@dataclass(frozen=True)
class Controls:
    """How a style is applied.

    Attributes:
        strength: 0 is the unchanged photo, 1 the style; up to 1.5 exaggerates it.
        variation: 0 is the style itself; other seeds give deterministic variations.
        series: whether all photos of a call get one look, so that they match; else each gets its own.
        rgb: whether a gray photo becomes a color photo.
        device: of the renderer: `auto`, `cpu`, `cuda` or `mps`; `auto` uses a GPU only if torch is imported already.
        region: what gets the style: `whole` photo, `subject`, `ground` (all but the subject) or `skin`.
        protect_skin: 0 leaves skin to the look; 1 holds it to tones that are believable in the style, and a person's
            lightness to what it was beside others, for all complexions alike.
        grain: factor of the look's grain; 0 for none, up to 2.
        even: whether each photo is first brought to the exposure and white balance that the style expects.
    """

    strength: float = 1.0
    variation: int = 0
    series: bool = False
    rgb: bool = False
    device: str = "auto"
    region: str = "whole"
    protect_skin: float = 0.0
    grain: float = 1.0
    even: bool = False

    def __post_init__(self) -> None:
        _check_range("strength", self.strength, MAX_STRENGTH)
        _check_range("variation", self.variation, MAX_VARIATION)
        _check_range("protect_skin", self.protect_skin, 1)
        _check_range("grain", self.grain, MAX_GRAIN_FACTOR)
        _check_choice("device", self.device, DEVICES)
        _check_choice("region", self.region, REGION_CHOICES)


def _check_range(name: str, value: float, most: float) -> None:
    if not 0 <= value <= most:
        raise ValueError(Text("{name} must be in [0, {most}], got {value}", name=name, most=most, value=value))


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            Text("{name} must be one of {choices}, got {value!r}", name=name, choices=choices, value=value)
        )
