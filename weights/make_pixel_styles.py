"""Make the ready pixel styles in `weights/styles`, each with its card, from `weights/pixel.safetensors`.

    python weights/make_pixel_styles.py

No picture goes into them: each is designed as a procedural painter, described to the pixel generator, and fitted to
what the painter does with scikit-image's astronaut (NASA, public domain).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from portrait_atelier.core.pretraining.pixel.design import design_pixel_style
from portrait_atelier.core.pretraining.pixel.painters import Engraving, Painter, Sheet, Stipple
from portrait_atelier.core.styles.cover import astronaut, with_cover
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import SUFFIX, save_style, style_hash

FOLDER = Path(__file__).resolve().parent / "styles"
CREATED = "2026-11-24"


@dataclass(frozen=True)
class Design:
    """A ready pixel style: its painter, one line that says what it does, and its card."""

    name: str
    description: str
    card: str
    painter: Painter


RED_CHALK = Design(
    name="red-chalk",
    description="A drawing in red chalk on rough cream paper: grain for tone, a firm line at the edges.",
    card=(
        "Tones become the grain of chalk that has caught on the paper's tooth; edges are drawn. Light skin stays open, "
        "dark clothes and backgrounds close up. The grain is a pixel of a picture of 1,536 pixels or less, so large "
        "photos are drawn finely; a small photo keeps only its large forms. Suits clear light and plain backgrounds."
    ),
    painter=Stipple(
        grain_size=1, spread=0.9, softness=0.5, outline=1.0, smudge=0.9, gamma=1.7,
        sheet=Sheet(ink=(0.36, 0.13, 0.08), paper=(0.96, 0.92, 0.84), grain=0.04, grain_size=2),
    ),
)  # fmt: skip
COPPER_ENGRAVING = Design(
    name="copper-engraving",
    description="Black lines on cream paper that swell in the shadows and cross in the deep ones.",
    card=(
        "Tones become lines: one set over all but the lights, a second across it in the shadows. Lines are six pixels "
        "apart on a picture of 1,536 pixels or less, so large photos are engraved finely and small ones coarsely. "
        "Suits clear light and plain backgrounds; color plays no part."
    ),
    painter=Engraving(
        period=1, angle=1, num_layers=2, softness=0.35, wobble=0.06, outline=0.8, gamma=1.5,
        sheet=Sheet(ink=(0.1, 0.08, 0.08), paper=(0.96, 0.93, 0.86)),
    ),
)  # fmt: skip
DESIGNS = (RED_CHALK, COPPER_ENGRAVING)


def designed_style(design: Design) -> Style:
    """A design as a style of kind `pixel`, with its cover."""
    # Its primaries exchanged, so that every color is met, not those of one suit and one flag alone.
    photos = [astronaut().pixels[..., list(order)] for order in permutations(range(3))]
    style = design_pixel_style(design.painter, design.name, photos)
    named = replace(style, description=design.description, words=design.card, licence="MIT", created=CREATED)
    return with_cover(named)


def card(style: Style) -> str:
    """The card of a style, in Markdown."""
    rows = {
        "kind": "pixel: designed as a painter and fitted to it; no picture went into it",
        "made by": "`python weights/make_pixel_styles.py`, for the network in `weights/pixel.safetensors`",
        "content hash": f"`{style_hash(style)[:16]}`",
        "licence": style.licence,
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return f"# {style.name}\n\n{style.description}\n\n{style.words}\n\n| | |\n|---|---|\n{table}\n"


def main() -> None:
    """Write the styles, in place of what is there."""
    for design in DESIGNS:
        style = designed_style(design)
        path = save_style(style, FOLDER / f"{style.name}{SUFFIX}", overwrite=True)
        (FOLDER / f"{style.name}.md").write_text(card(style), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
