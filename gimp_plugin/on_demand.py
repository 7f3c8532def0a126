"""A worker that systemd starts when GIMP in a sandbox asks for it: user units, written and removed by the installer.

GIMP as a Flatpak or a Snap cannot start programs outside it, but it can connect to a socket in the folder of the
worker. systemd listens there at no cost, and starts the worker with the first connection.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import GimpError
from ..core.texts import cause_of, verbatim
from ..core.worker.endpoint import WAKE_NAME, run_folder
from .places import Computer, GimpPlace, has_flatpak, snap_run_folder

_PATIENCE = 30.0  # seconds for systemctl
_SOCKET = """[Unit]
Description=Portrait Atelier: starts the worker when GIMP asks for it

[Socket]
ListenStream={wake}
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
"""
_SERVICE = """[Unit]
Description=Portrait Atelier: the worker that serves GIMP

[Service]
ExecStart="{python}" -m portrait_atelier.core.worker
Environment="ATELIER_RUN={run}"
"""


@dataclass(frozen=True)
class Unit:
    """A pair of units: a socket, and the worker that is started by it.

    Attributes:
        name: of both, without a suffix.
        run: the folder in which GIMP meets the worker.
    """

    name: str
    run: Path


def units_for(places: Sequence[GimpPlace], computer: Computer) -> list[Unit]:
    """Return the units that the GIMPs in sandboxes need."""
    found = []
    if has_flatpak(computer) or any(place.sandbox == "flatpak" for place in places):
        found.append(Unit("portrait-atelier-worker", run_folder()))
    if any(place.sandbox == "snap" for place in places):
        found.append(Unit("portrait-atelier-worker-snap", snap_run_folder(computer)))
    return found


def can_start_on_demand(computer: Computer) -> bool:
    """Whether this user has a systemd that starts programs."""
    return computer.platform.startswith("linux") and shutil.which("systemctl") is not None


def enable_units(units: Sequence[Unit], computer: Computer) -> list[Path]:
    """Write the units, and have systemd listen from now on.

    Returns:
        The files.

    Raises:
        GimpError: they cannot be written, or systemd refuses.
    """
    folder = unit_folder(computer)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for unit in units:
            unit.run.mkdir(mode=0o700, parents=True, exist_ok=True)
            texts = {
                "socket": _SOCKET.format(wake=str(unit.run / WAKE_NAME).replace("%", "%%")),
                "service": _SERVICE.format(python=_escaped(sys.executable), run=_escaped(unit.run)),
            }
            for suffix, text in texts.items():
                path = folder / f"{unit.name}.{suffix}"
                path.write_text(text, encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise GimpError("{folder}: cannot be written ({cause})", folder=folder, cause=cause_of(error)) from error
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", *(f"{unit.name}.socket" for unit in units))
    return written


def disable_units(computer: Computer) -> list[Path]:
    """Remove the units, if there are any; return the files."""
    found = sorted(unit_folder(computer).glob("portrait-atelier-worker*.*"))
    sockets = [path.name for path in found if path.suffix == ".socket"]
    if sockets and can_start_on_demand(computer):
        _systemctl("disable", "--now", *sockets)
    for path in found:
        path.unlink(missing_ok=True)
    return found


def has_units(units: Sequence[Unit], computer: Computer) -> bool:
    """Whether there are units, and all of them are installed."""
    folder = unit_folder(computer)
    return bool(units) and all((folder / f"{unit.name}.socket").exists() for unit in units)


def unit_folder(computer: Computer) -> Path:
    """Return the folder of this user's units."""
    settings = Path(computer.environment.get("XDG_CONFIG_HOME") or computer.home / ".config")
    return settings / "systemd" / "user"


def _systemctl(*words: str) -> None:
    try:
        done = subprocess.run(
            ["systemctl", "--user", *words], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GimpError("systemctl: cannot be run ({cause})", cause=verbatim(str(error))) from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise GimpError("systemctl: refused ({cause})", cause=verbatim(said[-1] if said else str(done.returncode)))


def _escaped(path: Path | str) -> str:
    """Escape a path for a unit, where % begins a specifier."""
    return str(path).replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
