"""The .cube format: Adobe's Cube LUT specification 1.0, and what DaVinci Resolve adds to it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np

from ...texts import Text
from .color_table import MAX_CURVE_POINTS, ColorTable, Shaper, lattice_of, table_of_lattice
from .text_rows import lines_of, numbers_of, open_table_text, read_rows, whole_number

_MAX_SIZE = 256  # of the specification
_NUMBER_STARTS = "+-.0123456789"


class _Header:
    """The lines before the numbers.

    Attributes:
        title: of the table.
        sizes: points of the 1D and the 3D table; 0 for none.
        domains: (2, 3) by `1D`, `3D`, or `both` for one that counts for the table that comes first.
    """

    def __init__(self) -> None:
        self.title = ""
        self.sizes = {"1D": 0, "3D": 0}
        self.domains: dict[str, np.ndarray] = {}

    def read(self, line: str) -> None:
        """Take one line; what other programs note there changes no color.

        Raises:
            ValueError: it says what cannot be used.
        """
        keyword, rest = [*line.split(None, 1), ""][:2]
        keyword = keyword.upper()
        if keyword == "TITLE":
            self.title = rest.strip().strip('"').strip()
        elif keyword in ("LUT_1D_SIZE", "LUT_3D_SIZE"):
            kind = keyword[4:6]
            self.sizes[kind] = whole_number(rest, 2, MAX_CURVE_POINTS if kind == "1D" else _MAX_SIZE)
        elif keyword in ("DOMAIN_MIN", "DOMAIN_MAX"):
            domain = self.domains.setdefault("both", np.array([[0.0] * 3, [1.0] * 3]))
            domain[int(keyword == "DOMAIN_MAX")] = _numbers(keyword, rest, 3)
        elif keyword in ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE"):
            self.domains[keyword[4:6]] = np.repeat(_numbers(keyword, rest, 2), 3).reshape(2, 3)
        elif keyword in ("LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE"):
            raise ValueError(
                Text("it is made for video range, 16 to 235, which photos do not have; export it for full range")
            )

    def domain(self, kind: str) -> np.ndarray | None:
        """Return the domain of a table; None for 0 to 1."""
        is_first = kind == "1D" or not self.sizes["1D"]
        return self.domains.get(kind, self.domains.get("both") if is_first else None)


def _numbers(keyword: str, text: str, count: int) -> list[float]:
    numbers = numbers_of(text)
    if len(numbers) != count:
        raise ValueError(
            Text("{keyword} is {text!r}, {count} numbers belong there", keyword=keyword, text=text[:80], count=count)
        )
    return numbers


def read_cube(path: Path) -> ColorTable:
    """Read a .cube file: a 1D table, a 3D table, or a 1D one (a shaper) and then a 3D one.

    Raises:
        ValueError: it is not complete, or not one.
        OSError: it cannot be opened.
    """
    header = _Header()
    with open_table_text(path) as file:
        lines = lines_of(file)
        first: list[tuple[int, str]] = []
        for number, line in lines:
            if line[0] in _NUMBER_STARTS or line.lower().startswith(("nan", "inf")):
                first = [(number, line)]
                break
            header.read(line)
        num_curve, size = header.sizes["1D"], header.sizes["3D"]
        if not (num_curve or size):
            raise ValueError(Text("it says neither LUT_1D_SIZE nor LUT_3D_SIZE before its numbers"))
        rows = read_rows(chain(first, lines), num_curve + size**3)
    shaper = Shaper.of(rows[:num_curve], header.domain("1D")) if num_curve else None
    if not size:
        assert shaper is not None
        return shaper.table(header.title)
    return table_of_lattice(lattice_of(rows[num_curve:], size), header.domain("3D"), shaper, header.title)
