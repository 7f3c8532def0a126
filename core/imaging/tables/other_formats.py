"""Color tables of film and video programs: .spi1d and .spi3d (Sony), .csp (Cinespace) and .3dl (Lustre, Flame)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from ...texts import Text
from .color_table import MAX_CURVE_POINTS, ColorTable, Shaper, check_values, lattice_of, table_of_lattice
from .text_rows import lines_of, numbers_of, open_table_text, read_rows, whole_number

_MAX_SIZE = 256
_EVEN = 0.01  # of the range: so near to even steps must the points of a .3dl lie
_DEPTHS = (8, 10, 12, 14, 16)  # bits of a .3dl


def read_spi1d(path: Path) -> ColorTable:
    """Read a Sony .spi1d file: one curve, or one for each channel.

    Raises:
        ValueError: it is not complete, or not one.
        OSError: it cannot be opened.
    """
    with open_table_text(path) as file:
        lines, head = lines_of(file), {"From": "0 1", "Length": "", "Components": "1"}
        for _, line in lines:
            if line == "{":
                break
            keyword, rest = [*line.split(None, 1), ""][:2]
            head[keyword] = rest
        num_rows, num_curves = whole_number(head["Length"], 2, MAX_CURVE_POINTS), whole_number(head["Components"], 1, 3)
        domain = numbers_of(head["From"])
        if len(domain) != 2 or num_curves == 2:
            raise ValueError(Text("its From must be two numbers, and its Components 1 or 3"))
        rows = read_rows((line for line in lines if line[1] != "}"), num_rows, num_curves)
    return Shaper.of(np.broadcast_to(rows, (num_rows, 3)), np.repeat(domain, 3).reshape(2, 3)).table()


def read_spi3d(path: Path) -> ColorTable:
    """Read a Sony .spi3d file: places and colors, in any order.

    Raises:
        ValueError: it is not complete, or not one.
        OSError: it cannot be opened.
    """
    with open_table_text(path) as file:
        lines = lines_of(file)
        head = [line for _, line in (next(lines, (0, "")) for _ in range(3))]
        if not head[0].upper().startswith("SPILUT"):
            raise ValueError(Text("its first line is not {format}", format="SPILUT 1.0"))
        size = _size_of(head[2])
        rows = read_rows(lines, size**3, 6)
    with np.errstate(invalid="ignore"):  # what is no number becomes a place that is not there
        places = rows[:, :3].astype(np.int64)
    if (places < 0).any() or (places >= size).any() or len(np.unique(places @ (size**2, size, 1))) != size**3:
        raise ValueError(Text("some of its places are missing, or stand twice"))
    values = np.empty((size, size, size, 3), np.float32)
    values[tuple(places.T)] = rows[:, 3:]
    return table_of_lattice(values)


def read_csp(path: Path) -> ColorTable:
    """Read a Cinespace .csp file: a curve for each channel, then a 1D or a 3D table.

    Raises:
        ValueError: it is not complete, or not one.
        OSError: it cannot be opened.
    """
    with open_table_text(path) as file:
        lines = lines_of(file)
        head = [next(lines, (0, ""))[1] for _ in range(2)]
        if not head[0].startswith("CSPLUT") or head[1] not in ("1D", "3D"):
            raise ValueError(Text("its first lines are not {format}", format="CSPLUTV100, and 1D or 3D"))
        title, first = _csp_metadata(lines)
        shaper = _csp_shaper(chain([first], lines))
        size = next(lines, (0, ""))[1]
        if head[1] == "3D":
            points = _size_of(size)
            return table_of_lattice(lattice_of(read_rows(lines, points**3), points), None, shaper, title)
        curves = Shaper.of(read_rows(lines, whole_number(size, 2, MAX_CURVE_POINTS)))
        return curves.after(shaper).table(title)


def read_3dl(path: Path) -> ColorTable:
    """Read a .3dl file: a line of even input points, then whole numbers, of which blue runs fastest.

    Raises:
        ValueError: it is not complete, or not one, or its points are uneven.
        OSError: it cannot be opened.
    """
    with open_table_text(path) as file:
        lines, points, largest = lines_of(file), [], 0.0
        for _, line in lines:
            points, largest = numbers_of(line), _largest_of_mesh(line) or largest
            if len(points) > 3:
                break
        size = len(points)
        if not 4 <= size <= _MAX_SIZE or points[-1] <= 0:
            raise ValueError(Text("it has no line with its input points"))
        if np.abs(np.array(points) / points[-1] - np.linspace(0, 1, size)).max() > _EVEN:
            raise ValueError(Text("its input points are uneven, which is not supported; convert it to .cube"))
        rows = read_rows((line for line in lines if line[1][0].isdecimal()), size**3)
    return table_of_lattice(rows.reshape(size, size, size, 3) / (largest or _largest_of(float(rows.max()))))


def _csp_metadata(lines: Iterator[tuple[int, str]]) -> tuple[str, tuple[int, str]]:
    """Return the first line of the metadata, if there are any, and the line after them."""
    first, texts = next(lines, (0, "")), []
    if first[1] != "BEGIN METADATA":
        return "", first
    for _, text in lines:
        if text == "END METADATA":
            break
        texts.append(text)
    return (texts[0] if texts else ""), next(lines, (0, ""))


def _csp_shaper(lines: Iterator[tuple[int, str]]) -> Shaper:
    """Read the three curves in front: number of points, colors, results."""
    places, results = [], []
    for _ in range(3):
        count = whole_number(next(lines, (0, ""))[1], 2, MAX_CURVE_POINTS)
        pair = [np.array(numbers_of(next(lines, (0, ""))[1])) for _ in range(2)]
        usable = all(len(part) == count and np.isfinite(part).all() for part in pair)
        if not usable or (np.diff(pair[0]) <= 0).any():
            raise ValueError(Text("its curves need two lines of {count} numbers each, the first rising", count=count))
        check_values(pair[1])
        places.append(pair[0])
        results.append(pair[1])
    return Shaper(tuple(results), tuple(places))


def _size_of(line: str) -> int:
    """Read the size of a lattice, which stands three times."""
    sizes = line.split()
    if len(sizes) != 3 or len(set(sizes)) != 1:
        raise ValueError(Text("{text!r} is not three equal sizes", text=line[:80]))
    return whole_number(sizes[0], 2, _MAX_SIZE)


def _largest_of_mesh(line: str) -> float:
    """The largest number of the depth that a line `Mesh`, points and bits, names; 0 if it is none."""
    found = re.fullmatch(r"mesh\s+\d+\s+(\d{1,2})", line, re.IGNORECASE)
    return 2.0 ** int(found[1]) - 1 if found and int(found[1]) in _DEPTHS else 0.0


def _largest_of(value: float) -> float:
    """The largest number of the depth that a value of a .3dl is of; some go to twice white, as OpenColorIO has it."""
    return next((2.0**bits - 1 for bits in _DEPTHS if value < 2 ** (bits + 1)), 2.0 ** _DEPTHS[-1] - 1)
