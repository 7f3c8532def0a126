"""The folders of GIMP 3 for a user's plug-ins, on each system and for each kind of package."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FLATPAK_ID = "org.gimp.GIMP"
_VERSION = re.compile(r"3\.\d*[02468]$")  # odd versions are development releases


@dataclass(frozen=True)
class Computer:
    """The environment in which GIMP is searched.

    Attributes:
        platform: as `sys.platform` names it.
        home: the user's home folder.
        environment: environment variables.
        root: of the file system; another one in tests.
    """

    platform: str = sys.platform
    home: Path = field(default_factory=Path.home)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    root: Path = Path("/")


@dataclass(frozen=True)
class GimpPlace:
    """One GIMP of one user.

    Attributes:
        version: "3.0", "3.2", ...; "3" if the folder does not name it.
        folder: its folder of settings.
        sandbox: "", or its kind: "flatpak" (possibly) and "snap" cannot start programs; "store" (Microsoft Store) has
            private settings, but can start programs.
    """

    version: str
    folder: Path
    sandbox: str = ""

    @property
    def plug_ins(self) -> Path:
        """The folder of the user's plug-ins."""
        return self.folder / "plug-ins"

    @property
    def label(self) -> str:
        """The name for users: "GIMP 3.0 (Snap)"."""
        package = {"snap": " (Snap)", "flatpak": " (Flatpak)", "store": " (Microsoft Store)"}.get(self.sandbox, "")
        return f"GIMP {self.version}{package}"


def find_places(computer: Computer) -> list[GimpPlace]:
    """Find every GIMP 3 with a folder of settings, which it creates at its first start."""
    places = []
    if (own := computer.environment.get("GIMP3_DIRECTORY")) and (computer.home / own).is_dir():
        places.append(place_of(computer.home / own, computer))  # relative to the home folder, as in GIMP
    for parent, sandbox in _parents(computer):
        folders = sorted(parent.iterdir()) if parent.is_dir() else []
        known = {place.folder.resolve() for place in places}
        places += [
            GimpPlace(folder.name, folder, sandbox)
            for folder in folders
            if folder.is_dir() and _VERSION.match(folder.name) and folder.resolve() not in known
        ]
    return places


def searched(computer: Computer) -> list[Path]:
    """Return the folders in which `find_places` searches for folders of versions."""
    return [parent for parent, _ in _parents(computer)]


def place_of(folder: Path, computer: Computer) -> GimpPlace:
    """Return the GIMP of a given folder of settings."""
    folder = folder.expanduser().absolute()
    inside = [sandbox for parent, sandbox in _parents(computer) if folder.is_relative_to(parent)]
    return GimpPlace(folder.name if _VERSION.match(folder.name) else "3", folder, inside[0] if inside else "")


def has_flatpak(computer: Computer) -> bool:
    """Whether GIMP is installed as a Flatpak, which shares the folder of settings with other GIMPs."""
    if not computer.platform.startswith("linux"):
        return False
    data = Path(computer.environment.get("XDG_DATA_HOME") or computer.home / ".local" / "share")
    return any((top / "flatpak" / "app" / FLATPAK_ID).exists() for top in (data, computer.root / "var" / "lib"))


def has_snap(computer: Computer) -> bool:
    """Whether GIMP is installed as a Snap."""
    return computer.platform.startswith("linux") and (computer.root / "snap" / "gimp").exists()


def snap_run_folder(computer: Computer) -> Path:
    """Return a folder that both a GIMP in a Snap and other programs can use, and that survives updates."""
    return computer.home / "snap" / "gimp" / "common" / "portrait-atelier"


def _parents(computer: Computer) -> list[tuple[Path, str]]:
    """Yield folders with one folder for each version of GIMP, and their kind of sandbox."""
    if computer.platform == "win32":
        return _parents_on_windows(computer)
    if computer.platform == "darwin":
        return [(computer.home / "Library" / "Application Support" / "GIMP", "")]
    settings = Path(computer.environment.get("XDG_CONFIG_HOME") or computer.home / ".config")
    return [
        (settings / "GIMP", ""),
        (computer.home / ".var" / "app" / FLATPAK_ID / "config" / "GIMP", "flatpak"),
        (computer.home / "snap" / "gimp" / "current" / ".config" / "GIMP", "snap"),
    ]


def _parents_on_windows(computer: Computer) -> list[tuple[Path, str]]:
    """Yield the default folder, and the private one of a GIMP from the Microsoft Store, which also sees the default."""
    data = computer.home / "AppData"
    roaming = Path(computer.environment.get("APPDATA") or data / "Roaming")
    packages = Path(computer.environment.get("LOCALAPPDATA") or data / "Local") / "Packages"
    private = [folder / "LocalCache" / "Roaming" / "GIMP" for folder in sorted(packages.glob("*GIMP*"))]
    return [(roaming / "GIMP", ""), *((folder, "store") for folder in private)]
