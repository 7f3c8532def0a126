"""Find the style that a user names: an installed style, a style file, a color table, a photo, or a folder of photos."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import StyleError
from ..imaging.tables.reading import is_color_table
from ..styles.library import StyleEntry, find_style
from ..styles.style import Style
from ..styles.style_file import SUFFIX, ZIP_SUFFIX, load_style

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


def resolve_style(text: str, *, progress: Progress | None = None) -> Style:
    """Return the style that a text names; a path that exists wins over a name.

    Args:
        text: a name, a style file, the zip of a shared style, a color table, a photo or a folder of photos; the last
            two give an instant style, which is cached.
        progress: called with (done, total) photos while an instant style is computed.

    Raises:
        AtelierError: there is no such style, or it cannot be used.
    """
    path = Path(text).expanduser()
    is_file = os.path.isfile(path)  # Path.is_file raises where it may not look, and for names that are too long
    if is_file and is_color_table(path):
        from ..styles.table_style import style_of_table

        return style_of_table(path)
    if os.path.isdir(path) or (is_file and path.suffix.lower() not in (SUFFIX, ZIP_SUFFIX)):
        from .look.cached_instant import instant_style_of  # what measures photos takes seconds to import

        return instant_style_of(path, progress)
    if is_file:
        return load_style(path)
    if path.suffix.lower() == SUFFIX:
        raise StyleError("{path}: no such style file", path=path)
    entry = find_style(text)
    _log.info("style %s: %s", entry.name, entry.path)
    return open_entry(entry)


def open_entry(entry: StyleEntry) -> Style:
    """Load an installed style, named as its file is."""
    return replace(load_style(entry.path), name=entry.path.name.removesuffix(SUFFIX))
