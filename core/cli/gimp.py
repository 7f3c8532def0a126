"""The commands of the GIMP plug-in: install, status, uninstall."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson, CommandGroup

if TYPE_CHECKING:
    from ...gimp_plugin.commands import Terminal

gimp = typer.Typer(
    cls=CommandGroup,
    help="The plug-in for GIMP 3: put it in, look after it, take it out.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
GimpFolder = Annotated[
    Path | None,
    typer.Option("--folder", help="GIMP's folder of settings, such as .../GIMP/3.0; else every one that is found."),
]


@gimp.command()
def install(
    folder: GimpFolder = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace a plug-in of that name that is not ours.")
    ] = False,
    on_demand: Annotated[
        bool,
        typer.Option("--on-demand", help="Have systemd start the worker of a GIMP that is a Flatpak or a Snap."),
    ] = False,
) -> None:
    """Put the plug-in into GIMP, and say where it appears."""
    from ...gimp_plugin.commands import run_install

    raise typer.Exit(run_install(_terminal(), folder, overwrite=overwrite, on_demand=on_demand))


@gimp.command()
def status(folder: GimpFolder = None, as_json: AsJson = False) -> None:
    """Say whether the plug-in is installed, fits this version, and can start its worker."""
    from ...gimp_plugin.status import run_status

    raise typer.Exit(run_status(_terminal(), folder, as_json=as_json))


@gimp.command()
def uninstall(folder: GimpFolder = None) -> None:
    """Take the plug-in out of GIMP."""
    from ...gimp_plugin.commands import run_uninstall

    raise typer.Exit(run_uninstall(_terminal(), folder))


def _terminal() -> Terminal:
    from ...gimp_plugin.commands import Terminal
    from .commands.console import fail, say

    return Terminal(say, fail)
