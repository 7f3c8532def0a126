"""The command `atelier gimp status`: is the plug-in installed, does it fit, does its worker start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import AtelierError
from ..core.texts import Text, text_of, verbatim
from .commands import MENU, Terminal, sandbox_advice
from .install import choose_places, installed_plugin
from .manifest import Manifest, current_manifest, read_manifest
from .places import Computer, GimpPlace, find_places
from .visibility import problems_of, was_loaded
from .worker_check import check_worker


@dataclass(frozen=True)
class _PlaceStatus:
    """The plug-in in one GIMP: what was installed, None for nothing; and what is wrong with it."""

    place: GimpPlace
    manifest: Manifest | None
    problems: tuple[Text, ...] = ()
    loaded: bool | None = None

    @property
    def is_well(self) -> bool:
        return self.manifest is not None and not self.problems

    def to_json(self) -> dict[str, Any]:
        installed = self.manifest is not None
        return {
            "gimp": self.place.label,
            "path": str(installed_plugin(self.place)),
            "installed": installed,
            "version": self.manifest.version if self.manifest else None,
            "loaded": self.loaded,  # None: GIMP was not started since
            "problems": self.problems,
        }


@dataclass(frozen=True)
class _WorkerStatus:
    """What starting the worker of a plug-in showed."""

    manifest: Manifest
    text: Text
    starts: bool

    def to_json(self) -> dict[str, Any]:
        return {"python": self.manifest.python, "starts": self.starts, "text": self.text}


def run_status(
    terminal: Terminal, folder: Path | None, *, as_json: bool = False, computer: Computer | None = None
) -> int:
    """Report for every GIMP whether the plug-in is installed and works, and start a worker as a test.

    Args:
        terminal: for the output.
        folder: of one GIMP's settings; None for every one that is found.
        as_json: print one JSON object for programs, in English, instead of texts.
        computer: to search.

    Returns:
        The exit code: 0 if all is well, else 1.
    """
    computer = computer or Computer()
    statuses = [_status_of(place, computer) for place in choose_places(folder, computer)]
    if not as_json:
        for status in statuses:
            _tell_place(terminal, status)
    manifests = {(found.python, found.run): found for status in statuses if (found := status.manifest)}
    workers = [_worker_status(manifest) for manifest in manifests.values()]
    is_well = bool(manifests) and all(status.is_well for status in statuses) and all(each.starts for each in workers)
    if as_json:
        facts = {"usable": is_well, "places": [each.to_json() for each in statuses]}
        terminal.say(verbatim(json.dumps({**facts, "workers": [each.to_json() for each in workers]}, indent=2)))
    else:
        _tell_workers(terminal, workers)
        for line in sandbox_advice([status.place for status in statuses], computer):
            terminal.say(line)
    return 0 if is_well else 1


def tell_places(terminal: Terminal, computer: Computer | None = None) -> list[dict[str, Any]]:
    """Report for every GIMP that is found whether the plug-in is installed and will be shown; start nothing.

    Returns:
        The same as values for JSON; empty if no GIMP is found.
    """
    computer = computer or Computer()
    statuses = [_status_of(place, computer) for place in find_places(computer)]
    for status in statuses:
        _tell_place(terminal, status)
    return [status.to_json() for status in statuses]


def _status_of(place: GimpPlace, computer: Computer) -> _PlaceStatus:
    manifest = read_manifest(installed_plugin(place))
    if manifest is None:
        return _PlaceStatus(place, None)
    problems, loaded = [*_outdated(manifest), *problems_of(place, computer)], was_loaded(place)
    if loaded is False:
        problems.append(Text("GIMP could not load it; start GIMP from a terminal to see why, and tell us"))
    return _PlaceStatus(place, manifest, tuple(problems), loaded)


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


def _worker_status(manifest: Manifest) -> _WorkerStatus:
    try:
        return _WorkerStatus(manifest, check_worker(manifest), starts=True)
    except AtelierError as error:
        return _WorkerStatus(manifest, text_of(error), starts=False)


def _tell_place(terminal: Terminal, status: _PlaceStatus) -> None:
    label = status.place.label
    if status.manifest is None:
        terminal.say("{label}: not installed; atelier gimp install", label=label)
        return
    terminal.say("{label}: {path}", label=label, path=installed_plugin(status.place))
    for text in status.problems:
        terminal.fail("  {text}", text=text)
    if status.is_well:
        state = Text("GIMP shows it: {menu}", menu=MENU) if status.loaded else Text("GIMP loads it when it starts next")
        terminal.say("  version {version}; {state}", version=status.manifest.version, state=state)


def _tell_workers(terminal: Terminal, workers: list[_WorkerStatus]) -> None:
    for worker in workers:
        if worker.starts:
            terminal.say("worker: {state}", state=worker.text)
        else:
            terminal.fail("worker: {error}", error=worker.text)
