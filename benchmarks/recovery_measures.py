"""More tables of look recovery: worst look, faces, tameness, and calibration of the expected error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from .recovery_methods import CLOSED_FORM, UNTOUCHED
from .recovery_records import Record
from .recovery_report import place_title, shown_method
from .report import table_text

_HEAD = ["people", "N", "method", "looks", "ΔE00", "worst look", "face", "moved / true", "chroma / true"]
_HEAD += [f"above {UNTOUCHED}", f"above {CLOSED_FORM}"]
_NOTE = (
    "`moved / true`: mean ΔE00 of the result from the untouched photo, over that of the truth from it. "
    "`chroma / true`: mean chroma of the result over that of the truth, looks in color only. Both are means over "
    "looks; 1 is neither tame nor loud. `above ...`: how many looks are farther from the truth than in that row of the "
    "same place, N and content."
)
_SAID_HEAD = ["method, said ΔE00", "styles", "said, mean", "measured, mean", "10 %", "90 %"]
_BIN = 1.0  # ΔE00


def measures(records: Sequence[Record]) -> str:
    """Return a line for each row of each place: distance, worst distance, tameness."""
    lines = []
    for (place, count, method), members in _grouped(records):
        chroma = [r.chroma for r in members if r.chroma is not None]
        faces, moved = ([getattr(r, name) for r in members] for name in ("face", "moved"))
        photo = [r.photo for r in members]
        above = [_above(members, records, method) for method in (UNTOUCHED, CLOSED_FORM)]
        figures = [_mean(photo), f"{max(photo):.2f}", _mean(faces), _mean(moved), _mean(chroma)]
        lines.append([place, str(count or "–"), method, str(len(members)), *figures, *above])
    return f"{table_text(_HEAD, lines)}\n\n{_NOTE}\n"


def calibration(records: Sequence[Record]) -> str:
    """Return expected and actual distances from the truth, in bins."""
    said = [(r.method, r.expected, r.photo) for r in records if r.expected is not None]
    if not said:
        return "Calibration: no style said how far it expects to be from the truth.\n"
    lines = []
    for (method, low), members in groupby(sorted(said), key=lambda item: (item[0], item[1] // _BIN * _BIN)):
        pairs = [(expected, photo) for _, expected, photo in members]
        expected, measured = np.mean(pairs, 0)
        ends = np.quantile([photo for _, photo in pairs], [0.1, 0.9])
        figures = [f"{value:.2f}" for value in (expected, measured, *ends)]
        lines.append([f"{method}, {low:g} to {low + _BIN:g}", str(len(pairs)), *figures])
    return f"{table_text(_SAID_HEAD, lines)}\n"


def _grouped(records: Sequence[Record]) -> Iterable[tuple[tuple[str, int, str], list[Record]]]:
    groups: dict[tuple[str, int, str], list[Record]] = {}
    for record in records:
        key = place_title(record), record.count, shown_method(record.method, record.content)
        groups.setdefault(key, []).append(record)
    return groups.items()


def _above(members: Sequence[Record], records: Sequence[Record], method: str) -> str:
    """In how many looks records are farther from the truth than another method; of untouched there is one a look."""
    no_photos = {"count": 0, "content": False} if method == UNTOUCHED else {}
    known = {record.cell: record.photo for record in records if record.method == method}
    others = [known.get(replace(record.cell, method=method, **no_photos)) for record in members]
    pairs = [(r.photo, other) for r, other in zip(members, others, strict=True) if other is not None]
    return str(sum(photo > other for photo, other in pairs)) if pairs else "–"


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.2f}" if known else "–"
