"""The controls that every front door offers, with one name, range and default each."""

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
        strength: 0 leaves the photo as it is, 1 is the style, up to 1.5 exaggerates it.
        variation: 0 is the style's own print; any other number gives another plausible print, always the same one.
        series: all photos of a call get one look, so that they match; else each gets the one that suits it.
        rgb: a gray photo becomes a color photo; else it stays gray.
        device: where to render: `auto`, `cpu`, `cuda` or `mps`; `auto` does not load torch for a GPU's sake.
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
