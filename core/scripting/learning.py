"""Training of styles by scripts, from a folder of photos or from photos in memory."""

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

    Training writes checkpoints, from which `resume` continues, here and in every other program.

    Args:
        photos: a folder, at any depth, whose photos are checked as `atelier learn` does (duplicates, small and damaged
            ones are left out); one photo; or several as files, arrays or images, which are not checked.
        name: of the style.
        content: untouched photos by the same photographer, of the same types; None for none. They improve the style.
        generator: `look` for colors and light, which keeps every feature; `pixel` for painted textures.
        instant: whether to skip training, which needs 8 photos for a look; takes seconds.
        options: of training; None for the defaults.
        resume: whether to resume a stopped training of the same photos and options, if there is one.
        device: torch device of training a look: `auto`, `cpu`, `cuda` or `mps`.
        progress: called with the stage ("photos" or "training"), the number done, and the total; an exception that it
            raises ends the work.
        should_stop: called often; True ends training after the running step and keeps the best style so far.

    Returns:
        The style, not yet saved: see `Style.save` and `add_style`.

    Raises:
        LearningError: the photos are too few, or none can be used.
        AtelierError: a photo cannot be read, the name cannot be used, or the device is not available.
        ValueError: an option is out of range, or the generator has no such option.
    """
    checked_name(name)
    Controls(device=device)  # raises for unknown devices
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

    def on_progress(event: TrainProgress) -> None:
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

    result = train_style(request, on_progress, ending)
    assert result.style is not None  # PAUSE and FORGET are not used
    result.forget_checkpoint()
    return result.style


def _require_enough(request: TrainRequest, count: int) -> None:
    """Raise LearningError for too few photos; programs with windows make an instant style of them instead."""
    from ..learning.look.settings import LEAST_PHOTOS

    if request.generator == "look" and not request.instant and count < LEAST_PHOTOS:
        raise LearningError(
            "{name}: {count} finished photos: training needs {least}; add photos, or learn it with instant=True",
            one="{name}: {count} finished photo: training needs {least}; add photos, or learn it with instant=True",
            name=request.name,
            count=count,
            least=LEAST_PHOTOS,
        )


def _gathered(photos: Photos, generator: str, progress: Progress | None) -> Path | Sequence[Proxy]:
    """Return the path of a folder, or proxies of several photos."""
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
    """Return a picture at painting size."""
    from ..styles.pixel_style import PAINTING_SIZE

    is_file = isinstance(photo, (str, os.PathLike))
    return proxy_of(read_photo(Path(photo).expanduser()) if is_file else photo_of(photo), PAINTING_SIZE)


def _several(photos: Iterable[FilePath | np.ndarray | Image]) -> Sequence[FilePath | np.ndarray | Image]:
    if isinstance(photos, np.ndarray) and photos.ndim < 4:
        raise ValueError(f"photos must be a folder or several photos, got one array of shape {photos.shape}")
    given = list(photos)
    if not given:
        raise LearningError("no photos: nothing to learn from; give a folder of finished photos, or several of them")
    return given
