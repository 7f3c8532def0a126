"""Trainings on disk: one folder each, with request, status, checkpoint and style."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import AtelierError, LearningError
from ..core.imaging.files.atomic import atomic_write
from ..core.texts import Text, cause_of, text_from_json, text_to_json
from .stored_request import StoredRequest

State = Literal["waiting", "reading", "learning", "paused", "done", "failed"]
Command = Literal["run", "pause", "stop"]
COMMANDS: tuple[str, ...] = get_args(Command)
ACTIVE = ("reading", "learning")  # states with a running process
_JOB, _STATUS, _COMMAND, _PROGRESS = "training.json", "status.json", "wish", "progress.jsonl"
_TICK = 3_000_000_000  # ns: more than two changes of a folder may lie apart and have the same time
_OLD_CHECKPOINT = "checkpoint.safetensors"  # of version 0.3, which stored it in the folder


@dataclass(frozen=True)
class TrainingStatus:
    """The status of a training; written by its process while it runs, else by the panel.

    Attributes:
        state: see State.
        stage: in the state `reading`: reading photos, looking at their texture, or the setup of training.
        photos_read, num_photos: photos that the stage has done, and in all.
        share: of the setup that is done, 0 to 1.
        step, num_steps: steps done, and in all.
        seconds_left: estimate; None if unknown.
        ends_at: the same as seconds since 1970; None if unknown.
        speed: of its last steps, as a share of that on a computer that does nothing else; None if unknown.
        message: error.
        complete: whether training came to the end, as opposed to stopped.
        notes: about the photos, for users.
        checkpoint: path of the checkpoint; empty before the first step.
    """

    state: State = "waiting"
    stage: Literal["", "photos", "texture", "setup"] = ""
    photos_read: int = 0
    num_photos: int = 0
    share: float = 0.0
    step: int = 0
    num_steps: int = 0
    seconds_left: float | None = None
    ends_at: float | None = None
    speed: float | None = None
    message: str = ""
    complete: bool = False
    notes: tuple[Text, ...] = ()
    checkpoint: str = ""

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by hand, and what it had is kept."""
        return self.state == "done" and not self.complete

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {**asdict(self), "message": text_to_json(self.message), "notes": [note.to_json() for note in self.notes]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingStatus:
        """Convert the result of `to_json` back; texts of older versions are plain strings.

        Raises:
            ValueError, LookupError, TypeError, AttributeError: the values are invalid.
        """
        message, notes = values.get("message", ""), tuple(text_from_json(note) for note in values.get("notes", ()))
        told = message if isinstance(message, str) else text_from_json(message)
        return cls(**{**values, "message": told, "notes": notes})


class Training:
    """A training and its folder.

    Args:
        folder: of the training.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def key(self) -> str:
        """The identifier, the name of its folder."""
        return self.folder.name

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return bool(self.status.checkpoint) and Path(self.status.checkpoint).is_file()

    @property
    def style_path(self) -> Path:
        """The path of its style."""
        return self.folder / "style.safetensors"

    @property
    def has_style(self) -> bool:
        """Whether its style can be used already: the instant one, or the best that was learnt."""
        return self.style_path.is_file()

    @property
    def samples(self) -> Path:
        """The folder of its samples."""
        return self.folder / "samples"

    @property
    def request(self) -> StoredRequest:
        """The request.

        Raises:
            LearningError: its file is missing or damaged.
        """
        path = self.folder / _JOB
        try:
            return _read_request(path, _version_of(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LearningError(
                "{path}: is damaged ({cause}); delete the folder and train again", path=path, cause=error
            ) from error

    @property
    def status(self) -> TrainingStatus:
        """The status; `waiting` if there is none yet."""
        path = self.folder / _STATUS
        try:
            return _read_status(path, _version_of(path))
        except (OSError, AttributeError, LookupError, ValueError, TypeError):
            return TrainingStatus()

    @property
    def command(self) -> Command:
        """The command of its owner."""
        with suppress(OSError):
            found = (self.folder / _COMMAND).read_text(encoding="utf-8")
            if found in COMMANDS:
                return found  # pyright: ignore[reportReturnType]
        return "run"

    def send_command(self, command: Command) -> None:
        """Write a command for its process or the queue."""
        _write(self.folder / _COMMAND, command)

    def report(self, **changes: Any) -> TrainingStatus:
        """Update and write the status; `ends_at` follows from `seconds_left`."""
        if "seconds_left" in changes:
            left = changes["seconds_left"]
            changes["ends_at"] = time.time() + left if left else None
        status = replace(self.status, **changes)
        _write(self.folder / _STATUS, json.dumps(status.to_json()))
        return status

    def record(self, row: Mapping[str, Any]) -> None:
        """Append a row to the log of steps."""
        with (self.folder / _PROGRESS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(row)) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the log, one for each step; the later ones of repeated steps."""
        found: dict[int, dict[str, Any]] = {}
        with suppress(OSError):
            for line in (self.folder / _PROGRESS).read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, KeyError):  # a truncated last line
                    row = json.loads(line)
                    found = {step: kept for step, kept in found.items() if step < row["step"]}
                    found[row["step"]] = row
        return list(found.values())

    def finish(self, *, complete: bool) -> None:
        """Mark as done, with the style that is there.

        Args:
            complete: whether it came to the end, as opposed to stopped.
        """
        self.delete_photo_copies()
        self.report(state="done", complete=complete, message="", seconds_left=None)

    def delete_old_checkpoint(self) -> None:
        """Delete the checkpoint of version 0.3, which this version cannot resume from, and add a note."""
        if (self.folder / _OLD_CHECKPOINT).exists():
            (self.folder / _OLD_CHECKPOINT).unlink()
            note = Text(
                "the checkpoint could not be used, so learning began anew ({cause})",
                cause=Text("it is of an earlier version"),
            )
            self.report(notes=(*self.status.notes, note))

    def delete_photo_copies(self) -> None:
        """Delete copies of photos; folders of the user's own stay."""
        for name in ("photos", "content", "prepared"):  # the last is of version 0.3
            shutil.rmtree(self.folder / name, ignore_errors=True)


