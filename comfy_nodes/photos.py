"""Photos to learn from: tensors, or a folder below ComfyUI's input folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ..core.errors import LearningError
from ..core.imaging.proxy import Proxy, proxy_of
from ..core.languages import translate
from ..core.photos.cache import cache_key
from ..core.photos.folder import find_photos, read_photo_folder
from .folders import input_folder
from .pictures import photo_of
from .sockets import first

_log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


def gather_photos(images: Sequence[Tensor] | None, folder: str | None, progress: Progress) -> list[Proxy]:
    """Return proxies of the photos of batches and of a folder.

    Args:
        images: batches (B, H, W, C), which may differ in size; None for none.
        folder: of finished photos below the input folder; None or "(none)" for none.
        progress: called with (done, total) photos.

    Returns:
        Any number of proxies.

    Raises:
        AtelierError: the folder is missing, or no photo in it can be used.
    """
    frames = [frame for batch in images or () for frame in batch]
    proxies = []
    for done, frame in enumerate(frames, start=1):
        proxies.append(proxy_of(photo_of(frame)))
        progress(done, len(frames))
    path = input_folder(folder)
    if path is None:
        return proxies
    found = read_photo_folder(path, progress=progress)
    for finding in found.findings:
        _log.info("Portrait Atelier: %s: %s", finding.path, finding.text)
    for warning in found.warnings:
        _log.warning("Portrait Atelier: %s", warning)
    return [*proxies, *found.proxies]


def require_photos(proxies: Sequence[Proxy]) -> None:
    """Check that there are photos.

    Raises:
        LearningError: there are no photos.
    """
    if not proxies:
        raise LearningError("no photos: nothing to learn from; connect images, or choose a folder of finished photos")


def folders_there(*folders: Any) -> bool | str:
    """Whether chosen folders are there, for `validate_inputs`; else what to do.

    ComfyUI would only say that a name is not in its list, as where an example names a folder that is still to be made.
    """
    try:
        for folder in folders:
            input_folder(first(folder))
    except LearningError as error:
        return translate(error, "en")
    return True


def folder_state(*folders: str | None) -> str:
    """Return a text of the contents of folders, which changes when a photo is added, removed or edited."""
    return "|".join(_state_of(folder) for folder in folders)


def _state_of(folder: str | None) -> str:
    try:
        path: Path | None = input_folder(folder)
        return "" if path is None else cache_key(str(path), find_photos(path))
    except (LearningError, OSError) as error:
        return str(error)
