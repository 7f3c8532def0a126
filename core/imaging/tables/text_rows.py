"""Rows of numbers in text files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import numpy as np

from ...texts import Text

MAX_BYTES = 48 << 20  # of a text file: a table of 96 points an axis has half of it
_LONGEST_SHOWN = 40


@contextmanager
def open_table_text(path: Path) -> Iterator[TextIO]:
    """Open a text file.

    Raises:
        ValueError: it is empty, too large, or not a text.
        OSError: it cannot be opened.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(
            Text("it is too large: {size:.0f} MB, the limit is {limit:.0f} MB", size=size / 1e6, limit=MAX_BYTES / 1e6)
        )
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise ValueError(Text("it is empty"))
    if b"\0" in start:
        raise ValueError(Text("it is not a text file"))
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield file


def lines_of(file: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is neither empty nor a comment."""
    for number, line in enumerate(file, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def read_rows(lines: Iterable[tuple[int, str]], count: int, columns: int = 3) -> np.ndarray:
    """Read rows of numbers, to the end of the file.

    Args:
        lines: as of `lines_of`.
        count: of rows.
        columns: numbers in each.

    Returns:
        (count, columns) float32.

    Raises:
        ValueError: a line has something else, or there are more or fewer rows.
    """
    read = _Numbered(lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that there is no row
            rows = np.loadtxt(read, np.float32, comments=None, max_rows=count + 1, ndmin=2)
    except ValueError as error:
        raise _bad_line(read, columns) from error
    if len(rows) and rows.shape[1] != columns:
        raise _bad_line(read, columns)
    if len(rows) > count:
        raise ValueError(Text("it has more rows of numbers than the {count} that belong there", count=count))
    if len(rows) < count:
        raise ValueError(Text("it has {found} rows of numbers where {count} belong", found=len(rows), count=count))
    return rows


class _Numbered:
    """Lines, of which the last ones are remembered, to tell which was wrong."""

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._lines = iter(lines)
        self.last: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        for number, text in self._lines:
            self.last = [*self.last[-1:], (number, text)]
            yield text


def _bad_line(read: _Numbered, columns: int) -> ValueError:
    number, text = next((line for line in read.last if not _is_row(line[1], columns)), read.last[-1])
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return ValueError(
        Text("line {number} has {text!r} where {columns} numbers belong", number=number, text=shown, columns=columns)
    )


def _is_row(text: str, columns: int) -> bool:
    return len(numbers_of(text)) == columns


def numbers_of(text: str) -> list[float]:
    """Return the numbers of a line; none if anything else is in it."""
    with suppress(ValueError):
        return [float(part) for part in text.split()]
    return []


def whole_number(text: str, least: int, most: int) -> int:
    """Return a whole number within bounds.

    Raises:
        ValueError: it is not.
    """
    with suppress(ValueError):
        if least <= int(text) <= most:
            return int(text)
    raise ValueError(
        Text("{text!r} is not a size from {least} to {most}", text=text[:_LONGEST_SHOWN], least=least, most=most)
    )
