"""Trainings on disk: one folder each, with what was asked for, where it stands, its checkpoint and its style."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import AtelierError, LearningError
from ..core.imaging.files.atomic import atomic_write
from ..core.learning.look.settings import LookTrainSettings

State = Literal["waiting", "reading", "learning", "paused", "done", "failed"]
Command = Literal["run", "pause", "stop"]
STATES: tuple[str, ...] = get_args(State)
COMMANDS: tuple[str, ...] = get_args(Command)
ACTIVE = ("reading", "learning")  # states in which a process of its own is at work
_JOB, _STATUS, _COMMAND, _PROGRESS = "training.json", "status.json", "wish", "progress.jsonl"


@dataclass(frozen=True)
class TrainingRequest:
    """What a training shall do; written once, when it is begun.

    Attributes:
        name: of the style.
        photos: folder of the finished photos.
        content: folder of untouched photos, or None.
        generator: `look` or `pixel`.
        instant: compute the style, do not train.
        settings: of adversarial learning.
        device: where to learn.
        owner: who began it; empty on a computer of one's own.
        created: seconds since 1970.
    """

    name: str
    photos: Path
    content: Path | None = None
    generator: str = "look"
    instant: bool = False
    settings: LookTrainSettings = field(default_factory=LookTrainSettings)
    device: str = "auto"
    owner: str = ""
    created: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        paths = {"photos": str(self.photos), "content": None if self.content is None else str(self.content)}
        return {**asdict(self), **paths, "settings": self.settings.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingRequest:
        """Read what `to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: it is something else.
        """
        content = values["content"]
        parts = {
            "photos": Path(values["photos"]),
            "content": None if content is None else Path(content),
            "settings": LookTrainSettings.from_json(values["settings"]),
        }
        return cls(**{**values, **parts})


@dataclass(frozen=True)
class TrainingStatus:
    """Where a training stands; written by its process while that lives, by the panel else.

    Attributes:
        state: one of STATES.
        step, num_steps: done and in all.
        seconds_left: as far as can be told; None where it cannot.
        message: what went wrong, or should be known.
        complete: whether learning came to its end, not stopped by hand.
        notes: what was found about the photos.
    """

    state: State = "waiting"
    step: int = 0
    num_steps: int = 0
    seconds_left: float | None = None
    message: str = ""
    complete: bool = False
    notes: tuple[str, ...] = ()


class Training:
    """One training and its folder.

    Args:
        folder: of the training.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def key(self) -> str:
        """By which the panel calls it."""
        return self.folder.name

    @property
    def checkpoint(self) -> Path:
        """What to go on from."""
        return self.folder / "checkpoint.safetensors"

    @property
    def style_path(self) -> Path:
        """The style, once there is one."""
        return self.folder / "style.safetensors"

    @property
    def samples(self) -> Path:
        """Pictures: `before.png`, and `after.png` of the newest look."""
        return self.folder / "samples"

    @property
    def prepared(self) -> Path:
        """Small copies of its photos, where those are copies themselves."""
        return self.folder / "prepared"

    def holds(self, folder: Path) -> bool:
        """Whether photos were copied for it, and go with it; else they lie in a folder of the user's own."""
        return folder.resolve().is_relative_to(self.folder.resolve())

    @property
    def request(self) -> TrainingRequest:
        """What it shall do.

        Raises:
            LearningError: the file that says so is missing or damaged.
        """
        path = self.folder / _JOB
        try:
            return TrainingRequest.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LearningError(f"{path}: is damaged ({error}); delete the folder and train again") from error

    @property
    def status(self) -> TrainingStatus:
        """Where it stands; `waiting` where nothing was said yet."""
        try:
            values = json.loads((self.folder / _STATUS).read_text(encoding="utf-8"))
            return TrainingStatus(**{**values, "notes": tuple(values.get("notes", ()))})
        except (OSError, ValueError, TypeError):
            return TrainingStatus()

    @property
    def command(self) -> Command:
        """What its owner wants of it."""
        with suppress(OSError):
            found = (self.folder / _COMMAND).read_text(encoding="utf-8")
            if found in COMMANDS:
                return found  # pyright: ignore[reportReturnType]
        return "run"

    def send_command(self, command: Command) -> None:
        """Say what is wanted of it; its process or the queue sees to it."""
        _write(self.folder / _COMMAND, command)

    def report(self, **changes: Any) -> TrainingStatus:
        """Change where it stands, and write it."""
        status = replace(self.status, **changes)
        _write(self.folder / _STATUS, json.dumps(asdict(status)))
        return status

    def record(self, row: Mapping[str, Any]) -> None:
        """Add a line to what happened."""
        with (self.folder / _PROGRESS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(row)) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """What happened, a row for each step; of steps done twice, after a restart, the later ones."""
        found: dict[int, dict[str, Any]] = {}
        with suppress(OSError):
            for line in (self.folder / _PROGRESS).read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, KeyError):  # a last line that was cut off
                    row = json.loads(line)
                    found = {step: kept for step, kept in found.items() if step < row["step"]}
                    found[row["step"]] = row
        return list(found.values())

    def forget_photos(self) -> None:
        """Delete the copies of photos that were made for it; folders of the user's own stay."""
        for folder in (self.folder / "photos", self.folder / "content", self.prepared):
            shutil.rmtree(folder, ignore_errors=True)


class TrainingStore:
    """All trainings of this computer.

    Args:
        folder: in which each has its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, request: TrainingRequest) -> Training:
        """Begin a training; it waits until the queue takes it. Its photos may be moved in before.

        Raises:
            AtelierError: the folder cannot be written.
        """
        training = self.reserve()
        self.begin(training, request)
        return training

    def reserve(self) -> Training:
        """A folder for a training that is not seen before `begin`.

        Raises:
            AtelierError: it cannot be made.
        """
        folder = self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(8)}"
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise AtelierError(f"{folder}: cannot be made ({error.strerror}); check your rights there") from error
        return Training(folder)

    def begin(self, training: Training, request: TrainingRequest) -> None:
        """Say what a reserved training shall do; from now on the queue sees it."""
        steps = 1 if request.instant else request.settings.num_steps
        training.report(state="waiting", num_steps=steps)
        values = {**request.to_json(), "created": request.created or time.time()}
        _write(training.folder / _JOB, json.dumps(values))

    def all(self, owner: str | None = None) -> list[Training]:
        """Every training that can be read, the oldest first; `owner` for those of one person."""
        found: list[tuple[float, Training]] = []
        if self.folder.is_dir():
            for folder in self.folder.iterdir():
                with suppress(LearningError):
                    request = Training(folder).request
                    if owner is None or request.owner == owner:
                        found.append((request.created, Training(folder)))
        return [training for _, training in sorted(found, key=lambda pair: pair[0])]

    def find(self, key: str | None, owner: str | None = None) -> Training | None:
        """The training of a key, if it is there and its owner's."""
        return next((training for training in self.all(owner) if training.key == key), None)

    def remove(self, training: Training) -> None:
        """Delete a training and all it has; an installed style stays.

        Raises:
            LearningError: it is at work.
        """
        if training.status.state in ACTIVE:
            raise LearningError(f"{training.request.name}: is being learnt; stop it first")
        shutil.rmtree(training.folder, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(text.encode())
        os.chmod(temporary, 0o600)
