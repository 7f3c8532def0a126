"""The numbers of look recovery, one a cell, kept in a file so that a run that was cut short goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from portrait_atelier.core.imaging.files import replacing

from .recovery_settings import Cell, Settings


@dataclass(frozen=True)
class Record:
    """What was measured of a cell: the mean over the content people; `face` is None without masks."""

    kind: str
    drawing: str
    look: str
    is_gray: bool
    method: str
    count: int
    photo: float
    face: float | None
    content: bool = False
    spatial: bool = False
    seconds: float = 0.0  # to learn and to restyle

    @property
    def cell(self) -> Cell:
        """Which cell this is of."""
        return Cell(self.kind, self.drawing, self.look, self.method, self.count, self.content, self.spatial)


def read_records(path: Path | None, settings: Settings) -> tuple[Settings, list[Record]]:
    """What a file keeps already, and the settings of all its cells with those to come.

    Ends the program where the file's cells were decided by other settings.
    """
    if path is None or not path.exists():
        return settings, []
    kept = json.loads(path.read_text(encoding="utf-8"))
    try:
        settings = Settings.from_json(kept["settings"]).merged(settings)
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path}: records of other settings ({error}); name another file")
    return settings, [Record(**record) for record in kept["records"]]


def write_records(path: Path | None, settings: Settings, records: Sequence[Record]) -> None:
    """Replace the file in one step, so that a kill at any moment leaves the old one or the new one."""
    if path is None:
        return
    kept = {"settings": asdict(settings), "records": [asdict(record) for record in records]}
    with replacing(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(kept, indent=1), encoding="utf-8")
