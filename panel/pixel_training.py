"""A training of the pixel generator: pictures read, steps reported, a checkpoint to go on from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..core.errors import AtelierError, LearningError
from ..core.imaging.contact_sheet import jpeg_of
from ..core.imaging.files.atomic import replacing
from ..core.imaging.files.reading import read_photo
from ..core.imaging.proxy import Proxy, proxy_of
from ..core.learning.pixel.settings import PixelLearningSettings
from ..core.learning.pixel.training import PixelLearning, PixelLearningStatus
from ..core.photos.search import find_photos
from ..core.styles.applying import apply_style
from ..core.styles.cover import astronaut
from ..core.styles.pixel_model import PAINTING_SIZE
from ..core.styles.style import Style
from ..core.texts import Text
from .pace import MOST_PICTURES, PIXEL, StepClock
from .trainings import Training


def learn_pixel(training: Training, check: Callable[[], None], is_stopped: Callable[[], bool]) -> tuple[Style, bool]:
    """Train a pixel style; goes on from the training's checkpoint where there is one.

    Args:
        training: what, and where.
        check: raises where the process shall end; the checkpoint is written before.
        is_stopped: whether the best so far is enough.

    Returns:
        The style, and whether learning came to its end.

    Raises:
        LearningError: no picture can be read.
    """
    pictures, content = _pictures(training, check)
    clock = StepClock(PIXEL)
    learning = _prepared(training, pictures, content)
    best: Style | None = None
    finished = False
    for status in learning.run():
        best = _shown(training, status.style) or best
        _record(training, status, clock)
        if status.step and status.step % learning.settings.judge_every == 0:
            learning.save(training.checkpoint, training.key)
        finished = status.step >= status.num_steps
        if is_stopped():
            break
        try:
            check()
        except BaseException:
            learning.save(training.checkpoint, training.key)
            raise
    assert best is not None  # the first status has a style
    return best, finished


def _pictures(training: Training, check: Callable[[], None]) -> tuple[list[Proxy], list[Proxy] | None]:
    """Those of the style, and those to paint."""
    request, notes = training.request, list[Text]()
    pictures = _read(training, request.photos, check, notes)
    content = None if request.content is None else _read(training, request.content, check, notes)
    training.report(state="reading", message="setup", notes=tuple(notes))
    if not pictures:
        raise LearningError("{name}: no picture can be read; give JPEG, PNG, TIFF or WebP files", name=request.name)
    return pictures, content


def _prepared(training: Training, pictures: list[Proxy], content: list[Proxy] | None) -> PixelLearning:
    request, notes = training.request, list(training.status.notes)
    settings = PixelLearningSettings.from_look(request.settings, instant=request.instant)
    learning = PixelLearning(pictures, content, request.name, settings)
    if training.checkpoint.exists():
        try:
            learning.resume(training.checkpoint, training.key)
        except LearningError as error:
            notes.append(Text("the checkpoint could not be used, so learning began anew ({cause})", cause=error))
            training.report(notes=tuple(notes))
    return learning


def _record(training: Training, status: PixelLearningStatus, clock: StepClock) -> None:
    to_do = status.num_steps - status.step
    if status.terms:
        training.record({"step": status.step, "terms": status.terms, "distance": status.distance})
        left = clock.after(status.step, status.num_steps)
    else:  # before the first step, or after the last
        left = clock.expected(to_do) if to_do else 0.0
    training.report(state="learning", step=status.step, num_steps=status.num_steps, seconds_left=left)


def _read(training: Training, folder: Path, check: Callable[[], None], notes: list[Text]) -> list[Proxy]:
    found = find_photos(folder)
    chosen = found[:: max(1, -(-len(found) // MOST_PICTURES))]
    pictures: list[Proxy] = []
    for done, path in enumerate(chosen):
        check()
        training.report(state="reading", message=f"reading {done} {len(chosen)}")
        try:
            pictures.append(proxy_of(read_photo(path), PAINTING_SIZE))
        except AtelierError as error:
            notes.append(Text("{text}; left out", text=error))
    return pictures


def _shown(training: Training, style: Style | None) -> Style | None:
    """Paint the astronaut for people to look at."""
    if style is not None:
        for name, photo in (("before", astronaut()), ("after", apply_style(astronaut(), style))):
            with replacing(training.samples / f"{name}-0.jpg", overwrite=True) as temporary:
                temporary.write_bytes(jpeg_of(photo.pixels))
    return style
