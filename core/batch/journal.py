"""The journal of a batch: what was done to which photo, beside the results, so that a killed run goes on exactly.

A file of JSON lines that is only ever appended to. A `run` line holds the settings of a run under a key; then each
photo has a `begun` line before its result is written, and a `done` or `failed` line after it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import AtelierError
from ..folders import cache_folder
from ..imaging.files.atomic import delete_temporaries
from ..styles.style import Style
from ..styles.style_container import hash_of
from ..texts import cause_of
from ..version import installed_version
from .fingerprint import Fingerprint
from .request import BatchRequest, PhotoOutcome, PhotoTask, compare_path

if TYPE_CHECKING:
    from filelock import FileLock

JOURNAL_NAME = ".atelier-journal.jsonl"
Standing = Literal["done", "changed", "begun"]


@dataclass
class _Entry:
    """What a journal says of one result."""

    key: str
    state: Literal["begun", "done"]
    series: str
    replaces: bool = False
    photo: str = ""
    fingerprint: Fingerprint | None = None
    written: tuple[int, int] = (0, 0)


@dataclass
class Journal:
    """What was done to photos whose results lie below a folder.

    Attributes:
        folder: of the journal.
        key: of the run: its settings and style.
        run: what the key stands for.
    """

    folder: Path
    key: str
    run: Mapping[str, Any]
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _products: set[str] = field(default_factory=set)
    _file: IO[bytes] | None = None
    _lock: FileLock | None = None
    _size: int = 0

    @classmethod
    def read(cls, folder: Path, request: BatchRequest, style: Style) -> Journal:
        """Read the journal of a folder; one that is not there is empty.

        Raises:
            AtelierError: it cannot be read.
        """
        run = {"settings": settings_of(request), "style": style.name, "style_hash": _hash_of(style)}
        digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
        journal = cls(folder, digest[:16], run)
        journal._read()
        return journal

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / JOURNAL_NAME

    def has_written(self, path: Path) -> bool:
        """Whether a file is the result of an earlier run, by its name."""
        name = self._name_of(path)
        entry = self._entries.get(name)
        return name in self._products or (entry is not None and entry.state == "begun" and not entry.replaces)

    def source_of(self, path: Path) -> str | None:
        """Return the photo that a file is the result of, by its name; None if it is no result."""
        entry = self._entries.get(self._name_of(path))
        return entry.photo if entry is not None and entry.state == "done" else None

    def standing(self, task: PhotoTask) -> Standing | None:
        """Say how far an earlier run with the same settings came with a photo.

        Returns:
            "done": the result is that of the photo as it is now. "changed": it was, and was edited since. "begun": the
            run was killed, and what lies there can only be its own result. None: nothing is known, or the photo or
            the settings have changed, or the result is gone.
        """
        entry = self._entries.get(self._name_of(task.output))
        if entry is None or (entry.key, entry.series) != (self.key, task.series):
            return None
        if entry.state == "begun":
            return None if entry.replaces else "begun"
        size, mtime_ns = _written(task.output)
        if size == 0 or not _is_same(task.source, entry):
            return None
        return "done" if (size, mtime_ns) == entry.written else "changed"

    def open(self) -> None:
        """Begin to write, and delete the temporary files that a killed run left.

        Raises:
            AtelierError: the folder cannot be written, or another process writes there.
        """
        self._lock = _locked(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            if self._file.tell() != self._size:  # another run ended between reading and locking
                self.close()
                raise _busy(self.folder)
            if self._file.tell() and not _ends_a_line(self.path):
                self._file.write(b"\n")
        except OSError as error:
            self.close()
            raise self._unwritable(error) from error
        for name, entry in self._entries.items():
            if entry.state == "begun":
                delete_temporaries(self.folder / name)
                delete_temporaries(compare_path(self.folder / name))
        self._append({"run": self.key, "version": installed_version(), **self.run})

    def begin(self, task: PhotoTask) -> None:
        """Note that the result of a photo is about to be written."""
        replaces = os.path.lexists(task.output) and self.standing(task) != "begun"
        self._append(
            {"begun": self._name_of(task.output), "key": self.key, "series": task.series, "replaces": replaces}
        )

    def end(self, outcome: PhotoOutcome) -> None:
        """Note what came of a photo that was begun."""
        task = outcome.task
        line: dict[str, Any] = {outcome.state: self._name_of(task.output), "key": self.key}
        line |= {"series": task.series, "photo": os.path.abspath(task.source)}
        if outcome.fingerprint is not None:
            line |= asdict(outcome.fingerprint)
        if outcome.error is not None:
            line["why"] = str(outcome.error)
        if outcome.state == "done":
            line["written"] = _written(task.output)
        self._append(line)

    def close(self) -> None:
        """End to write."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._file is not None
        try:
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> AtelierError:
        return AtelierError(
            "{path}: cannot be written ({cause}); check the free space and your rights in {folder}, or choose "
            "another folder with -o",
            path=self.path,
            cause=cause_of(error),
            folder=self.folder.resolve(),
        )

    def _read(self) -> None:
        try:
            with self.path.open("rb") as file:
                for line in file:
                    self._size += len(line)
                    with suppress(ValueError, LookupError, TypeError):  # cut off by a kill
                        self._take(json.loads(line))
        except FileNotFoundError:
            return
        except OSError as error:
            raise AtelierError("{path}: cannot be read ({cause})", path=self.path, cause=cause_of(error)) from error

    def _take(self, line: Mapping[str, Any]) -> None:
        if "begun" in line:
            self._entries[line["begun"]] = _Entry(line["key"], "begun", line["series"], bool(line["replaces"]))
        elif "failed" in line:
            self._entries.pop(line["failed"], None)
        elif "done" in line:
            fingerprint = Fingerprint(line["size"], line["mtime_ns"], line["sha256"])
            written = (line["written"][0], line["written"][1])
            self._entries[line["done"]] = _Entry(
                line["key"], "done", line["series"], False, line["photo"], fingerprint, written
            )
            self._products.add(line["done"])

    def _name_of(self, path: Path) -> str:
        """Return the name of a result as the journal has it: relative to its folder, where that is possible."""
        try:
            return Path(os.path.relpath(path, self.folder)).as_posix()
        except ValueError:  # on another drive
            return Path(os.path.abspath(path)).as_posix()


