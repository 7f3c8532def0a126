"""The request to learn a style."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import AtelierError, LearningError
from ..learning.look.instant import InstantResult, learn_instant
from ..learning.look.settings import LookTrainSettings
from ..learning.look.training import LEAST_PHOTOS
from ..styles.library import own_style_path
from ..styles.style import Style
from ..styles.style_file import save_style
from ..texts import Text, cause_of
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message
from .training import forget_training, train

WAYS = ("instant", "trained")
MAX_STEPS = 10_000


@dataclass(frozen=True)
class LearnRequest:
    """The fields of a request to learn a style.

    Attributes:
        folder: finished photos.
        name: of the style.
        way: one of WAYS, the field `training`.
        settings: of training.
        overwrite: whether a style of that name may be replaced.
    """

    folder: Path
    name: str
    way: str
    settings: LookTrainSettings
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
        settings = replace(LookTrainSettings(), num_steps=steps) if steps else LookTrainSettings()
        return cls(folder, job.str_field("name"), way, settings, job.bool_field("overwrite"))


def learn(job: Job, client: ClientState) -> Message:
    """Learn a style and save it in the user's library, before the answer is sent.

    A cancel with `keep` ends training and keeps the best style so far, like Ctrl-C; any other keeps nothing.
    """
    del client
    request = LearnRequest.of(job)
    target = own_style_path(request.name, overwrite=True)
    if target.exists() and not request.overwrite:
        raise LearningError(
            "{name}: a style of that name exists; choose another name, or have it replaced", name=request.name
        )
    result = learn_instant(
        request.folder, request.name, progress=lambda done, total: job.progress(done, total, "photos")
    )
    job.notes += [
        Text("{name}: {text}", name=finding.path.name, text=finding.text) for finding in result.photos.findings
    ]
    job.notes += result.photos.warnings
    style = _learnt(job, request, result)
    job.check_unless_kept()
    path = _stored(style, target, overwrite=request.overwrite)
    forget_training(style, request.folder)
    return Message(
        {"name": style.name, "path": str(path), "photos": style.num_photos, "kind": style.kind}, [style.cover]
    )


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


def _learnt(job: Job, request: LearnRequest, result: InstantResult) -> Style:
    if request.way == "instant":
        return result.style
    if len(result.photos.photos) < LEAST_PHOTOS:
        job.notes.append(
            Text("fewer than {least} photos teach no more than an instant style; this is one", least=LEAST_PHOTOS)
        )
        return result.style
    return train(job, result, request.name, request.settings)
