"""The manifest of an installed plug-in, `installation.json` beside it, which the plug-in reads."""

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
    """What the plug-in needs to find its worker.

    Attributes:
        python: absolute path of the Python that has Portrait Atelier.
        version: of Portrait Atelier when the plug-in was installed.
        protocol: version of the messages of this plug-in.
        run: folder of the endpoint (ATELIER_RUN), or "" for the default.
    """

    python: str
    version: str
    protocol: int
    run: str = ""


def current_manifest(run: Path | None = None) -> Manifest:
    """Return the manifest of the running Python, by its unresolved path, which is a link in virtual environments."""
    return Manifest(str(Path(sys.executable).absolute()), installed_version(), PROTOCOL, str(run or ""))


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into the folder of a plug-in."""
    kept = {key: value for key, value in asdict(manifest).items() if value != ""}
    (folder / MANIFEST_NAME).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest in the folder of a plug-in; None if it is missing or damaged."""
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
