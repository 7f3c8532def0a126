"""What a user may call a style: an installed style's name, a style file, a photo, or a folder of photos."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import AtelierError, StyleError
from ..folders import cache_folder
from ..styles.base_model import load_base
from ..styles.library import StyleEntry, find_style
from ..styles.style import Style, checked_name
from ..styles.style_file import SUFFIX, load_style, save_style
from .cache import cache_key
from .instant import Progress, learn_instant
from .photo_folder import find_photos

_log = logging.getLogger(__name__)
_CACHE_VERSION = 2  # raise when the same photos would give another style


def resolve_style(
    text: str, *, host_folders: Sequence[tuple[str, Path]] = (), progress: Progress | None = None
) -> Style:
    """The style that a user means; a path that exists wins over a name.

    Args:
        text: a name, a style file, a photo or a folder of photos; of the last two an instant style is made and cached.
        host_folders: (origin, folder) of the program that asks.
        progress: called with (done, total) photos while an instant style is made.

    Raises:
        AtelierError: nothing is called so, or what is cannot be used.
    """
    path = Path(text).expanduser()
    is_file = os.path.isfile(path)  # Path.is_file raises where it may not look, and for names that are too long
    if os.path.isdir(path) or (is_file and path.suffix.lower() != SUFFIX):
        return _instant_style(path, progress)
    if is_file:
        return load_style(path)
    if path.suffix.lower() == SUFFIX:
        raise StyleError(f"{path}: no such style file")
    return open_entry(find_style(text, host_folders))


def open_entry(entry: StyleEntry) -> Style:
    """Load an installed style; its file's name is what it is called."""
    return replace(load_style(entry.path), name=entry.path.name.removesuffix(SUFFIX))


def _instant_style(path: Path, progress: Progress | None) -> Style:
    key = cache_key(f"{_CACHE_VERSION}|{load_base().hash}|{path.resolve()}", find_photos(path))
    cached = cache_folder() / "instant" / f"{key}{SUFFIX}"
    if cached.is_file():
        with suppress(StyleError):  # damaged: made again below
            return load_style(cached)
    result = learn_instant(path, _name_of(path), progress=progress)
    for warning in result.photos.warnings:
        _log.warning("note: %s", warning)
    with suppress(AtelierError):  # a cache that cannot be written costs time, nothing else
        save_style(result.style, cached, overwrite=True)
    return result.style


def _name_of(path: Path) -> str:
    try:
        return checked_name(path.resolve().name if path.is_dir() else path.stem)
    except StyleError:
        return "photos"
