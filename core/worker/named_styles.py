"""The styles that a client's requests name, each kept until its file changes."""

from __future__ import annotations

import math
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import StyleError
from ..imaging.tables.reading import is_color_table, read_color_table
from ..learning.resolve import resolve_style
from ..styles.library import find_style
from ..styles.style import Style, blend_styles
from ..styles.style_file import SUFFIX
from ..styles.table_style import style_of_table
from .job import BadRequest, Job

_KEPT = 24
_LONGEST_NAME = 80
Progress = Callable[[int, int], None]
Mark = tuple[object, ...]  # of a file and what it held: another one is another style


@dataclass(frozen=True)
class NamedStyle:
    """A style, and the mark of what it was read from: equal marks are the same style."""

    style: Style
    mark: Mark


class NamedStyles:
    """Reads styles by name, and keeps the last of them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, NamedStyle] = OrderedDict()

    def of(self, job: Job) -> NamedStyle:
        """Return the style of a request.

        Its `style` is a text as of `resolve_style`; with `table` it is the path of a color table, and nothing else
        will do. With `second`, another such text, the result is a blend of both, whose `share`, 0 to 1, is the
        second's.

        Raises:
            AtelierError: there is no such style, or it cannot be used.
            BadRequest: a field is invalid.
        """
        first = self._named(job, job.str_field("style"), is_table=job.bool_field("table"))
        share = float(job.float_field("share", 0, 1)) if job.request.head.get("second") else 0.0
        if not math.isfinite(share):
            raise BadRequest(f"share must be a number, got {share}")
        if share == 0:
            return first
        second = self._named(job, job.str_field("second"), is_table=False)
        if share == 1:
            return second
        name = f"{first.style.name} + {second.style.name}"[:_LONGEST_NAME]
        blend = blend_styles(first.style, second.style, share, name)
        return NamedStyle(blend, (first.mark, second.mark, share))

    def _named(self, job: Job, text: str, *, is_table: bool) -> NamedStyle:
        mark = (is_table, *_mark_of(text, is_table=is_table))
        known = self._known.get(text)
        if known is None or known.mark != mark:
            known = NamedStyle(_table(text) if is_table else _style(text, job), mark)
            self._known[text] = known
        self._known.move_to_end(text)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known


def _style(text: str, job: Job) -> Style:
    return resolve_style(text, progress=lambda done, total: job.progress(done, total, "photos"))


def _table(text: str) -> Style:
    path = Path(text).expanduser()
    if os.path.isfile(path) and not is_color_table(path):
        read_color_table(path)  # raises for other suffixes; what is left are pictures
        raise StyleError("{path}: is a picture, and no color table; choose a HaldCLUT, or a .cube file", path=path)
    return style_of_table(path)


def _mark_of(text: str, *, is_table: bool) -> tuple[object, ...]:
    """Return where a text leads, and the state of that; a folder's state changes with the files in it."""
    path = Path(text).expanduser()
    if not os.path.exists(path) and not is_table and path.suffix.lower() != SUFFIX:
        path = find_style(text).path
    try:
        state = path.stat()
    except OSError:
        return (str(path),)
    return (str(path.absolute()), state.st_mtime_ns, state.st_size, state.st_ino)
