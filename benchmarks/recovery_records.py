"""Records of look recovery, one per cell, in a file, so that an interrupted run can be continued."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from portrait_atelier.core.imaging.files.atomic import atomic_write

from .recovery_settings import Cell, Settings


@dataclass(frozen=True)
class Record:
    """The measurements of a cell: means over the content people.

    Attributes:
        kind, drawing, look, method, count, content, spatial, backdrop: which cell.
        is_gray: whether the look is black-and-white.
        photo, face, moved: as in `Scores`.
        chroma: likewise; None for black-and-white looks.
        expected: expected distance, mean CIEDE2000; None if unknown.
        seconds: to learn and to restyle.
    """

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
    backdrop: bool = False
    moved: float | None = None
    chroma: float | None = None
    expected: float | None = None
    seconds: float = 0.0

    @property
    def cell(self) -> Cell:
        """Which cell this is of."""
        return Cell(**{field.name: getattr(self, field.name) for field in fields(Cell)})


def read_records(path: Path | None, settings: Settings) -> tuple[Settings, list[Record]]:
    """Read the records of a file, and the merged settings of old and new cells.

    Exits the program if the file has other settings.
    """
    if path is None or not path.exists():
        return settings, []
    kept = json.loads(path.read_text(encoding="utf-8"))
    try:
        settings = Settings.from_json(kept["settings"]).merged(settings)
        return settings, [Record(**record) for record in kept["records"]]
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path}: records of other settings ({error}); name another file")


def write_records(path: Path | None, settings: Settings, records: Sequence[Record]) -> None:
    """Replace the file atomically."""
    if path is None:
        return
    kept = {"settings": asdict(settings), "records": [asdict(record) for record in records]}
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(kept, indent=1), encoding="utf-8")