class TrainingStore:
    """All trainings of this computer.

    Args:
        folder: parent of their folders.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._resting: dict[
            Path, int
        ] = {}  # folders of trainings that neither wait nor run, and when they changed (ns)

    def reserve(self) -> Training:
        """Create the folder of a training, which the queue does not see before `begin`.

        Raises:
            AtelierError: the folder cannot be created.
        """
        folder = self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(8)}"
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise AtelierError(
                "{folder}: cannot be made ({cause}); check your rights there", folder=folder, cause=cause_of(error)
            ) from error
        return Training(folder)

    def begin(self, training: Training, request: StoredRequest, seconds: float | None = None) -> None:
        """Write the request of a reserved training, so that the queue sees it.

        Args:
            training: the reserved one.
            request: its request.
            seconds: its expected duration; None if unknown.
        """
        steps = 1 if request.instant else request.settings.num_steps
        training.report(state="waiting", num_steps=steps, seconds_left=seconds)
        values = {**request.to_json(), "created": request.created or time.time()}
        _write(training.folder / _JOB, json.dumps(values))

    def all(self, owner: str | None = None) -> list[Training]:
        """Return all readable trainings, the oldest first, or those of an owner."""
        found: list[tuple[float, Training]] = []
        for folder in self._folders():
            with suppress(LearningError):
                request = Training(folder).request
                if owner is None or request.owner == owner:
                    found.append((request.created, Training(folder)))
        return [training for _, training in sorted(found, key=lambda pair: pair[0])]

    def at_work(self) -> list[Training]:
        """Return trainings that wait or run, the oldest first.

        Whoever asks again and again pays for these alone: a folder at rest is read again only once it has changed.
        """
        found: list[tuple[float, Training]] = []
        resting: dict[Path, int] = {}
        for folder in self._folders():
            with suppress(LearningError, OSError):
                changed = folder.stat().st_mtime_ns
                if self._resting.get(folder) == changed:
                    resting[folder] = changed
                    continue
                training = Training(folder)
                if training.status.state in ("waiting", *ACTIVE):
                    found.append((training.request.created, training))
                elif time.time_ns() - changed > _TICK:
                    resting[folder] = changed
        self._resting = resting
        return [training for _, training in sorted(found, key=lambda pair: pair[0])]

    def _folders(self) -> list[Path]:
        with suppress(OSError), os.scandir(self.folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
        return []

    def find(self, key: str | None, owner: str | None = None) -> Training | None:
        """Find a training by its key and owner."""
        return next((training for training in self.all(owner) if training.key == key), None)

    def remove(self, training: Training) -> None:
        """Delete a training with its folder; an installed style stays.

        Raises:
            LearningError: the training is running.
        """
        if training.status.state in ACTIVE:
            raise LearningError("{name}: is being learnt; stop it first", name=training.request.name)
        if training.has_checkpoint:
            Path(training.status.checkpoint).unlink(missing_ok=True)
        shutil.rmtree(training.folder, ignore_errors=True)


_Version = tuple[int, int, int]


def _version_of(path: Path) -> _Version:
    """Return what changes with each replacement of a file, so that unchanged ones are not parsed twice a second."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1024)
def _read_request(path: Path, _version: _Version) -> StoredRequest:
    return StoredRequest.from_json(json.loads(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1024)
def _read_status(path: Path, _version: _Version) -> TrainingStatus:
    return TrainingStatus.from_json(json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, text: str) -> None:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(text.encode())
        os.chmod(temporary, 0o600)
