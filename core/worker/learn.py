"""The request to learn a style: its fields, progress, cancelling and answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..errors import AtelierError, LearningError
from ..imaging.files.atomic import atomic_write
from ..imaging.photo import Photo
from ..learning.request import MAX_STEPS, Ending, TrainOptions, TrainRequest
from ..reports.words import verdict_lines
from ..styles.cover import with_cover
from ..styles.library import own_style_path
from ..styles.sources import StyleSource, remember_source, source_of
from ..styles.style import Style
from ..styles.style_file import load_style, save_style
from ..texts import Text, cause_of
from .client_state import ClientState
from .course import Course
from .job import BadRequest, Job
from .messages import Message
from .styles import free_style_path, photos_of

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


def open_photo(job: Job) -> Photo | None:
    """Return the photo of a request; None if there is none, or nothing to see in it."""
    photos = photos_of(job) if job.request.blobs else []
    return next((photo for photo in photos if photo.alpha is None or photo.alpha.any()), None)


def learn(job: Job, client: ClientState) -> Message:
    """Learn a style and save it in the user's library, before the answer is sent.

    The instant style is saved as soon as it is there, and each better one that training finds, so that they can be used
    meanwhile. Of each the client is told by an `interim` message: `name`, `kind`, the `verdict` in lines, and JPEGs of
    `pictures` (an `untouched` photo, the `open` one or the `sample` portrait; the same `styled`; a `finished` photo) as
    blobs. The answer has these too, after the cover. The `open` photo is a blob of the request, with its size in
    `sizes`, as for a style from images; it is shown where there are no untouched photos.

    A cancel with `keep` ends training and keeps the best style so far, like Ctrl-C; any other keeps nothing, and brings
    back what was replaced. If the connection is lost, the best style so far stays, and the next training of these
    photos resumes from the checkpoint.
    """
    del client
    request = LearnRequest.of(job)
    place = _Place.of(request)
    course = Course(job, request.training, open_photo(job), place.store)
    try:
        result = course.run()
        assert result.style is not None
        names, pictures = course.pictures_of(result.style)  # before it is stored, since then it cannot be cancelled
        path = place.store(result.style, is_final=True)
    except BaseException:
        if not job.client_gone:
            place.bring_back()
        raise
    result.forget_checkpoint()
    style = result.style
    verdict = verdict_lines(style)
    job.notes[:0] = verdict  # a dialog shows a few notes
    if result.ending is Ending.KEEP and result.num_steps:
        job.notes.append(
            Text(
                "stopped after step {step} of {total}; to go on, learn it once more and have it replaced",
                step=result.step,
                total=result.num_steps,
            )
        )
    told = {"verdict": [job.translate(text) for text in verdict], "pictures": names}
    facts = {"name": style.name, "path": str(path), "photos": style.num_photos, "kind": style.kind}
    return Message({**facts, **told}, [style.cover, *pictures])


@dataclass
class _Place:
    """Where a style is stored in the user's library.

    Attributes:
        path: of the style.
        source: of the style, noted beside the library.
        before: what was there; None if nothing was.
        is_changed: whether something was stored since.
    """

    path: Path
    source: StyleSource
    before: bytes | None
    is_changed: bool = False

    @classmethod
    def of(cls, request: LearnRequest) -> _Place:
        """Return the place of a request's style.

        Raises:
            StyleError: the name cannot be used, or is taken, but for what an unfinished training of the same photos
                left there.
        """
        training = request.training
        paths = (training.photos, training.content)
        photos, content = (path.resolve() if isinstance(path, Path) else None for path in paths)
        source = StyleSource(photos, content, training.generator, training.instant, asdict(training.options))
        goes_on = _is_unfinished(own_style_path(training.name, overwrite=True), source)
        path = free_style_path(training.name, overwrite=request.overwrite or goes_on)
        return cls(path, source, path.read_bytes() if path.is_file() else None)

    def store(self, style: Style, *, is_final: bool = False) -> Path:
        """Store a style, which is marked as unfinished and without its cover unless it `is_final`.

        Raises:
            AtelierError: it cannot be written.
        """
        if not is_final:
            style = with_cover(replace(style, settings={**style.settings, "finished": False}))
        stored = _stored(style, self.path)
        self.is_changed = True
        remember_source(style, self.source)
        return stored

    def bring_back(self) -> None:
        """Bring back what was there before."""
        if not self.is_changed:
            return
        with suppress(AtelierError, OSError):
            if self.before is None:
                self.path.unlink(missing_ok=True)
            else:
                with atomic_write(self.path, overwrite=True) as temporary:
                    temporary.write_bytes(self.before)


def _is_unfinished(path: Path, source: StyleSource) -> bool:
    """Whether a style is what an unfinished training of the same photos left."""
    if not path.is_file():
        return False
    try:
        style = load_style(path)
    except AtelierError:
        return False
    known = source_of(style)
    is_same = known is not None and (known.photos, known.content) == (source.photos, source.content)
    return is_same and style.settings.get("finished") is False


def _stored(style: Style, target: Path) -> Path:
    try:
        return save_style(style, target, overwrite=True)
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
