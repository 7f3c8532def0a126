"""The Python that runs the plug-in in GIMP: one that has `gi` and GIMP's bindings, whatever is first on the PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..core.texts import Text
from .places import Computer, GimpPlace

ANY_PYTHON = "#!/usr/bin/env python3"
_BINDINGS = "import gi; gi.require_version('Gimp', '3.0'); gi.require_version('GimpUi', '3.0')"
_PATIENCE = 20.0  # seconds for a Python to import gi, on a busy computer


def first_line(place: GimpPlace, computer: Computer) -> str:
    """Return the first line of the plug-in's program for a GIMP.

    GIMP runs the Python of that line. In a sandbox and in GIMP's own bundles on macOS and Windows that is the bundle's,
    by any name; elsewhere `env` takes the first on the PATH, which in a shell with an active virtual environment has no
    `gi`: then GIMP shows no plug-in in Python, and says nothing.
    """
    python = None if place.sandbox else find_gimp_python(computer)
    return ANY_PYTHON if python is None else f"#!{python}"


def find_gimp_python(computer: Computer) -> str | None:
    """Return the path of a Python that has GIMP's bindings; None if there is none, or where GIMP brings its own."""
    if not _uses_path(computer):
        return None
    return next((str(path) for path in _candidates(computer) if _runs(path, _BINDINGS)), None)


def problem_of_python(program: Path, place: GimpPlace, computer: Computer) -> Text | None:
    """Return why the Python that an installed program asks for would not run it in GIMP; None if it would."""
    if place.sandbox or not _uses_path(computer):
        return None
    try:
        line = program.read_text(encoding="utf-8").partition("\n")[0].rstrip()
    except (OSError, UnicodeDecodeError):
        return None  # what is missing or damaged is told elsewhere
    if line != ANY_PYTHON:
        python = Path(line.removeprefix("#!"))
        return None if _runs(python, "import gi") else _without_gi(python)
    if find_gimp_python(computer) is None:
        return _no_bindings(computer)
    found = shutil.which("python3", path=computer.environment.get("PATH", ""))
    return None if found is None or _runs(Path(found), "import gi") else _behind_path(Path(found))


def _without_gi(python: Path) -> Text:
    return Text(
        "GIMP is to run it by {python}, which is gone or has no gi: GIMP shows nothing then; atelier gimp install",
        python=python,
    )


def _behind_path(python: Path) -> Text:
    return Text(
        "GIMP, started from here, runs it by {python} (a virtual environment that is active?), which has no gi: GIMP "
        "shows nothing then; atelier gimp install",
        python=python,
    )


def _no_bindings(computer: Computer) -> Text | None:
    """Return what to do where GIMP is the system's own, and no Python has its bindings."""
    if not any((computer.root / "usr" / "bin" / name).exists() for name in ("gimp", "gimp-3.0", "gimp-3.2")):
        return None
    return Text(
        "no Python on this computer has GIMP's bindings, without which GIMP loads no plug-in in Python; install them "
        "(python3-gi and gir1.2-gimp-3.0 on Debian and Ubuntu, python3-gobject on Fedora), then: atelier gimp install"
    )


def _uses_path(computer: Computer) -> bool:
    return computer.platform not in ("win32", "darwin")


def _candidates(computer: Computer) -> Iterator[Path]:
    """Yield programs called python3: the system's, then those on the PATH, but for virtual environments."""
    folders = [computer.root / "usr" / "bin", computer.root / "usr" / "local" / "bin"]
    folders += [Path(text) for text in computer.environment.get("PATH", "").split(os.pathsep) if text]
    for folder in dict.fromkeys(folders):
        path = folder / "python3"
        in_virtual = (folder.parent / "pyvenv.cfg").exists()
        if path.is_absolute() and not in_virtual and not any(letter.isspace() for letter in str(path)):
            yield path


def _runs(python: Path, code: str) -> bool:
    """Whether a Python runs a line of code, in an environment as GIMP from the desktop has it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    try:
        done = subprocess.run(
            [str(python), "-c", code], env=kept, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
