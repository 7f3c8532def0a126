"""A training of the pixel generator: no checkpoint, so that a pause begins it anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2

from ..core.errors import AtelierError, LearningError
from ..core.imaging.files import replacing
from ..core.imaging.proxy import Proxy, proxy_of
from ..core.imaging.reading import read_photo
from ..core.learning.photo_search import find_photos
from ..core.learning.pixel_learner import PixelLearningSettings
from ..core.learning.pixel_learning import PixelLearningStatus, learn_pixel_style
from ..core.styles.applying import apply_style
from ..core.styles.cover import astronaut
from ..core.styles.pixel_model import PAINTING_SIZE
from ..core.styles.style import Style
from .trainings import Training

_MOST_PICTURES = 32  # large ones; more would teach little


def learn_pixel(training: Training, check: Callable[[], None], is_stopped: Callable[[], bool]) -> tuple[Style, bool]:
    """Train a pixel style.

    Args:
        training: what, and where.
        check: raises where the process shall end.
        is_stopped: whether the best so far is enough.

    Returns:
        The style, and whether learning came to its end.

    Raises:
        LearningError: no picture can be read.
    """
    request = training.request
    pictures = _read(training, check)
    steps = 0 if request.instant else request.settings.num_steps
    settings = replace(PixelLearningSettings(), num_steps=steps, seed=request.settings.seed)
    best: Style | None = None
    status: PixelLearningStatus | None = None
    for status in learn_pixel_style(pictures, None, request.name, settings):
        best = _shown(training, status.style) or best
        left = status.seconds / max(status.step, 1) * (status.num_steps - status.step) if status.step else None
        training.record({"step": status.step, "terms": status.terms, "distance": status.distance})
        training.report(state="learning", step=status.step, num_steps=status.num_steps, seconds_left=left)
        check()
        if is_stopped():
            break
    if best is None or status is None:
        raise LearningError(f"{request.name}: stopped before there was a style; start again")
    return best, status.step >= status.num_steps


def _read(training: Training, check: Callable[[], None]) -> list[Proxy]:
    found = find_photos(training.request.photos)
    step = max(1, -(-len(found) // _MOST_PICTURES))
    pictures: list[Proxy] = []
    notes: list[str] = []
    for path in found[::step]:
        check()
        try:
            pictures.append(proxy_of(read_photo(path), PAINTING_SIZE))
        except AtelierError as error:
            notes.append(f"{error}; left out")
    training.report(notes=tuple(notes))
    if not pictures:
        raise LearningError(f"{training.request.name}: no picture can be read; give JPEG, PNG, TIFF or WebP files")
    return pictures


def _shown(training: Training, style: Style | None) -> Style | None:
    """Paint the astronaut for people to look at."""
    if style is not None:
        for name, photo in (("before", astronaut()), ("after", apply_style(astronaut(), style))):
            done, data = cv2.imencode(".jpg", photo.pixels[..., ::-1])
            assert done
            with replacing(training.samples / f"{name}-0.jpg", overwrite=True) as temporary:
                temporary.write_bytes(data.tobytes())
    return style
