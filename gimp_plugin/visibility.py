"""Checks whether GIMP will load an installed plug-in, which it may ignore silently."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..core.texts import Text
from .install import PROGRAM_NAME, installed_plugin
from .manifest import MANIFEST_NAME
from .places import Computer, GimpPlace
from .pythons import problem_of_python

_PATH_SETTING = re.compile(r'^\s*\(plug-in-path\s+"((?:[^"\\]|\\.)*)"', re.MULTILINE)
_PROCEDURE = '"plug-in-portrait-style"'


def problems_of(place: GimpPlace, computer: Computer) -> list[Text]:
    """Return the reasons why GIMP would ignore the installed plug-in; empty if there are none.

    Returns:
        Sentences with cause and cure.
    """
    folder = installed_plugin(place)
    program = folder / PROGRAM_NAME
    if not program.is_file():
        return [
            Text("{program}: is missing (folder and program must have one name); atelier gimp install", program=program)
        ]
    found: list[Text] = []
    if computer.platform != "win32" and not os.access(program, os.X_OK):
        found.append(Text("{program}: has no run bit; atelier gimp install, or chmod +x", program=program))
    if (problem := problem_of_python(program, place, computer)) is not None:
        found.append(problem)
    if not _is_searched(place):
        found.append(
            Text(
                "{file}: GIMP does not look into {folder} (plug-in-path leaves it out); add it in GIMP: Edit > "
                "Preferences > Folders > Plug-ins",
                file=place.folder / "gimprc",
                folder=place.plug_ins,
            )
        )
    return found


def was_loaded(place: GimpPlace) -> bool | None:
    """Whether GIMP has loaded the plug-in since it was installed; None if GIMP was not started since."""
    listing, manifest = place.folder / "pluginrc", installed_plugin(place) / MANIFEST_NAME
    try:
        if listing.stat().st_mtime < manifest.stat().st_mtime:
            return None
        return _PROCEDURE in listing.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _is_searched(place: GimpPlace) -> bool:
    try:
        setting = _PATH_SETTING.search((place.folder / "gimprc").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True
    if setting is None:
        return True
    text = setting[1].replace("\\\\", "\\").replace("${gimp_dir}", str(place.folder))
    folders = re.split(r";|:(?![\\/]\w)" if os.name == "nt" else ":", text)
    return any(Path(folder) == place.plug_ins for folder in folders if folder)
