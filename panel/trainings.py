"""Trainings on disk: one folder each, with what was asked for, where it stands, its checkpoint and its style."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import AtelierError, LearningError
from ..core.imaging.files.atomic import replacing
from ..core.learning.losses.settings import LossWeights
from ..core.learning.request import TrainOptions, TrainRequest
from ..core.texts import Text, cause_of, text_from_json, text_to_json

State = Literal["waiting", "reading", "learning", "paused", "done", "failed"]
Wish = Literal["run", "pause", "stop"]
WISHES: tuple[str, ...] = get_args(Wish)
ACTIVE = ("reading", "learning")  # states in which a process of its own is at work
_JOB, _STATUS, _WISH, _PROGRESS = "training.json", "status.json", "wish", "progress.jsonl"
_STORED = ("name", "generator", "instant", "device", "owner", "created")
_OLD_CHECKPOINT = "checkpoint.safetensors"  # of version 0.3, which kept it here


@dataclass(frozen=True)
class TrainingRequest(TrainRequest):
    """What a training shall do; written once, when it is begun. Its photos are folders.

    Attributes:
        owner: who began it; empty on a computer of one's own.
        created: seconds since 1970.
    """

    owner: str = ""
    created: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        stored = {name: getattr(self, name) for name in _STORED}
        paths = {"photos": str(self.photos), "content": None if self.content is None else str(self.content)}
        return {**stored, **paths, "options": self.options.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingRequest:
        """Read what `to_json` wrote, in this version or in 0.3.

        Raises:
            ValueError, KeyError, TypeError: it is something else.
        """
        stored = {name: values[name] for name in _STORED}
        content = None if values["content"] is None else Path(values["content"])
        if "settings" in values:
            options = _options_of_0_3(values["settings"])
            device = None if stored["device"] == "auto" or stored["generator"] == "pixel" else stored["device"]
            stored["device"] = device
        else:
            options = TrainOptions.from_json(values["options"])
        return cls(**{**stored, "photos": Path(values["photos"]), "content": content, "options": options})


def _options_of_0_3(settings: Mapping[str, Any]) -> TrainOptions:
    """Version 0.3 stored all settings of a look, whatever was chosen."""
    usual = asdict(LossWeights())
    weights = {name: value for name, value in settings["weights"].items() if value != usual.get(name)}
    return TrainOptions(steps=settings["num_steps"], seed=settings["seed"], **weights)


@dataclass(frozen=True)
class TrainingStatus:
    """Where a training stands; written by its process while that lives, by the panel else.

    Attributes:
        state: what its process, or the panel, is at.
        stage: of a training that reads: its photos, so many of them, or what comes before the first step.
        photos_read, num_photos: done and in all.
        step, num_steps: done and in all.
        seconds_left: as far as can be told; None where it cannot.
        message: what went wrong.
        complete: whether learning came to its end, not stopped by hand.
        notes: what was found about the photos.
        checkpoint: what core goes on from; empty before there is any.
    """

    state: State = "waiting"
    stage: Literal["", "photos", "setup"] = ""
    photos_read: int = 0
    num_photos: int = 0
    step: int = 0
    num_steps: int = 0
    seconds_left: float | None = None
    message: str = ""
    complete: bool = False
    notes: tuple[Text, ...] = ()
    checkpoint: str = ""

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        return {**asdict(self), "message": text_to_json(self.message), "notes": [note.to_json() for note in self.notes]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingStatus:
        """Read what `to_json` wrote; texts of older versions are plain strings.

        Raises:
            ValueError, LookupError, TypeError, AttributeError: it is something else.
        """
        message, notes = values.get("message", ""), tuple(text_from_json(note) for note in values.get("notes", ()))
        told = message if isinstance(message, str) else text_from_json(message)
        return cls(**{**values, "message": told, "notes": notes})


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
    def has_checkpoint(self) -> bool:
        """Whether there is something to go on from."""
        return bool(self.status.checkpoint) and Path(self.status.checkpoint).is_file()

    @property
    def style_path(self) -> Path:
        """The style, once there is one."""
        return self.folder / "style.safetensors"

    @property
    def samples(self) -> Path:
        """Pictures: `before.png`, and `after.png` of the newest look."""
        return self.folder / "samples"

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
            raise LearningError(
                "{path}: is damaged ({cause}); delete the folder and train again", path=path, cause=error
            ) from error

    @property
    def status(self) -> TrainingStatus:
        """Where it stands; `waiting` where nothing was said yet."""
        try:
            values = json.loads((self.folder / _STATUS).read_text(encoding="utf-8"))
            return TrainingStatus.from_json(values)
        except (OSError, AttributeError, LookupError, ValueError, TypeError):
            return TrainingStatus()

    @property
    def wish(self) -> Wish:
        """What its owner wants of it."""
        with suppress(OSError):
            found = (self.folder / _WISH).read_text(encoding="utf-8")
            if found in WISHES:
                return found  # pyright: ignore[reportReturnType]
        return "run"

    def ask(self, wish: Wish) -> None:
        """Say what is wanted of it; its process or the queue sees to it."""
        _write(self.folder / _WISH, wish)

    def report(self, **changes: Any) -> TrainingStatus:
        """Change where it stands, and write it."""
        status = replace(self.status, **changes)
        _write(self.folder / _STATUS, json.dumps(status.to_json()))
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

    def forget_old_checkpoint(self) -> None:
        """Delete what version 0.3 left to go on from, and say so: this version cannot."""
        if (self.folder / _OLD_CHECKPOINT).exists():
            (self.folder / _OLD_CHECKPOINT).unlink()
            note = Text(
                "the checkpoint could not be used, so learning began anew ({cause})",
                cause=Text("it is of an earlier version"),
            )
            self.report(notes=(*self.status.notes, note))

    def forget_photos(self) -> None:
        """Delete the copies of photos that were made for it; folders of the user's own stay."""
        for name in ("photos", "content", "prepared"):  # the last holds small copies in trainings of version 0.3
            shutil.rmtree(self.folder / name, ignore_errors=True)


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
            raise AtelierError(
                "{folder}: cannot be made ({cause}); check your rights there", folder=folder, cause=cause_of(error)
            ) from error
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
            raise LearningError("{name}: is being learnt; stop it first", name=training.request.name)
        if training.has_checkpoint:
            Path(training.status.checkpoint).unlink(missing_ok=True)
        shutil.rmtree(training.folder, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with replacing(path, overwrite=True) as temporary:
        temporary.write_bytes(text.encode())
        os.chmod(temporary, 0o600)
