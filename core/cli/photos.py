"""The commands of photos: apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from ..batch.request import SERIES_KINDS, BatchRequest
from ..imaging.limits import MAX_STRENGTH
from ..languages import for_terminal
from ..styles.controls import DEVICES, MAX_GRAIN_FACTOR, MAX_VARIATION, REGION_CHOICES, Controls
from .library import Overwrite, StyleOption

photos = typer.Typer()
_DEFAULTS = Controls()
_Settings = TypeVar("_Settings")


class _Apply(TyperCommand):
    """`--series` may stand alone, which typer has no word for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give `--series` its value."""
        given = [*args, ""]
        for place, word in enumerate(args):
            if word == "--series" and given[place + 1] not in SERIES_KINDS:
                given[place] = f"--series={SERIES_KINDS[0]}"
        return super().parse_args(ctx, given[:-1])


@photos.command(cls=_Apply)
def apply(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTO...", help="Photos to restyle, or folders, searched at any depth.")
    ],
    style: StyleOption,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A file, or a folder, which gets the tree. Without it: beside each photo."),
    ] = None,
    strength: Annotated[
        float, typer.Option(min=0, max=MAX_STRENGTH, help="0 leaves the photo as it is, 1 is the style.")
    ] = _DEFAULTS.strength,
    variation: Annotated[
        int, typer.Option(min=0, max=MAX_VARIATION, help="Another print of the same style; 0 is the style's own.")
    ] = _DEFAULTS.variation,
    series: Annotated[
        str | None,
        typer.Option(
            metavar="[all|folder|burst]",
            help="One look for all photos of this call, so that they match; or for those of a folder, or of a burst.",
        ),
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="A gray picture: white is restyled, black stays.")] = None,
    region: Annotated[
        str, typer.Option(help=f"What is restyled: {', '.join(REGION_CHOICES)}; a mask holds too.")
    ] = _DEFAULTS.region,
    protect_skin: Annotated[
        float, typer.Option(min=0, max=1, help="1 holds skin to the style's tones and a person's lightness.")
    ] = _DEFAULTS.protect_skin,
    grain: Annotated[
        float, typer.Option(min=0, max=MAX_GRAIN_FACTOR, help="Of the style's grain; 0 is none, 1 its own.")
    ] = _DEFAULTS.grain,
    even: Annotated[
        bool, typer.Option("--even", help="First bring each photo to the exposure and white balance expected.")
    ] = _DEFAULTS.even,
    compare: Annotated[bool, typer.Option("--compare", help="Also write before and after side by side.")] = False,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG and WebP; else the photo's own.")] = None,
    rgb: Annotated[bool, typer.Option("--rgb", help="A gray photo becomes a color photo.")] = _DEFAULTS.rgb,
    device: Annotated[str, typer.Option(help=f"Where to compute: {', '.join(DEVICES)}.")] = _DEFAULTS.device,
    include: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Of folders, only these photos: '*.tif'. Repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Of folders, not these photos or subfolders.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            show_default="{stem}; beside photos {stem}.{style}",
            help="Of each result; also {folder} and {number}. A suffix at its end is the format of all.",
        ),
    ] = None,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave photos alone whose result exists, whatever made it.")
    ] = False,
    overwrite: Overwrite = False,
    workers: Annotated[
        int | None, typer.Option(min=1, show_default="one a core", help="Photos that are done side by side.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a line of JSON for each photo.")] = False,
) -> None:
    """Give a style to photos, at full size and depth. The same command goes on where one was stopped."""
    from ..batch.running import Pace
    from .commands.apply import ApplyOptions, run_apply

    controls = _checked(
        Controls,
        strength=strength,
        variation=variation,
        series=series is not None,
        rgb=rgb,
        device=device,
        region=region,
        protect_skin=protect_skin,
        grain=grain,
        even=even,
    )
    request = _checked(
        BatchRequest,
        photos=tuple(photos),
        output=output,
        controls=controls,
        mask=mask,
        compare=compare,
        quality=quality,
        overwrite=overwrite,
        skip_existing=skip_existing,
        name=name,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        series=series or SERIES_KINDS[0],
    )
    raise typer.Exit(run_apply(request, style, ApplyOptions(Pace(workers), is_dry=dry_run, as_json=as_json)))


def _checked(kind: Callable[..., _Settings], **values: Any) -> _Settings:
    """Make settings of a kind; a ValueError becomes a usage error."""
    try:
        return kind(**values)
    except ValueError as error:
        raise typer.BadParameter(for_terminal(error)) from error
