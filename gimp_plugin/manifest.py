"""What an installed plug-in knows of where it came from: `installation.json` beside it, read by the plug-in."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..core.version import installed_version
from ..core.worker.messages import PROTOCOL

MANIFEST_NAME = "installation.json"


@dataclass(frozen=True)
class Manifest:
    """How the plug-in finds its worker.

    Attributes:
        python: absolute path of the Python that has Portrait Atelier.
        version: of Portrait Atelier when the plug-in was installed.
        protocol: of the messages that this plug-in speaks.
        run: the folder where worker and plug-in meet (ATELIER_RUN), or "" for the user's own.
    """

    python: str
    version: str
    protocol: int
    run: str = ""


def current_manifest(run: Path | None = None) -> Manifest:
    """The record of the Python that is running, by the path it was called by: a virtual environment's is a link."""
    return Manifest(str(Path(sys.executable).absolute()), installed_version(), PROTOCOL, str(run or ""))


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write it into the folder of a plug-in."""
    kept = {key: value for key, value in asdict(manifest).items() if value != ""}
    (folder / MANIFEST_NAME).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """The record in the folder of a plug-in; None if there is none that can be read."""
    try:
        values = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        known = {field.name: values[field.name] for field in fields(Manifest) if field.name in values}
        manifest = Manifest(**known)
    except (OSError, ValueError, TypeError):
        return None
    typed = (
        isinstance(manifest.python, str) and isinstance(manifest.version, str) and isinstance(manifest.protocol, int)
    )
    return manifest if typed else None
