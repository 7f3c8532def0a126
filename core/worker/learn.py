"""Learning a style for a client that shows how far it is: its request, its cancels and its progress, translated."""

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
from ..styles.library import own_style_path
from ..styles.style import Style
from ..styles.style_file import save_style
from ..texts import Text, cause_of
from .desk import Desk
from .job import BadRequest, Cancelled, Job
from .messages import Message

WAYS = ("instant", "trained")


@dataclass(frozen=True)
class LearnRequest:
    """What a client wants to be learnt.

    Attributes:
        training: what core is asked for.
        overwrite: whether a style of that name may be replaced.
    """

    training: TrainRequest
    overwrite: bool

    @classmethod
    def of(cls, job: Job) -> LearnRequest:
        """As the request says; `steps` 0 or missing leaves their number to the settings.

        Raises:
            BadRequest: it says nonsense.
            LearningError: there is no such folder.
        """
        way, steps = job.text("training"), job.whole("steps", 0, MAX_STEPS) if "steps" in job.request.head else 0
        if way not in WAYS:
            raise BadRequest(f"training must be one of {', '.join(WAYS)}, got {way!r}")
        folder = Path(job.text("folder")).expanduser()
        if not folder.exists():
            raise LearningError("{folder}: no such folder; choose the folder with your finished photos", folder=folder)
        options = TrainOptions(steps=steps or None)
        training = TrainRequest(job.text("name"), folder, instant=way == "instant", options=options)
        return cls(training, job.flag("overwrite"))


def learn(job: Job, desk: Desk) -> Message:
    """Learn a style into the user's library; it is there when the answer comes, and not before.

    A cancel that says `keep` ends training and keeps the best so far, as Ctrl-C does; any other keeps nothing. Where
    the client hung up or died, nothing is stored, and the next training of these photos goes on.
    """
    del desk
    request = LearnRequest.of(job)
    name = request.training.name
    target = own_style_path(name, overwrite=True)
    if target.exists() and not request.overwrite:
        raise LearningError("{name}: a style of that name exists; choose another name, or have it replaced", name=name)
    result = train(job, request.training)
    assert result.style is not None
    path = _stored(result.style, target, overwrite=request.overwrite)
    result.forget_checkpoint()
    style = result.style
    return Message(
        {"name": style.name, "path": str(path), "photos": style.num_photos, "kind": style.kind}, [style.cover]
    )


def train(job: Job, request: TrainRequest) -> TrainResult:
    """Learn a style for a client.

    Args:
        job: is told how far it is, and asked whether to go on.
        request: what is to be learnt.

    Raises:
        Cancelled: the client wants nothing of it.
    """
    result = train_style(request, lambda event: _tell(job, event), lambda: _ending(job))
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
    """What a client wants that cancelled, or is gone."""
    if job.deserted:
        return Ending.PAUSE
    if not job.stop.is_set():
        return None
    return Ending.KEEP if job.keep else Ending.FORGET


def _tell(job: Job, event: TrainProgress) -> None:
    """Pass on what a training tells. That nobody listens any more, or cancelled, is seen by `_ending`."""
    with suppress(Cancelled):
        if isinstance(event, ReadingPhotos):
            job.progress(event.done, event.total, "photos")
        elif isinstance(event, PreparingTraining):
            job.progress(0, event.num_steps, "training")
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
