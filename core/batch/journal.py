"""The journal of a batch: what was done to which photo, beside the results, so that a killed run goes on exactly.

A file of JSON lines that is only ever appended to. A `run` line holds the settings of a run under a key; then each
photo has a `begun` line before its result is written, and a `done` or `failed` line after it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import AtelierError
from ..folders import cache_folder
from ..imaging.files.atomic import atomic_write, delete_temporaries
from ..styles.style import Style
from ..styles.style_container import hash_of
from ..texts import cause_of
from ..version import installed_version
from .entries import Entry, is_same, take
from .fingerprint import Fingerprint
from .locking import busy, digest_of, locked, this_computer
from .places import Places, address_of, is_remote
from .products import JOURNAL_NAME
from .request import BatchRequest, PhotoOutcome, PhotoTask, compare_path, sidecar_path
from .staging import fetch, send

if TYPE_CHECKING:
    from filelock import FileLock

_COPY_EVERY = 60.0  # seconds, to an address
_IDLE = 3600.0  # seconds after which a temporary file of another computer is one that a killed process left
_log = logging.getLogger(__name__)
Standing = Literal["done", "changed", "begun"]


@dataclass
class Journal:
    """What was done to photos whose results lie below a folder.

    Attributes:
        folder: that names of results are relative to.
        key: of the run: its settings and style.
        run: what the key stands for.
        places: what is known of files at addresses.
        by: the computer that writes; others may write into the same file, as those of a network folder do.
    """

    folder: Path
    key: str
    run: Mapping[str, Any]
    places: Places = field(default_factory=Places)
    by: str = field(default_factory=this_computer)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _elsewhere: dict[str, Entry] = field(default_factory=dict)  # what other computers have done since it was read
    _products: set[str] = field(default_factory=set)
    _file: IO[bytes] | None = None
    _lock: FileLock | None = None
    _is_cut: bool = False
    _is_lost: bool = False
    _copied_at: float = 0.0
    _size: int = 0

    @classmethod
    def read(cls, folder: Path, request: BatchRequest, style: Style) -> Journal:
        """Read the journal of a folder; one that is not there is empty.

        That of a folder at an address is kept on this computer, with a copy at the address for other computers.

        Raises:
            AtelierError: it cannot be read.
        """
        run = {"settings": settings_of(request), "style": style.name, "style_hash": _hash_of(style)}
        digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
        journal = cls(folder, digest[:16], run)
        if is_remote(folder):
            journal.places.list_folder(folder)
            journal._bring_copy()
        journal._read()
        return journal

    @property
    def path(self) -> Path:
        """The file."""
        if not is_remote(self.folder):
            return self.folder / JOURNAL_NAME
        return cache_folder() / "journals" / f"{digest_of(self.folder)}.jsonl"

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
            run was killed, and what lies there may be its own result, or came later. None: nothing is known, or the
            photo or the settings have changed, or the result is gone.
        """
        entry = self._entries.get(self._name_of(task.output))
        if entry is None or (entry.key, entry.series) != (self.key, task.series):
            return None
        if entry.state == "begun":
            return None if entry.replaces else "begun"
        written = self.places.status(task.output)
        if written[0] == 0 or not is_same(task.source, entry, self.places):
            return None
        return "done" if written == entry.written else "changed"

    def standing_elsewhere(self, task: PhotoTask) -> Literal["done", "begun"] | None:
        """Say how far another computer has come with a photo, with the same settings, since the journal was read.

        Returns:
            "done": the result is that of the photo as it is now. "begun": it is being made. None: nothing is known.
        """
        self._read_on()
        entry = self._elsewhere.get(self._name_of(task.output))
        if entry is None or (entry.key, entry.series) != (self.key, task.series):
            return None
        if entry.state == "begun":
            return "begun"
        is_whole = self.places.status(task.output)[0] == entry.written[0] > 0
        return "done" if is_whole and is_same(task.source, entry, self.places) else None

    def open(self) -> None:
        """Begin to write, and delete the temporary files that a killed run left.

        Raises:
            AtelierError: the folder cannot be written, or another process of this computer writes there.
        """
        self._lock = locked(self.folder)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            if not self._read_on():  # another run ended between reading and locking
                self.close()
                raise busy(self.folder)
            if self._file.tell() and not _ends_a_line(self.path):
                self._file.write(b"\n")
        except OSError as error:
            self.close()
            raise self._unwritable(error) from error
        for name, entry in self._entries.items():
            if entry.state == "begun" and not is_remote(self.folder):
                idle = 0.0 if entry.by in ("", self.by) else _IDLE
                for path in (name, compare_path(Path(name)), sidecar_path(Path(name))):
                    delete_temporaries(self.folder / path, idle_seconds=idle)
        self._append({"run": self.key, "by": self.by, "version": installed_version(), **self.run})

    def begin(self, task: PhotoTask) -> None:
        """Note that the result of a photo is about to be written."""
        replaces = self.places.exists(task.output) and self.standing(task) != "begun"
        name = self._name_of(task.output)
        line = {"begun": name, "key": self.key, "by": self.by, "series": task.series, "replaces": replaces}
        self._append({**line, "photo": address_of(task.source)})

    def end(self, outcome: PhotoOutcome) -> None:
        """Note what came of a photo that was begun."""
        task = outcome.task
        line: dict[str, Any] = {outcome.state: self._name_of(task.output), "key": self.key}
        line |= {"by": self.by, "series": task.series, "photo": address_of(task.source)}
        if outcome.fingerprint is not None:
            line |= asdict(outcome.fingerprint)
        if outcome.error is not None:
            line["why"] = str(outcome.error)
        if outcome.state == "done":
            line["written"] = outcome.written or self.places.status(task.output)
        self._append(line)

    def close(self) -> None:
        """End to write."""
        if self._file is not None and is_remote(self.folder):
            self._send_copy()
        if self._is_lost and self.folder.is_dir():
            self._write_anew()
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._file is not None
        if not os.path.lexists(self.path):
            self._is_lost = True
            raise AtelierError(
                "{folder}: was moved or deleted, or its disk is gone, so nothing more is written there; the same "
                "command makes what is missing",
                folder=self.folder,
            )
        text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            _write_whole(self._file, b"\n" + text if self._is_cut else text)
        except OSError as error:  # what was written of the line is ended by the next
            self._is_cut = True
            raise self._unwritable(error) from error
        self._is_cut = False
        with suppress(LookupError):  # of a photo that went away while it was read
            self._take(line)
        if is_remote(self.folder) and time.monotonic() > self._copied_at + _COPY_EVERY:
            self._send_copy()

    def _write_anew(self) -> None:
        """Write all that is known into a folder that went away and is there again, for what was in hand made it."""
        lines = [{"run": self.key, "by": self.by, "version": installed_version(), **self.run}]
        lines += [entry.line(name) for name, entry in self._entries.items()]
        with suppress(OSError), self.path.open("xb") as file:
            file.writelines(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)

    def _bring_copy(self) -> None:
        """Take up the journal that another computer has left at the address."""
        copy = self.folder / JOURNAL_NAME
        if not self.path.exists() and self.places.exists(copy):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.path, overwrite=False) as temporary:
                fetch(copy, temporary)

    def _send_copy(self) -> None:
        self._copied_at = time.monotonic()
        try:
            send(self.path, self.folder / JOURNAL_NAME)
        except AtelierError as error:  # the next copy may arrive
            _log.warning("%s", error.text)

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

    def _read_on(self) -> bool:
        """Take up what other computers have written since; return whether nobody else has."""
        is_theirs = True
        with suppress(OSError), self.path.open("rb") as file:
            file.seek(self._size)
            for line in file:
                if not line.endswith(b"\n"):  # is being written
                    break
                self._size += len(line)
                is_theirs = self._take_theirs(line) and is_theirs
        return is_theirs

    def _take_theirs(self, line: bytes) -> bool:
        """Take up a line if another computer wrote it; return whether it did."""
        with suppress(ValueError, LookupError, TypeError, AttributeError):  # where two have written at once
            told = json.loads(line)
            if told.get("by", self.by) == self.by:
                return False
            take(self._elsewhere, told)
        return True

    def _take(self, line: Mapping[str, Any]) -> None:
        take(self._entries, line)
        if "done" in line:
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
        "sidecar": request.sidecar,
        "stamp": request.stamp,
        "series": request.series if request.controls.series else None,
    }


def _hash_of(style: Style) -> str:
    return hash_of(style.metadata(), style.tensors())


def _write_whole(file: IO[bytes], content: bytes) -> None:
    """Write all of the content, also where a disk that is nearly full takes some of it at first."""
    while content:
        content = content[file.write(content) :]


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
