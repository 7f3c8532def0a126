"""Styles learnt by scripts, from a folder of photos or from photos in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import LearningError
from ..imaging.files.reading import read_photo
from ..imaging.proxy import Proxy, proxy_of
from ..learning.request import (
    Ending,
    PhotosRead,
    ReadingPhotos,
    Resume,
    TrainingNote,
    TrainingStep,
    TrainOptions,
    TrainProgress,
    TrainRequest,
)
from ..styles.controls import Controls
from ..styles.style import Style, checked_name
from .applying import proxy_from
from .pictures import photo_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from .applying import FilePath

    Photos = FilePath | Iterable[FilePath | np.ndarray | Image]


Progress = Callable[[str, int, int], object]
_log = logging.getLogger(__name__)


def learn(
    photos: Photos,
    name: str,
    *,
    content: Photos | None = None,
    generator: str = "look",
    instant: bool = False,
    options: TrainOptions | None = None,
    resume: bool = False,
    device: str = Controls().device,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Style:
    """Learn a style from a photographer's finished photos.

    While it trains, a checkpoint is written that `resume` goes on from, here and in every other program.

    Args:
        photos: a folder, at any depth, whose photos are checked as `atelier learn` does (duplicates, small and damaged
            ones are left out); one photo; or several as files, arrays or images, which are taken as they are.
        name: of the style.
        content: untouched photos of the same hand, if there are any, of the same kinds; they make the style truer.
        generator: `look`: colors and light, keeps every feature; `pixel`: paints, for textures.
        instant: read the photos, in seconds, and do not train. Training a look needs 8 photos.
        options: of training; None for the defaults.
        resume: go on with a training of the same photos and options that was stopped, if there is one.
        device: where to train a look: `auto`, `cpu`, `cuda` or `mps`.
        progress: called with what is done ("photos" or "training"), how many of it are done, and how many there are;
            what it raises ends the work.
        should_stop: asked often; True ends training after the step that is under way and keeps the best so far.

    Returns:
        The style, which is in no library yet: see `Style.save` and `add_style`.

    Raises:
        LearningError: the photos are too few, or none can be used.
        AtelierError: a photo cannot be read, the name cannot be used, or the device is not there.
        ValueError: an option is out of range, or the generator has no such option.
    """
    checked_name(name)
    Controls(device=device)  # refuses what is no device
    request = TrainRequest(
        name,
        _gathered(photos, generator, progress),
        None if content is None else _gathered(content, generator, progress),
        generator=generator,
        instant=instant,
        options=options or TrainOptions(),
        device=None if device == "auto" else device,
        resume=Resume.IF_THERE if resume else Resume.NEVER,
    )
    if not isinstance(request.photos, Path):
        _require_enough(request, len(request.photos))
    return _trained(request, progress, should_stop)


def _trained(request: TrainRequest, progress: Progress | None, should_stop: Callable[[], bool] | None) -> Style:
    from ..learning.service import train_style

    def hear(event: TrainProgress) -> None:
        if isinstance(event, ReadingPhotos) and progress is not None:
            progress("photos", event.done, event.total)
        elif isinstance(event, TrainingStep) and progress is not None:
            progress("training", event.step, event.num_steps)
        elif isinstance(event, PhotosRead):
            for finding in event.folder.findings:
                _log.info("%s: %s", finding.path, finding.text)
            for warning in event.folder.warnings:
                _log.warning("%s", warning)
            if event.folder.folder == request.photos:
                _require_enough(request, len(event.folder.photos))
        elif isinstance(event, TrainingNote):
            _log.warning("%s", event.text)

    def ending() -> Ending | None:
        return Ending.KEEP if should_stop is not None and should_stop() else None

    result = train_style(request, hear, ending)
    assert result.style is not None  # nobody pauses here
    result.forget_checkpoint()
    return result.style


def _require_enough(request: TrainRequest, count: int) -> None:
    """Refuse fewer photos than training needs, where a program with a window would make an instant style of them."""
    from ..learning.look.training import LEAST_PHOTOS

    if request.generator == "look" and not request.instant and count < LEAST_PHOTOS:
        raise LearningError(
            "{name}: {count} finished photos: training needs {least}; add photos, or learn it with instant=True",
            one="{name}: {count} finished photo: training needs {least}; add photos, or learn it with instant=True",
            name=request.name,
            count=count,
            least=LEAST_PHOTOS,
        )


def _gathered(photos: Photos, generator: str, progress: Progress | None) -> Path | Sequence[Proxy]:
    """A folder as its path; else the photos, small."""
    from ..photos.proxy_store import PackedProxy, StoredProxies

    if isinstance(photos, (str, os.PathLike)):
        return Path(photos).expanduser()
    given = _several(photos)
    packed = []
    for done, photo in enumerate(given, start=1):
        packed.append(PackedProxy.pack(_picture_from(photo) if generator == "pixel" else proxy_from(photo)))
        if progress is not None:
            progress("photos", done, len(given))
    return StoredProxies(packed)


def _picture_from(photo: FilePath | np.ndarray | Image) -> Proxy:
    """At the size at which it is painted."""
    from ..styles.pixel_model import PAINTING_SIZE

    is_file = isinstance(photo, (str, os.PathLike))
    return proxy_of(read_photo(Path(photo).expanduser()) if is_file else photo_of(photo), PAINTING_SIZE)


def _several(photos: Iterable[FilePath | np.ndarray | Image]) -> Sequence[FilePath | np.ndarray | Image]:
    if isinstance(photos, np.ndarray) and photos.ndim < 4:
        raise ValueError(f"photos must be a folder or several photos, got one array of shape {photos.shape}")
    given = list(photos)
    if not given:
        raise LearningError("no photos: nothing to learn from; give a folder of finished photos, or several of them")
    return given
