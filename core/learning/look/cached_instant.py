"""Instant styles that are computed from photos when they are used, and cached."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ...errors import AtelierError, StyleError
from ...estimation.set_model import load_set_model
from ...folders import cache_folder
from ...photos.cache import cache_key
from ...photos.folder import FolderSettings, find_photos, read_photo_folder
from ...styles.style import Style, checked_name
from ...styles.style_file import SUFFIX, load_style, save_style
from .instant import style_from_proxies

_log = logging.getLogger(__name__)
_CACHE_VERSION = 3  # increase when the same photos would give another style


def instant_style_of(path: Path, progress: Callable[[int, int], None] | None = None) -> Style:
    """Return the instant style of a photo or a folder, from the cache if the photos have not changed.

    Args:
        path: a photo, or a folder of photos.
        progress: called with (done, total) photos while the style is made.

    Raises:
        AtelierError: no photo there can be used.
    """
    key = cache_key(f"{_CACHE_VERSION}|{load_set_model().hash}|{path.resolve()}", find_photos(path))
    cached = cache_folder() / "instant" / f"{key}{SUFFIX}"
    if cached.is_file():
        with suppress(StyleError):  # damaged: computed again below
            return load_style(cached)
    settings = FolderSettings()
    photos = read_photo_folder(path, settings=settings, progress=progress)
    for warning in photos.warnings:
        _log.warning(warning)
    made = {"method": "set network", "folder": asdict(settings)}
    style = style_from_proxies(photos.proxies, _name_of(path), settings=made)
    with suppress(AtelierError):  # a cache that cannot be written only costs time
        save_style(style, cached, overwrite=True)
    return style


def _name_of(path: Path) -> str:
    try:
        return checked_name(path.resolve().name if path.is_dir() else path.stem)
    except StyleError:
        return "photos"
