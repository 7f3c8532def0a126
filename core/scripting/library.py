"""The style library for scripts: load, list and add styles."""

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
    """Load a style.

    Args:
        style: as of `atelier apply -s`: the name of an installed style, a style file, a color table (.cube, HaldCLUT
            and others), a photo or a folder of photos. A path that exists wins over a name. Photos give an instant
            style, which is cached.
        progress: called with (done, total) photos while an instant style is computed.

    Raises:
        StyleError: there is no such style, or the file is not a complete style file.
        LearningError: the photos give no style.
    """
    found = resolve_style(os.fspath(style), progress=progress)
    if found.is_outdated:
        _log.warning("%s: %s", found.name, RENEW)
    return found


def styles() -> list[StyleEntry]:
    """Return the installed styles, the user's own and the shipped ones, sorted by name, with name, path and origin."""
    return list_styles()


def add_style(
    style: Style | str | os.PathLike[str], *, input_space: str | None = None, overwrite: bool = False
) -> StyleEntry:
    """Add a style to the user's library, where all programs find it by name.

    Args:
        style: a style, a style file, the zip of a shared style, or a color table (.cube, HaldCLUT and others).
        input_space: the log encoding that a color table expects, such as "slog3"; None for sRGB.
        overwrite: whether a style of the same name may be replaced.

    Raises:
        StyleError: the name cannot be used or is taken, or the file is not a complete style file or color table.
    """
    if isinstance(style, Style):
        return store_style(style, overwrite=overwrite)
    return add_style_file(Path(style).expanduser(), input_space=input_space, overwrite=overwrite)
