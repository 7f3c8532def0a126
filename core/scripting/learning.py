"""Training of styles by scripts, from a folder of photos or from photos in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import LearningError
from ..imaging.proxy import Proxy
from ..learning.look.settings import LookTrainSettings
from ..styles.controls import Controls
from ..styles.style import Style, checked_name
from .applying import proxy_from

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..learning.look.training import StyleTraining
    from .applying import FilePath

    Photos = FilePath | Iterable[FilePath | np.ndarray | Image]


Progress = Callable[[str, int, int], object]
_log = logging.getLogger(__name__)


def learn(
    photos: Photos,
    name: str,
    *,
    content: Photos | None = None,
    instant: bool = False,
    settings: LookTrainSettings | None = None,
    device: str = Controls().device,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Style:
    """Learn a style from a photographer's finished photos.

    Args:
        photos: a folder, at any depth, whose photos are checked as `atelier learn` does (duplicates, small and damaged
            ones are left out); one photo; or several as files, arrays or images, which are not checked.
        name: of the style.
        content: untouched photos by the same photographer, of the same types; None for none. They improve the style.
        instant: whether to skip training, which needs 8 photos; takes seconds.
        settings: of training; None for the defaults.
        device: torch device: `auto`, `cpu`, `cuda` or `mps`.
        progress: called with the stage ("photos" or "training"), the number done, and the total; an exception that it
            raises ends the work.
        should_stop: called after each training step; True ends training and keeps the best style so far.

    Returns:
        The style, not yet saved: see `Style.save` and `add_style`.

    Raises:
        LearningError: the photos are too few, or none can be used.
        AtelierError: a photo cannot be read, the name cannot be used, or the device is not available.
    """
    checked_name(name)
    Controls(device=device)  # raises for unknown devices
    finished, made = _gathered(photos, progress)
    own = None if content is None else _gathered(content, progress)[0]
    if instant:
        from ..learning.look.instant import style_from_proxies

        return style_from_proxies(finished, name, content=own, settings={"method": "set network", **made})
    learning = _training(finished, own, settings, device)
    ended = _run(learning, progress, should_stop)
    return learning.style(name, settings={**made, "finished": ended})


def _training(
    photos: Sequence[Proxy], content: Sequence[Proxy] | None, settings: LookTrainSettings | None, device: str
) -> StyleTraining:
    from ..imaging.rendering.render_torch import pick_device
    from ..learning.look.photos import TrainingPhotos
    from ..learning.look.training import StyleTraining

    own = None if content is None else TrainingPhotos.of(content)
    return StyleTraining(TrainingPhotos.of(photos), own, settings=settings, device=str(pick_device(device)))


def _run(learning: StyleTraining, progress: Progress | None, should_stop: Callable[[], bool] | None) -> bool:
    """Train; return whether training was completed."""
    for status in learning.run():
        if progress is not None:
            progress("training", status.step, status.num_steps)
        if should_stop is not None and should_stop():
            return False
    return True


def _gathered(photos: Photos, progress: Progress | None) -> tuple[Sequence[Proxy], dict[str, object]]:
    """Return proxies of the photos, and the settings of their check, for the style."""
    from ..photos.folder import FolderSettings, read_photo_folder
    from ..photos.proxy_store import PackedProxy, StoredProxies

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress("photos", done, total)

    if isinstance(photos, (str, os.PathLike)):
        settings = FolderSettings()
        folder = read_photo_folder(Path(photos).expanduser(), settings=settings, progress=told)
        for finding in folder.findings:
            _log.info("%s: %s", finding.path, finding.text)
        for warning in folder.warnings:
            _log.warning("%s", warning)
        return folder.proxies, {"folder": asdict(settings)}
    given = _several(photos)
    packed = []
    for done, photo in enumerate(given, start=1):
        packed.append(PackedProxy.pack(proxy_from(photo)))
        told(done, len(given))
    return StoredProxies(packed), {}


def _several(photos: Iterable[FilePath | np.ndarray | Image]) -> Sequence[FilePath | np.ndarray | Image]:
    if isinstance(photos, np.ndarray) and photos.ndim < 4:
        raise ValueError(f"photos must be a folder or several photos, got one array of shape {photos.shape}")
    given = list(photos)
    if not given:
        raise LearningError("no photos: nothing to learn from; give a folder of finished photos, or several of them")
    return given