def settings_of(request: BatchRequest) -> dict[str, Any]:
    """Return all of a request that a result depends on, as JSON values."""
    mask = request.mask
    if isinstance(mask, np.ndarray):
        mask = hashlib.sha256(np.ascontiguousarray(mask).tobytes()).hexdigest()
    elif mask is not None:
        with suppress(OSError):  # reported when it is read
            mask = Fingerprint.of(mask).sha256
    return {
        "controls": asdict(request.controls),
        "mask": None if mask is None else str(mask),
        "compare": request.compare,
        "quality": request.quality,
        "series": request.series if request.controls.series else None,
    }


def _hash_of(style: Style) -> str:
    return hash_of(style.metadata(), style.tensors())


def _is_same(path: Path, entry: _Entry) -> bool:
    """Whether a photo is as it was: by size and date, by its content if one of them differs."""
    kept = entry.fingerprint
    if kept is None:
        return False
    try:
        status = path.stat()
        if status.st_size != kept.size:
            return False
        if status.st_mtime_ns == kept.mtime_ns and os.path.abspath(path) == entry.photo:
            return True
        return Fingerprint.of(path).sha256 == kept.sha256
    except OSError:
        return False


def _written(path: Path) -> tuple[int, int]:
    with suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return 0, 0


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _locked(folder: Path) -> FileLock:
    """Lock a folder against other runs on this computer, without a file in it."""
    from filelock import FileLock, Timeout  # one photo, which needs no journal, need not wait for its import

    name = hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()[:24]
    lock = FileLock(cache_folder() / "runs" / f"{name}.lock", thread_local=False)
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _busy(folder) from error
    return lock


def _busy(folder: Path) -> AtelierError:
    return AtelierError(
        "{folder}: another run writes there; wait until it has ended, or choose another folder with -o", folder=folder
    )
