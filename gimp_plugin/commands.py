"""The commands `atelier gimp install`, `status` and `uninstall`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..core.errors import AtelierError, GimpError
from ..core.texts import Text
from .install import choose_places, install_plugin, installed_plugin, uninstall_plugin
from .manifest import Manifest, current_manifest, read_manifest
from .places import Computer, GimpPlace, has_flatpak, has_snap, snap_run_folder
from .visibility import problems_of, was_loaded
from .worker_check import check_worker

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_MENU = Text("Filters > Artistic > Portrait Style…")
_LEARN_MENU = Text("Filters > Artistic > Learn Portrait Style…")


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
    terminal: Terminal, folder: Path | None, *, overwrite: bool = False, computer: Computer | None = None
) -> int:
    """Install the plug-in into every GIMP that is found, or the given one.

    Returns:
        The exit code: 0, or 1 if a GIMP did not get it or will not see it.

    Raises:
        GimpError: no GIMP was found.
    """
    computer = computer or Computer()
    places = choose_places(folder, computer)
    installed = [place for place in places if _install_one(terminal, place, computer, overwrite=overwrite)]
    if installed:
        terminal.say("Start GIMP again; with a photo open it is in the menu {menu}", menu=_MENU)
        terminal.say("and, to learn a style from a folder of photos, {menu}", menu=_LEARN_MENU)
        for line in _sandbox_advice(installed, computer):
            terminal.say(line)
    seen = [place for place in installed if not problems_of(place, computer)]
    return 0 if len(seen) == len(places) else 1


def run_status(terminal: Terminal, folder: Path | None, *, computer: Computer | None = None) -> int:
    """Print for every GIMP whether the plug-in is installed and works, and start a worker as a test.

    Returns:
        The exit code: 0 if all is well, else 1.
    """
    computer = computer or Computer()
    places = choose_places(folder, computer)
    manifests = {}
    well = True
    for place in places:
        manifest = read_manifest(installed_plugin(place))
        well = _status_of(terminal, place, manifest, computer) and well
        if manifest is not None:
            manifests.setdefault((manifest.python, manifest.run), manifest)
    for manifest in manifests.values():
        well = _worker_status(terminal, manifest) and well
    for line in _sandbox_advice(places, computer):
        terminal.say(line)
    return 0 if well and manifests else 1


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
    return 1 if failed else 0


def _install_one(terminal: Terminal, place: GimpPlace, computer: Computer, *, overwrite: bool) -> bool:
    try:
        terminal.say("{label}: {path}", label=place.label, path=install_plugin(place, computer, overwrite=overwrite))
    except GimpError as error:
        terminal.fail(error)
        return False
    for text in problems_of(place, computer):
        terminal.fail(text)
    return True


def _status_of(terminal: Terminal, place: GimpPlace, manifest: Manifest | None, computer: Computer) -> bool:
    if manifest is None:
        terminal.say("{label}: not installed; atelier gimp install", label=place.label)
        return False
    terminal.say("{label}: {path}", label=place.label, path=installed_plugin(place))
    problems = [*_outdated(manifest), *problems_of(place, computer)]
    loaded = was_loaded(place)
    if loaded is False:
        problems.append(Text("GIMP could not load it; start GIMP from a terminal to see why, and tell us"))
    for text in problems:
        terminal.fail("  {text}", text=text)
    if not problems:
        state = Text("GIMP shows it: {menu}", menu=_MENU) if loaded else Text("GIMP loads it when it starts next")
        terminal.say("  version {version}; {state}", version=manifest.version, state=state)
    return not problems


def _outdated(manifest: Manifest) -> list[Text]:
    now, found = current_manifest(), list[Text]()
    if (manifest.version, manifest.protocol) != (now.version, now.protocol):
        found.append(
            Text(
                "was installed by version {old}, this is {new}; atelier gimp install",
                old=manifest.version,
                new=now.version,
            )
        )
    if not Path(manifest.python).exists():
        found.append(Text("its Python {python} is gone; atelier gimp install", python=manifest.python))
    return found


def _worker_status(terminal: Terminal, manifest: Manifest) -> bool:
    try:
        terminal.say("worker: {state}", state=check_worker(manifest))
    except AtelierError as error:
        terminal.fail("worker: {error}", error=error)
        return False
    return True


def _sandbox_advice(places: Sequence[GimpPlace], computer: Computer) -> list[Text]:
    """Return the steps for a GIMP in a sandbox, with commands; empty without a sandbox."""
    lines: list[Text] = []
    if has_flatpak(computer) or any(place.sandbox == "flatpak" for place in places):
        lines += [_start_it("Flatpak"), Text("  {command}", command=_worker_command())]
    if any(place.sandbox == "snap" for place in places):
        lines += [_start_it("Snap"), Text("  {command}", command=_worker_command(snap_run_folder(computer)))]
    elif has_snap(computer):
        lines.append(Text("GIMP as a Snap is installed, but was never started: start it once, then run this again."))
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
