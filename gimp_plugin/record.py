"""What an installed plug-in knows of where it came from: `installation.json` beside it, read by the plug-in."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..core.version import installed_version
from ..core.worker.messages import PROTOCOL

RECORD_NAME = "installation.json"


@dataclass(frozen=True)
class Record:
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


def record_of_this(run: Path | None = None) -> Record:
    """The record of the Python that is running, by the path it was called by: a virtual environment's is a link."""
    return Record(str(Path(sys.executable).absolute()), installed_version(), PROTOCOL, str(run or ""))


def write_record(record: Record, folder: Path) -> None:
    """Write it into the folder of a plug-in."""
    kept = {key: value for key, value in asdict(record).items() if value != ""}
    (folder / RECORD_NAME).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path) -> Record | None:
    """The record in the folder of a plug-in; None if there is none that can be read."""
    try:
        values = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        known = {field.name: values[field.name] for field in fields(Record) if field.name in values}
        record = Record(**known)
    except (OSError, ValueError, TypeError):
        return None
    typed = isinstance(record.python, str) and isinstance(record.version, str) and isinstance(record.protocol, int)
    return record if typed else None
