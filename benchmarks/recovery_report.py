"""Look recovery as markdown: one table per kind and drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Row(Protocol):
    """What a table needs to know of a record."""

    @property
    def kind(self) -> str: ...
    @property
    def drawing(self) -> str: ...
    @property
    def is_gray(self) -> bool: ...
    @property
    def method(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def photo(self) -> float: ...
    @property
    def face(self) -> float | None: ...


_GROUPS = {"all": (False, True), "color": (False,), "black-and-white": (True,)}
_HEAD = ["looks", "method", "N", "mean ΔE00", "median", "worst look", "face: mean", "median", "worst look"]


def markdown(records: Sequence[Row]) -> str:
    """Tables of all records."""
    parts = []
    for kind, drawing in dict.fromkeys((record.kind, record.drawing) for record in records):
        rows = [record for record in records if (record.kind, record.drawing) == (kind, drawing)]
        parts.append(f"### {kind}, {drawing}\n\n{_table(rows)}\n")
    return "\n".join(parts)


def _table(records: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(_HEAD) + " |", "|---|---|" + "---:|" * (len(_HEAD) - 2)]
    for group, grays in _GROUPS.items():
        members = [record for record in records if record.is_gray in grays]
        for method, count in dict.fromkeys((r.method, r.count) for r in sorted(members, key=lambda r: r.count)):
            cell = [record for record in members if (record.method, record.count) == (method, count)]
            values = [_figures([r.photo for r in cell]), _figures([r.face for r in cell if r.face is not None])]
            lines.append(f"| {group} | {method} | {count or '–'} | {' | '.join(values)} |")
    return "\n".join(lines)


def _figures(values: Sequence[float]) -> str:
    if not values:
        return "– | – | –"
    return f"{np.mean(values):.2f} | {np.median(values):.2f} | {np.max(values):.2f}"
