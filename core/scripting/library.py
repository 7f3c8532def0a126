"""Styles for scripts: opened by what a user calls them, listed, added to the library."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from ..learning.resolve import Progress, resolve_style
from ..reports.words import RENEW
from ..styles.library import StyleEntry, list_styles, store_style
from ..styles.library import add_style as add_style_file
from ..styles.style import Style

_log = logging.getLogger(__name__)


def load_style(style: str | os.PathLike[str], *, progress: Progress | None = None) -> Style:
    """Open a style.

    Args:
        style: what `atelier apply -s` takes: the name of an installed style, a style file, a photo or a folder of
            photos. A path that exists wins over a name. Of photos an instant style is made, and kept in the cache.
        progress: called with (done, total) photos while an instant style is made.

    Raises:
        StyleError: nothing is called so, or the file is no whole style file.
        LearningError: no style can be made of the photos.
    """
    found = resolve_style(os.fspath(style), progress=progress)
    if found.is_outdated:
        _log.warning("%s: %s", found.name, RENEW)
    return found


def styles() -> list[StyleEntry]:
    """The installed styles, the user's own and the ready ones, by name; each has a name, a path and an origin."""
    return list_styles()


def add_style(style: Style | str | os.PathLike[str], *, overwrite: bool = False) -> StyleEntry:
    """Put a style into the user's library, where every program finds it by its name.

    Args:
        style: a style, or a style file.
        overwrite: whether one of that name may be replaced.

    Raises:
        StyleError: the name cannot be used or is taken, or the file is no whole style file.
    """
    if isinstance(style, Style):
        return store_style(style, overwrite=overwrite)
    return add_style_file(Path(style).expanduser(), overwrite=overwrite)
