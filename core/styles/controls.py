"""The controls of all programs, with names, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ..imaging.limits import MAX_STRENGTH
from ..texts import Text

MAX_VARIATION = 2**31 - 1
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Controls:
    """How a style is applied.

    Attributes:
        strength: 0 is the unchanged photo, 1 the style; up to 1.5 exaggerates it.
        variation: 0 is the style itself; other seeds give deterministic variations.
        series: whether all photos of a call get one look, so that they match; else each gets its own.
        rgb: whether a gray photo becomes a color photo.
        device: of the renderer: `auto`, `cpu`, `cuda` or `mps`; `auto` uses a GPU only if torch is imported already.
    """

    strength: float = 1.0
    variation: int = 0
    series: bool = False
    rgb: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= MAX_STRENGTH:
            raise ValueError(
                Text("strength must be in [0, {most}], got {value}", most=MAX_STRENGTH, value=self.strength)
            )
        if not 0 <= self.variation <= MAX_VARIATION:
            raise ValueError(
                Text("variation must be in [0, {most}], got {value}", most=MAX_VARIATION, value=self.variation)
            )
        if self.device not in DEVICES:
            raise ValueError(
                Text("device must be one of {devices}, got {device!r}", devices=DEVICES, device=self.device)
            )
