"""Atomic installation and removal of the plug-in in GIMP's folder of plug-ins."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from ..core.errors import GimpError
from ..core.texts import Text, cause_of
from .manifest import current_manifest, read_manifest, write_manifest
from .places import Computer, GimpPlace, find_places, place_of, searched, snap_run_folder
from .pythons import ANY_PYTHON, first_line

PLUGIN_NAME = "portrait_style"  # GIMP requires folder and program to have the same name
PROGRAM_NAME = f"{PLUGIN_NAME}.py"
_PRIVATE = re.compile(r"[\\/]Packages[\\/][^\\/]+[\\/]LocalCache(?=[\\/])", re.IGNORECASE)
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def plugin_source() -> Path:
    """Return the folder of the plug-in, which is data, not a package."""
    return Path(__file__).resolve().parent / PLUGIN_NAME


def installed_plugin(place: GimpPlace) -> Path:
    """Return the path of the plug-in in a GIMP."""
    return place.plug_ins / PLUGIN_NAME


def choose_places(folder: Path | None, computer: Computer, *, makes_folder: bool = False) -> list[GimpPlace]:
    """Return the GIMP of a folder of settings, or all that are found.

    Args:
        folder: of one GIMP's settings; None for every one that is found.
        computer: to search.
        makes_folder: whether a named folder is made if it is missing, as for a GIMP that was not started yet.

    Raises:
        GimpError: there is none.
    """
    if folder is not None:
        if makes_folder and not os.path.lexists(folder.expanduser()):
            _make(folder.expanduser())
        if not folder.expanduser().is_dir():
            raise GimpError(
                "{folder}: is no folder; name GIMP's folder of settings, such as .../GIMP/3.0", folder=folder
            )
        return [place_of(folder, computer)]
    places = find_places(computer)
    if not places:
        looked = ", ".join(str(path) for path in searched(computer))
        raise GimpError(
            "no GIMP 3 was found (its folder of settings, 3.0 or 3.2, is not in {folders}); start GIMP 3 once, "
            "which makes it, or name it with --folder",
            folders=looked,
        )
    return places


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise GimpError("{folder}: cannot be made ({cause})", folder=folder, cause=cause_of(error)) from error


def install_plugin(place: GimpPlace, computer: Computer, *, overwrite: bool = False) -> Path:
    """Install the plug-in into one GIMP; an older version is replaced.

    Args:
        place: the GIMP.
        computer: of the GIMP.
        overwrite: whether a folder of the same name that is not ours may be replaced.

    Returns:
        The folder of the plug-in.

    Raises:
        GimpError: there is something else of that name, or the folder cannot be written, or Windows redirects it to a
            private folder.
    """
    target = installed_plugin(place)
    if os.path.lexists(target) and not overwrite and not _is_ours(target):
        raise GimpError(
            "{target}: is there and was not installed by atelier; move it away, or add --overwrite", target=target
        )
    try:
        place.plug_ins.mkdir(parents=True, exist_ok=True)
        beside = place.plug_ins.resolve().parent  # on the same disk, and not visible to GIMP while it is incomplete
        fresh = beside / f".{PLUGIN_NAME}.{secrets.token_hex(6)}"
        try:
            _write_plugin(fresh, place, computer)
            _require_shared(fresh, place, computer)
            _exchange(fresh, target, beside)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise GimpError(
            "{target}: cannot be written ({cause}); {cure}",
            target=target,
            cause=cause_of(error),
            cure=_cure(error, place),
        ) from error
    return target


def uninstall_plugin(place: GimpPlace) -> Path | None:
    """Uninstall the plug-in from one GIMP.

    Returns:
        The deleted folder, or None if there was none.

    Raises:
        GimpError: there is something else of that name, or it cannot be deleted.
    """
    target = installed_plugin(place)
    if not os.path.lexists(target):
        return None
    if not _is_ours(target):
        raise GimpError(
            "{target}: was not installed by atelier, and stays; remove it yourself if it is in the way", target=target
        )
    try:
        gone = target.resolve().parent.parent / f".{PLUGIN_NAME}.{secrets.token_hex(6)}"
        os.replace(target, gone)
        shutil.rmtree(gone, ignore_errors=True)
    except OSError as error:
        raise GimpError(
            "{target}: cannot be removed ({cause}); {cure}",
            target=target,
            cause=cause_of(error),
            cure=_cure(error, place),
        ) from error
    return target


def _write_plugin(folder: Path, place: GimpPlace, computer: Computer) -> None:
    shutil.copytree(plugin_source(), folder, ignore=_NOT_COPIED)
    program = folder / PROGRAM_NAME
    code = program.read_bytes().removeprefix(ANY_PYTHON.encode())
    program.write_bytes(first_line(place, computer).encode() + code)
    program.chmod(program.stat().st_mode | 0o755)  # else GIMP ignores it silently
    folder.chmod(0o755)
    run = snap_run_folder(computer) if place.sandbox == "snap" else None
    write_manifest(current_manifest(run), folder)


def _require_shared(folder: Path, place: GimpPlace, computer: Computer) -> None:
    """Raise if Windows redirected the written files to the private folder of a package."""
    if computer.platform != "win32":
        return
    private = _PRIVATE.search(os.path.realpath(folder / PROGRAM_NAME))
    if private is not None and private[0].lower() not in str(place.folder).lower():
        raise GimpError(
            "{folder}: this Python keeps its files apart from GIMP (Microsoft Store); install Python from "
            "python.org, and Portrait Atelier with it",
            folder=place.plug_ins,
        )


def _exchange(fresh: Path, target: Path, beside: Path) -> None:
    """Rename `fresh` to `target`, replacing what was there, which is restored on failure."""
    old = beside / f".{PLUGIN_NAME}.{secrets.token_hex(6)}"
    replaces = os.path.lexists(target)
    if replaces:
        os.replace(target, old)
    try:
        os.replace(fresh, target)
    except OSError:
        if replaces:
            os.replace(old, target)
        raise
    if old.is_symlink():
        old.unlink()
    with suppress(OSError):
        shutil.rmtree(old)


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and read_manifest(folder) is not None


def _cure(error: OSError, place: GimpPlace) -> Text:
    if isinstance(error, PermissionError) and os.name == "nt":
        return Text("close GIMP, which holds its plug-ins, and try again")
    return Text("check the free space and your rights in {folder}", folder=place.folder)
