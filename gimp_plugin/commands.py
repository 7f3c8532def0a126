"""The commands `atelier gimp install`, `status` and `uninstall`."""

from __future__ import annotations

from pathlib import Path

from ..core.cli.commands.console import fail, say
from ..core.errors import AtelierError, GimpError
from .advice import LEARN_MENU, MENU, sandbox_advice
from .install import choose_places, install_plugin, installed_plugin, uninstall_plugin
from .manifest import Manifest, current_manifest, read_manifest
from .places import Computer, GimpPlace
from .visibility import problems_of, was_loaded
from .worker_check import check_worker


def run_install(folder: Path | None, *, overwrite: bool = False, computer: Computer | None = None) -> int:
    """Install the plug-in into every GIMP that is found, or the given one.

    Returns:
        The exit code: 0, or 1 if a GIMP did not get it or will not see it.

    Raises:
        GimpError: no GIMP was found.
    """
    computer = computer or Computer()
    places = choose_places(folder, computer)
    installed = [place for place in places if _install_one(place, computer, overwrite=overwrite)]
    if installed:
        say(f"Start GIMP again; with a photo open it is in the menu {MENU}")
        say(f"and, to learn a style from a folder of photos, {LEARN_MENU}")
        for line in sandbox_advice(installed, computer):
            say(line)
    seen = [place for place in installed if not problems_of(place, computer)]
    return 0 if len(seen) == len(places) else 1


def run_status(folder: Path | None, *, computer: Computer | None = None) -> int:
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
        well = _status_of(place, manifest, computer) and well
        if manifest is not None:
            manifests.setdefault((manifest.python, manifest.run), manifest)
    for manifest in manifests.values():
        well = _worker_status(manifest) and well
    for line in sandbox_advice(places, computer):
        say(line)
    return 0 if well and manifests else 1


def run_uninstall(folder: Path | None, *, computer: Computer | None = None) -> int:
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
            fail(str(error))
            continue
        say(f"{place.label}: removed {gone}" if gone else f"{place.label}: was not installed")
    return 1 if failed else 0


def _install_one(place: GimpPlace, computer: Computer, *, overwrite: bool) -> bool:
    try:
        say(f"{place.label}: {install_plugin(place, computer, overwrite=overwrite)}")
    except GimpError as error:
        fail(str(error))
        return False
    for text in problems_of(place, computer):
        fail(text)
    return True


def _status_of(place: GimpPlace, manifest: Manifest | None, computer: Computer) -> bool:
    if manifest is None:
        say(f"{place.label}: not installed; atelier gimp install")
        return False
    say(f"{place.label}: {installed_plugin(place)}")
    problems = [*_outdated(manifest), *problems_of(place, computer)]
    loaded = was_loaded(place)
    if loaded is False:
        problems.append("GIMP could not load it; start GIMP from a terminal to see why, and tell us")
    for text in problems:
        fail(f"  {text}")
    if not problems:
        state = f"GIMP shows it: {MENU}" if loaded else "GIMP loads it when it starts next"
        say(f"  version {manifest.version}; {state}")
    return not problems


def _outdated(manifest: Manifest) -> list[str]:
    now, found = current_manifest(), []
    if (manifest.version, manifest.protocol) != (now.version, now.protocol):
        found.append(f"was installed by version {manifest.version}, this is {now.version}; atelier gimp install")
    if not Path(manifest.python).exists():
        found.append(f"its Python {manifest.python} is gone; atelier gimp install")
    return found


def _worker_status(manifest: Manifest) -> bool:
    try:
        say(f"worker: {check_worker(manifest)}")
    except AtelierError as error:
        fail(f"worker: {error}")
        return False
    return True
