"""Options that the commands of photos share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..imaging.limits import MAX_STRENGTH
from ..styles.controls import DEVICES, MAX_GRAIN_FACTOR, MAX_VARIATION, REGION_CHOICES

Strength = Annotated[float, typer.Option(min=0, max=MAX_STRENGTH, help="0 leaves the photo as it is, 1 is the style.")]
Variation = Annotated[
    int, typer.Option(min=0, max=MAX_VARIATION, help="Another print of the same style; 0 is the style's own.")
]
Mask = Annotated[Path | None, typer.Option(help="A gray picture: white is restyled, black stays.")]
Region = Annotated[str, typer.Option(help=f"What is restyled: {', '.join(REGION_CHOICES)}; a mask holds too.")]
ProtectSkin = Annotated[
    float, typer.Option(min=0, max=1, help="1 holds skin to the style's tones and a person's lightness.")
]
Grain = Annotated[float, typer.Option(min=0, max=MAX_GRAIN_FACTOR, help="Of the style's grain; 0 is none, 1 its own.")]
Even = Annotated[
    bool, typer.Option("--even", help="First bring each photo to the exposure and white balance expected.")
]
Compare = Annotated[bool, typer.Option("--compare", help="Also write before and after side by side.")]
Quality = Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG and WebP; else the photo's own.")]
Sidecar = Annotated[bool, typer.Option("--sidecar", help="Also write what was done beside each result, as .xmp.")]
Stamp = Annotated[bool, typer.Option("--stamp", help="Write style and strength into each result, as XMP.")]
Rgb = Annotated[bool, typer.Option("--rgb", help="A gray photo becomes a color photo.")]
Device = Annotated[str, typer.Option(help=f"Where to compute: {', '.join(DEVICES)}.")]
Include = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Of folders, only these photos: '*.tif'. Repeatable.")
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Of folders, not these photos or subfolders.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, show_default="one a core, and one more", help="Photos that are done side by side.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: a line of JSON for each photo.")]
SkipExisting = Annotated[
    bool, typer.Option("--skip-existing", help="Leave photos alone whose result exists, whatever made it.")
]
