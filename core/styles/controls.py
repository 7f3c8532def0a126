"""The controls of all programs, with names, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ..imaging.limits import MAX_STRENGTH

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
            raise ValueError(f"strength must be in [0, {MAX_STRENGTH}], got {self.strength}")
        if not 0 <= self.variation <= MAX_VARIATION:
            raise ValueError(f"variation must be in [0, {MAX_VARIATION}], got {self.variation}")
        if self.device not in DEVICES:
            raise ValueError(f"device must be one of {DEVICES}, got {self.device!r}")
