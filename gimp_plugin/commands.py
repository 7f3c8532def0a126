"""The commands `atelier gimp install` and `uninstall`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..core.errors import AtelierError, GimpError
from ..core.texts import Text
from .install import choose_places, install_plugin, uninstall_plugin
from .on_demand import can_start_on_demand, disable_units, enable_units, has_units, units_for
from .places import Computer, GimpPlace, has_flatpak, has_snap, snap_run_folder
from .visibility import problems_of

if TYPE_CHECKING:
    from typing_extensions import LiteralString

MENU = Text("Filters > Portrait Atelier > Portrait Style…")
_LEARN_MENU = Text("Filters > Portrait Atelier > Learn Portrait Style…")


class Speech(Protocol):
    """Prints a text: a template with its values, as of a Text; or a Text; or an error."""

    def __call__(
        self, text: LiteralString | Text | AtelierError, /, *, one: LiteralString | None = None, **values: object
    ) -> None: ...


@dataclass(frozen=True)
class Terminal:
    """Output of the commands: `say` prints a result or a finished step, `fail` an error after which it continues."""

    say: Speech
    fail: Speech


def run_install(
    terminal: Terminal,
    folder: Path | None,
    *,
    overwrite: bool = False,
    on_demand: bool = False,
    computer: Computer | None = None,
) -> int:
    """Install the plug-in into every GIMP that is found, or the given one.

    Args:
        terminal: for the output.
        folder: of one GIMP's settings, made if it is missing; None for every one that is found.
        overwrite: whether a folder of the plug-in's name that is not ours may be replaced.
        on_demand: whether systemd shall start the worker of a GIMP in a sandbox when that asks for it.
        computer: to search.

    Returns:
        The exit code: 0, or 1 if a GIMP did not get it or will not see it.

    Raises:
        GimpError: no GIMP was found, or systemd refused.
    """
    computer = computer or Computer()
    places = choose_places(folder, computer, makes_folder=True)
    installed = [place for place in places if _install_one(terminal, place, computer, overwrite=overwrite)]
    if installed:
        terminal.say("Start GIMP again; with a photo open it is in the menu {menu}", menu=MENU)
        terminal.say("and, to learn a style from a folder of photos, {menu}", menu=_LEARN_MENU)
        if on_demand:
            _start_on_demand(terminal, installed, computer)
        for line in sandbox_advice(installed, computer):
            terminal.say(line)
    seen = [place for place in installed if not problems_of(place, computer)]
    return 0 if len(seen) == len(places) else 1


def run_uninstall(terminal: Terminal, folder: Path | None, *, computer: Computer | None = None) -> int:
    """Uninstall the plug-in from every GIMP that is found, or the given one.

    Returns:
        The exit code: 0, or 1 if something failed.
    """
    computer = computer or Computer()
    failed = False
    for place in choose_places(folder, computer):
        try:
            gone = uninstall_plugin(place)
        except GimpError as error:
            failed = True
            terminal.fail(error)
            continue
        if gone:
            terminal.say("{label}: removed {path}", label=place.label, path=gone)
        else:
            terminal.say("{label}: was not installed", label=place.label)
    for path in disable_units(computer) if folder is None else ():
        terminal.say("removed {path}", path=path)
    return 1 if failed else 0


def _start_on_demand(terminal: Terminal, places: Sequence[GimpPlace], computer: Computer) -> None:
    units = units_for(places, computer)
    if not units:
        terminal.say("No GIMP here is a Flatpak or a Snap: they start the worker themselves, without --on-demand.")
        return
    for path in enable_units(units, computer):
        terminal.say("systemd starts the worker when GIMP asks for it: {path}", path=path)


def _install_one(terminal: Terminal, place: GimpPlace, computer: Computer, *, overwrite: bool) -> bool:
    try:
        terminal.say("{label}: {path}", label=place.label, path=install_plugin(place, computer, overwrite=overwrite))
    except GimpError as error:
        terminal.fail(error)
        return False
    for text in problems_of(place, computer):
        terminal.fail(text)
    return True


def sandbox_advice(places: Sequence[GimpPlace], computer: Computer) -> list[Text]:
    """Return the steps for a GIMP in a sandbox, with commands; empty without a sandbox."""
    lines: list[Text] = []
    if has_units(units_for(places, computer), computer):
        return lines
    if has_flatpak(computer) or any(place.sandbox == "flatpak" for place in places):
        lines += [_start_it("Flatpak"), Text("  {command}", command=_worker_command())]
    if any(place.sandbox == "snap" for place in places):
        lines += [_start_it("Snap"), Text("  {command}", command=_worker_command(snap_run_folder(computer)))]
    elif has_snap(computer):
        lines.append(Text("GIMP as a Snap is installed, but was never started: start it once, then run this again."))
    if units_for(places, computer) and can_start_on_demand(computer):
        lines.append(Text("Or, once and for all, have systemd start it when GIMP asks for it:"))
        lines.append(Text("  {command}", command="atelier gimp install --on-demand"))
    return lines


def _start_it(package: str) -> Text:
    return Text(
        "GIMP as a {package} cannot start programs outside it. Start the worker in a terminal before you use the "
        "filter (it ends when nobody has used it for 10 minutes):",
        package=package,
    )


def _worker_command(run: Path | None = None) -> str:
    """Return the command that starts the worker manually; `run` is its folder, if not the default."""
    setting = f"ATELIER_RUN={shlex.quote(str(run))} " if run else ""
    return f"{setting}{shlex.quote(sys.executable)} -m portrait_atelier.core.worker"
