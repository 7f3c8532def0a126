"""The commands of styles: list, show, add, rename, remove, blend, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, complete_own_style, complete_style

library = typer.Typer()

_STYLE = "A style's name, a style file, a color table, a photo, or a folder."
StyleName = Annotated[str, typer.Argument(metavar="STYLE", help=_STYLE, autocompletion=complete_style)]
StyleOption = Annotated[str, typer.Option("-s", "--style", help=_STYLE, autocompletion=complete_style)]
OwnStyle = Annotated[str, typer.Argument(help="One of your own styles.", autocompletion=complete_own_style)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]


@library.command()
def styles(as_json: AsJson = False) -> None:
    """List the styles that are installed."""
    from .commands.library import run_styles

    run_styles(as_json=as_json)


@library.command()
def show(
    style: StyleName,
    plot: Annotated[Path | None, typer.Option(help="Also draw how well it was learnt, as a PNG.")] = None,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Say what a style is made of, and how well it was learnt."""
    from .commands.library import run_show

    run_show(style, plot=plot, as_json=as_json, overwrite=overwrite)


@library.command()
def add(
    file: Annotated[
        Path, typer.Argument(help="A style file, or a color table: .cube, .3dl, .csp, .spi1d, .spi3d, HaldCLUT.")
    ],
    name: Annotated[str | None, typer.Option("-n", "--name", help="What it shall be called here.")] = None,
    input_space: Annotated[
        str | None,
        typer.Option(
            metavar="SPACE",
            help="The log encoding that a color table expects: slog3, slog3-cine, logc3, logc4, vlog, flog2.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Put a style file, the zip of a shared style or a color table into the library of your styles."""
    from .commands.library import run_add

    run_add(file, name=name, input_space=input_space, overwrite=overwrite)


@library.command()
def rename(
    name: OwnStyle,
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
    overwrite: Overwrite = False,
) -> None:
    """Give one of your styles another name."""
    from .commands.library import run_rename

    run_rename(name, new_name, overwrite=overwrite)


@library.command()
def remove(name: OwnStyle) -> None:
    """Delete one of your styles."""
    from .commands.library import run_remove

    run_remove(name)


@library.command()
def blend(
    first: Annotated[str, typer.Argument(metavar="A", help="The style at weight 0.", autocompletion=complete_style)],
    second: Annotated[str, typer.Argument(metavar="B", help="The style at weight 1.", autocompletion=complete_style)],
    name: Annotated[str, typer.Option("-n", "--name", help="What the new style shall be called.")],
    weight: Annotated[float, typer.Option(min=0, max=1, help="How much of B.")] = 0.5,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file, instead of your library.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Mix two styles into a new one."""
    from .commands.library import run_blend

    run_blend(first, second, weight, name, output=output, overwrite=overwrite)


@library.command()
def export(
    style: StyleName,
    output: Annotated[Path, typer.Option("-o", "--output", help="NAME.cube, NAME.png for a HaldCLUT, or NAME.onnx.")],
    photo: Annotated[Path | None, typer.Option(help="Adapt the look to this photo.")] = None,
    size: Annotated[int, typer.Option(help="Points along each axis of a .cube: 33 or 65.")] = 33,
    overwrite: Overwrite = False,
) -> None:
    """Export a style's look for other programs, as a color table or an ONNX graph, and say what is lost."""
    from .commands.export import run_export

    run_export(style, output, photo=photo, size=size, overwrite=overwrite)
