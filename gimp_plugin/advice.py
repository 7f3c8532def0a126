"""Advice after the installation: the menu, and steps for sandboxes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..core.texts import Text
from .places import Computer, GimpPlace, has_flatpak, has_snap, snap_run_folder

MENU = Text("Filters > Artistic > Portrait Style…")
LEARN_MENU = Text("Filters > Artistic > Learn Portrait Style…")


def sandbox_advice(places: Sequence[GimpPlace], computer: Computer) -> list[Text]:
    """Return the steps for a GIMP in a sandbox, with commands; empty without a sandbox."""
    lines: list[Text] = []
    if has_flatpak(computer) or any(place.sandbox == "flatpak" for place in places):
        lines += [_start_it("Flatpak"), Text("  {command}", command=worker_command())]
    if any(place.sandbox == "snap" for place in places):
        lines += [_start_it("Snap"), Text("  {command}", command=worker_command(snap_run_folder(computer)))]
    elif has_snap(computer):
        lines.append(Text("GIMP as a Snap is installed, but was never started: start it once, then run this again."))
    return lines


def _start_it(package: str) -> Text:
    return Text(
        "GIMP as a {package} cannot start programs outside it. Start the worker in a terminal before you use the "
        "filter (it ends when nobody has used it for 10 minutes):",
        package=package,
    )


def worker_command(run: Path | None = None) -> str:
    """Return the command that starts the worker manually; `run` is its folder, if not the default."""
    setting = f"ATELIER_RUN={shlex.quote(str(run))} " if run else ""
    return f"{setting}{shlex.quote(sys.executable)} -m portrait_atelier.core.worker"
