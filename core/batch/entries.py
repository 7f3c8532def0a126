"""What the lines of a batch's journal say of each result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .fingerprint import Fingerprint
from .places import Places, is_remote


@dataclass
class Entry:
    """What a journal says of one result."""

    key: str
    state: Literal["begun", "done"]
    series: str
    replaces: bool = False
    photo: str = ""
    fingerprint: Fingerprint | None = None
    written: tuple[int, int] = (0, 0)
    by: str = ""
    before: Entry | None = None  # what is known again if it fails

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Entry:
        """Return what a line says of a result that was begun or is done.

        Raises:
            LookupError, TypeError: the line lacks something.
        """
        by = str(line.get("by", ""))
        if "begun" in line:
            return cls(line["key"], "begun", line["series"], bool(line["replaces"]), by=by)
        fingerprint = Fingerprint(line["size"], line["mtime_ns"], line["sha256"])
        written = (line["written"][0], line["written"][1])
        return cls(line["key"], "done", line["series"], False, line["photo"], fingerprint, written, by)

    def line(self, name: str) -> dict[str, Any]:
        """Return the line that says so of the result of a name."""
        line: dict[str, Any] = {self.state: name, "key": self.key, "series": self.series, "photo": self.photo}
        line["by"] = self.by
        if self.fingerprint is None:
            return line | {"replaces": self.replaces}
        return line | asdict(self.fingerprint) | {"written": self.written}


def take(entries: dict[str, Entry], line: Mapping[str, Any]) -> None:
    """Bring what is known of results, by name, up to date by a line."""
    if "begun" in line:
        entry, before = Entry.of(line), entries.get(line["begun"])
        if before is not None and before.state == "done":
            entry.before = before
        entries[line["begun"]] = entry
    elif "failed" in line:
        _take_back(entries, line["failed"], str(line.get("by", "")))
    elif "done" in line:
        entries[line["done"]] = Entry.of(line)


def _take_back(entries: dict[str, Entry], name: str, by: str) -> None:
    """Forget what was begun and has failed; what another computer has done stays."""
    entry = entries.get(name)
    if entry is None or (entry.state == "done" and entry.by != by):
        return
    del entries[name]
    if entry.before is not None:
        entries[name] = entry.before


def is_same(path: Path, entry: Entry, places: Places) -> bool:
    """Whether a photo is as it was: by size and date, by its content if one of them differs."""
    kept = entry.fingerprint
    if kept is None:
        return False
    if is_remote(path):
        return places.status(path) == (kept.size, kept.mtime_ns)
    try:
        status = path.stat()
        if status.st_size != kept.size:
            return False
        if status.st_mtime_ns == kept.mtime_ns and os.path.abspath(path) == entry.photo:
            return True
        return Fingerprint.of(path).sha256 == kept.sha256
    except OSError:
        return False
