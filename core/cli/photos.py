"""The commands of photos: apply, watch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ..batch.request import SERIES_KINDS, BatchRequest
from ..languages import for_terminal
from ..styles.controls import Controls
from ..texts import Text
from .library import Overwrite, StyleOption
from .options import checked
from .photo_options import (
    AsJson,
    Compare,
    Device,
    Even,
    Exclude,
    Grain,
    Include,
    Mask,
    ProtectSkin,
    Quality,
    Region,
    Rgb,
    Sidecar,
    SkipExisting,
    Stamp,
    Strength,
    Variation,
    Workers,
)

photos = typer.Typer()
_DEFAULTS = Controls()
_ENGINES = ("cores", "ray")
_ONCE = {"style": "-s", "output": "-o"}


class _OfOneStyle(TyperCommand):
    """A style and an output stand once; the last one would count without a word."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse a second style or output."""
        names = [param.name for param in self.make_parser(ctx).parse_args(list(args))[2]]
        for name, option in _ONCE.items():
            if names.count(name) > 1:
                twice = Text(
                    "{option} stands {number} times, and one run has one; run the command once for each (with --name "
                    "{example} results of several styles fit into one folder)",
                    option=option,
                    number=names.count(name),
                    example="'{stem}.{style}'",
                )
                raise typer.BadParameter(for_terminal(twice), ctx)
        return super().parse_args(ctx, args)


class _Apply(_OfOneStyle):
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
    strength: Strength = _DEFAULTS.strength,
    variation: Variation = _DEFAULTS.variation,
    series: Annotated[
        str | None,
        typer.Option(
            metavar="[all|folder|burst]",
            help="One look for all photos of this call, so that they match; or for those of a folder, or of a burst.",
        ),
    ] = None,
    mask: Mask = None,
    region: Region = _DEFAULTS.region,
    protect_skin: ProtectSkin = _DEFAULTS.protect_skin,
    grain: Grain = _DEFAULTS.grain,
    even: Even = _DEFAULTS.even,
    compare: Compare = False,
    quality: Quality = None,
    sidecar: Sidecar = False,
    stamp: Stamp = False,
    rgb: Rgb = _DEFAULTS.rgb,
    device: Device = _DEFAULTS.device,
    include: Include = None,
    exclude: Exclude = None,
    name: Annotated[
        str | None,
        typer.Option(
            show_default="{stem}; beside photos {stem}.{style}",
            help="Of each result; also {folder} and {number}. A suffix at its end is the format of all.",
        ),
    ] = None,
    skip_existing: SkipExisting = False,
    overwrite: Overwrite = False,
    workers: Workers = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    as_json: AsJson = False,
    engine: Annotated[
        str, typer.Option(help=f"{' or '.join(_ENGINES)}: this computer's cores, or the machines of a Ray cluster.")
    ] = _ENGINES[0],
    address: Annotated[
        str | None,
        typer.Option(envvar="RAY_ADDRESS", help="Of the Ray cluster. Without it: one is started here, for this run."),
    ] = None,
) -> None:
    """Give a style to photos, at full size and depth. The same command goes on where one was stopped."""
    from ..batch.running import Pace
    from .commands.apply import ApplyOptions, run_apply

    controls = checked(
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
    request = checked(
        BatchRequest,
        photos=tuple(photos),
        output=output,
        controls=controls,
        mask=mask,
        compare=compare,
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        stamp=stamp,
        skip_existing=skip_existing,
        name=name,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        series=series or SERIES_KINDS[0],
    )
    cluster = None
    if engine not in _ENGINES:
        raise typer.BadParameter(
            for_terminal(
                Text("{name} must be one of {choices}, got {value!r}", name="engine", choices=_ENGINES, value=engine)
            )
        )
    if engine == "ray":
        from ..batch.cluster import ClusterOptions

        cluster = ClusterOptions(address, workers)
    raise typer.Exit(run_apply(request, style, ApplyOptions(Pace(workers), cluster, is_dry=dry_run, as_json=as_json)))


@photos.command(cls=_OfOneStyle)
def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where photos arrive, at any depth.")],
    style: StyleOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder, which gets the tree; may lie in FOLDER.")],
    strength: Strength = _DEFAULTS.strength,
    variation: Variation = _DEFAULTS.variation,
    mask: Mask = None,
    region: Region = _DEFAULTS.region,
    protect_skin: ProtectSkin = _DEFAULTS.protect_skin,
    grain: Grain = _DEFAULTS.grain,
    even: Even = _DEFAULTS.even,
    compare: Compare = False,
    quality: Quality = None,
    sidecar: Sidecar = False,
    stamp: Stamp = False,
    rgb: Rgb = _DEFAULTS.rgb,
    device: Device = _DEFAULTS.device,
    include: Include = None,
    exclude: Exclude = None,
    name: Annotated[
        str | None,
        typer.Option(
            show_default="{stem}",
            help="Of each result; also {style} and {folder}. A suffix at its end is the format of all.",
        ),
    ] = None,
    skip_existing: SkipExisting = False,
    overwrite: Overwrite = False,
    workers: Workers = None,
    settle: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long a file must stand still until it is taken.")
    ] = 2.0,
    scan: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Between two looks through the whole folder.")
    ] = 10.0,
    poll: Annotated[
        bool, typer.Option("--poll", help="Only look through the folder: of network folders, no system tells changes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a style to photos as they arrive in a folder, until Ctrl-C. Begun again, it does each once."""
    from ..batch.request import BatchRequest
    from ..batch.running import Pace
    from ..batch.watching import WatchOptions
    from .commands.watch import run_watch

    controls = checked(
        Controls,
        strength=strength,
        variation=variation,
        rgb=rgb,
        device=device,
        region=region,
        protect_skin=protect_skin,
        grain=grain,
        even=even,
    )
    request = checked(
        BatchRequest,
        photos=(folder,),
        output=output,
        controls=controls,
        mask=mask,
        compare=compare,
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        stamp=stamp,
        skip_existing=skip_existing,
        name=name,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
    )
    options = WatchOptions(settle_seconds=settle, scan_seconds=scan, listens=not poll, pace=Pace(workers))
    raise typer.Exit(run_watch(request, style, options, as_json=as_json))
