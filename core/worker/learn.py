"""The request to learn a style: its fields, progress, cancelling and answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import AtelierError, LearningError
from ..learning.request import (
    MAX_STEPS,
    Ending,
    PhotosRead,
    PreparingTraining,
    ReadingPhotos,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainOptions,
    TrainProgress,
    TrainRequest,
    TrainResult,
)
from ..learning.service import train_style
from ..reports.words import verdict_lines
from ..styles.style import Style
from ..styles.style_file import save_style
from ..texts import Text, cause_of
from .client_state import ClientState
from .job import BadRequest, Cancelled, Job
from .messages import Message
from .styles import free_style_path

WAYS = ("instant", "trained")


@dataclass(frozen=True)
class LearnRequest:
    """The fields of a request to learn a style.

    Attributes:
        training: the arguments of the training.
        overwrite: whether a style of that name may be replaced.
    """

    training: TrainRequest
    overwrite: bool

    @classmethod
    def of(cls, job: Job) -> LearnRequest:
        """Parse a request; without `steps`, or 0, the default of the settings is used.

        Raises:
            BadRequest: a field is invalid.
            LearningError: there is no such folder.
        """
        way = job.str_field("training")
        steps = job.int_field("steps", 0, MAX_STEPS) if "steps" in job.request.head else 0
        if way not in WAYS:
            raise BadRequest(f"training must be one of {', '.join(WAYS)}, got {way!r}")
        folder = Path(job.str_field("folder")).expanduser()
        if not folder.exists():
            raise LearningError("{folder}: no such folder; choose the folder with your finished photos", folder=folder)
        training = TrainRequest(
            job.str_field("name"),
            folder,
            content=_content_of(job),
            instant=way == "instant",
            options=TrainOptions(steps=steps or None),
            check_faces=job.bool_field("check_faces"),
        )
        return cls(training, job.bool_field("overwrite"))


def _content_of(job: Job) -> Path | None:
    """Return the folder of the photographer's untouched photos, `content`; None if it is missing or empty."""
    if not job.request.head.get("content"):
        return None
    folder = Path(job.str_field("content")).expanduser()
    if not folder.exists():
        raise LearningError("{folder}: no such folder; choose the folder with your untouched photos", folder=folder)
    return folder


def learn(job: Job, client: ClientState) -> Message:
    """Learn a style and save it in the user's library, before the answer is sent.

    A cancel with `keep` ends training and keeps the best style so far, like Ctrl-C; any other keeps nothing. If the
    connection is lost, no style is stored, and the next training of these photos resumes from the checkpoint.
    """
    del client
    request = LearnRequest.of(job)
    name = request.training.name
    target = free_style_path(name, overwrite=request.overwrite)
    result = train(job, request.training)
    assert result.style is not None
    path = _stored(result.style, target, overwrite=request.overwrite)
    result.forget_checkpoint()
    style = result.style
    job.notes[:0] = verdict_lines(style)  # the verdict comes first: a dialog shows a few notes
    return Message(
        {"name": style.name, "path": str(path), "photos": style.num_photos, "kind": style.kind}, [style.cover]
    )


def train(job: Job, request: TrainRequest) -> TrainResult:
    """Train a style for a client.

    Args:
        job: for progress and cancelling.
        request: the arguments of the training.

    Raises:
        Cancelled: the client cancelled without `keep`, or the connection was lost.
    """
    result = train_style(request, lambda event: _send(job, event), lambda: _ending(job))
    late = _ending(job)
    if late is Ending.FORGET and result.checkpoint is not None:
        with suppress(OSError):
            result.checkpoint.unlink(missing_ok=True)
    if result.style is None or late in (Ending.FORGET, Ending.PAUSE):
        raise Cancelled
    if result.ending is Ending.KEEP:
        job.notes.append(
            Text(
                "stopped after step {step} of {total}; to go on, learn it once more and have it replaced",
                step=result.step,
                total=result.num_steps,
            )
        )
    return result


def _ending(job: Job) -> Ending | None:
    """Return how the client ends the training; None if it does not."""
    if job.client_gone:
        return Ending.PAUSE
    if not job.stop.is_set():
        return None
    return Ending.KEEP if job.keep else Ending.FORGET


def _send(job: Job, event: TrainProgress) -> None:
    """Send a progress event and collect notes; cancelling is left to `_ending`."""
    with suppress(Cancelled):
        if isinstance(event, ReadingPhotos):
            job.progress(event.done, event.total, "photos")
        elif isinstance(event, PreparingTraining):
            job.progress(round(100 * event.share), 100, "preparing")
        elif isinstance(event, TrainingBegan):
            if event.step:
                job.notes.append(
                    Text("went on after step {step} of a training that had not come to its end", step=event.step)
                )
            job.progress(event.step, event.num_steps, "training")
        elif isinstance(event, TrainingStep):
            job.progress(event.step, event.num_steps, "training")
        elif isinstance(event, PhotosRead):
            job.notes += [
                Text("{name}: {text}", name=finding.path.name, text=finding.text) for finding in event.folder.findings
            ]
            job.notes += event.folder.warnings
        elif isinstance(event, TrainingNote):
            job.notes.append(event.text)


def _stored(style: Style, target: Path, *, overwrite: bool) -> Path:
    try:
        return save_style(style, target, overwrite=overwrite)
    except AtelierError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise LearningError(
            "{target}: cannot be written ({cause}); check the free space and your rights in {folder}, then learn "
            "it again",
            target=target,
            cause=cause_of(error.__cause__),
            folder=target.parent,
        ) from error
