"""Results that other runs left in a folder that is searched, by their journals, so that none is taken for a photo."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .request import compare_path

JOURNAL_NAME = ".atelier-journal.jsonl"


class Products:
    """What runs have made, below a folder, of photos that lie below it, too.

    Journals are read as they grow: a run notes what it begins before it writes it.

    Args:
        folder: that is searched, or watched.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._root = folder, Path(os.path.realpath(folder))
        self._journals: dict[Path, _Growing] = {}

    def holds(self, path: Path) -> bool:
        """Whether a file below the folder is such a result, by its name."""
        for parent in path.parents:
            source = self._journal_in(parent).source_of(path.relative_to(parent).as_posix())
            if source is not None and (not source or self._root in Path(os.path.realpath(source)).parents):
                return True
            if parent == self._folder:
                break
        return False

    def _journal_in(self, folder: Path) -> _Growing:
        journal = self._journals.setdefault(folder, _Growing(folder / JOURNAL_NAME))
        journal.read_on()
        return journal


@dataclass
class _Growing:
    """A journal that another process may write."""

    path: Path
    _size: int = 0
    _made: dict[str, str] = field(default_factory=dict)  # by result: its photo, empty where that is not told
    _begun: dict[str, str] = field(default_factory=dict)
    _comparing: set[str] = field(default_factory=set)  # keys of runs that also write before and after

    def source_of(self, name: str) -> str | None:
        """Return the photo of a result; empty where it is not told, None if the name is that of no result."""
        return self._made.get(name, self._begun.get(name))

    def read_on(self) -> None:
        """Take up the lines that are new."""
        with suppress(OSError):
            size = self.path.stat().st_size
            if size < self._size:  # another one
                self._size = 0
                self._made, self._begun = {}, {}
            if size > self._size:
                with self.path.open("rb") as file:
                    file.seek(self._size)
                    whole = file.read(size - self._size).rpartition(b"\n")[0]
                self._size += len(whole) + (1 if whole else 0)
                for line in whole.splitlines():
                    with suppress(ValueError, LookupError, TypeError, AttributeError):  # cut off by a kill
                        self._take(json.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "run" in line and line["settings"]["compare"]:
            self._comparing.add(line["run"])
        if "done" in line:
            self._note(self._made, line["done"], line)
        elif "begun" in line and not line["replaces"]:
            self._note(self._begun, line["begun"], line)
        elif "failed" in line:
            self._begun.pop(line["failed"], None)

    def _note(self, results: dict[str, str], name: str, line: dict[str, Any]) -> None:
        names = [name, compare_path(Path(name)).as_posix()] if line["key"] in self._comparing else [name]
        results.update(dict.fromkeys(names, str(line.get("photo", ""))))
