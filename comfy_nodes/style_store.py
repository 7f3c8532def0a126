"""Cache of styles between runs of a workflow."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from ..core.learning.resolve import open_entry
from ..core.styles.library import StyleEntry
from ..core.styles.style import Style
from ..core.styles.style_file import SUFFIX

MOST_STYLES = 16  # at about 1 MB each

_log = logging.getLogger(__name__)


class StyleStore:
    """Thread-safe cache of the most recently used styles."""

    def __init__(self) -> None:
        self._styles: OrderedDict[str, Style] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], Style]) -> Style:
        """Return the style of a key; make it if it is not cached."""
        with self._lock:
            if key in self._styles:
                self._styles.move_to_end(key)
                return self._styles[key]
        style = make()
        _log.info("Portrait Atelier: style %s is ready", style.name)
        with self._lock:
            self._styles[key] = style
            while len(self._styles) > MOST_STYLES:
                self._styles.popitem(last=False)
        return style


STORE = StyleStore()


def file_key(path: Path) -> str:
    """Return a key of path and time of a file, which changes when it is replaced."""
    status = path.stat()
    return f"{path}|{status.st_size}|{status.st_mtime_ns}"


def open_style(entry: StyleEntry) -> Style:
    """Load an installed style or a color table, from the cache if its file has not changed.

    Raises:
        StyleError: the file is damaged.
    """
    return STORE.get(file_key(entry.path), lambda: read_style(entry))


def read_style(entry: StyleEntry) -> Style:
    """Read an installed style or a color table.

    Raises:
        StyleError: the file is damaged.
    """
    if entry.path.suffix.lower() == SUFFIX:
        return open_entry(entry)
    from ..core.styles.table_style import style_of_table

    return style_of_table(entry.path)
