"""Styles of color tables: a designed look, read from a .cube, a HaldCLUT, or another program's table."""

from __future__ import annotations

import logging
import unicodedata
from functools import lru_cache
from pathlib import Path

from ..errors import StyleError
from ..imaging.tables.input_spaces import with_input_space
from ..imaging.tables.reading import read_color_table
from ..texts import cause_of
from .style import Style, checked_name, table_of

_log = logging.getLogger(__name__)
_MAX_TITLE = 300


def style_of_table(path: Path, *, name: str | None = None, input_space: str | None = None) -> Style:
    """Return the style of a color table.

    Args:
        path: of the table, as of `read_color_table`.
        name: of the style; None for the file's.
        input_space: the log encoding that the table expects, one of `INPUT_SPACES`; None for sRGB.

    Raises:
        StyleError: the file cannot be used, or there is no such space, or the name cannot be used.
        PhotoError: the picture of a HaldCLUT cannot be read.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise StyleError("{path}: cannot be read ({cause})", path=path, cause=cause_of(error)) from error
    style = _read(path.resolve(), input_space, state.st_mtime_ns, state.st_size)
    return style if name is None else style.renamed(name)


@lru_cache(maxsize=4)
def _read(path: Path, input_space: str | None, changed: int, num_bytes: int) -> Style:
    """Read a table; the date and the size of its file are part of the cache key."""
    del changed, num_bytes
    table = read_color_table(path)
    if input_space is not None:
        table = with_input_space(table, input_space)
    for note in table.notes:
        _log.warning(note)
    title = "".join(letter if unicodedata.category(letter) != "Cc" else " " for letter in table.title)[:_MAX_TITLE]
    made = {"method": "color table", "file": path.name, "notes": [str(note) for note in table.notes]}
    return Style(
        name=_name_of(path),
        kind="fixed",
        description=title or table_of(table.size),
        settings=made if input_space is None else {**made, "input_space": input_space},
        look=table.look(),
    )


def _name_of(path: Path) -> str:
    try:
        return checked_name(path.stem)
    except StyleError:
        return "color table"
