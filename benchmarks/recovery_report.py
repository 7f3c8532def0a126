"""Look recovery as markdown: a table per kind and drawing, every row; and a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .recovery_methods import BASE, CLOSED_FORM, LEARNT, UNTOUCHED
from .recovery_records import Record
from .recovery_settings import Cell
from .report import table_text

Values = dict[str, float]  # the number of each look
_GROUPS = {"all": (False, True), "color": (False,), "black-and-white": (True,)}
_HEAD = ["looks", "method", "N", "mean ΔE00", "median", "worst look", "face: mean", "median", "worst look"]
_OUR_ROWS = (CLOSED_FORM, BASE, LEARNT)
_SUMMARY_HEAD = [
    "looks",
    UNTOUCHED,
    "best baseline",
    f"{CLOSED_FORM} (to best)",
    f"{BASE} (to best)",
    f"{LEARNT} (to {BASE})",
]
_NOTE = (
    "Mean ΔE00 over the looks that most baselines have; [n]: over n of them only. The best baseline, named, is best "
    "of all rows but ours, untouched included, and in rows with content those that do without it too. In brackets, how "
    f"far above (+) or below (-) that, or `{BASE}`, over the looks that both have."
)


def markdown(records: Sequence[Record]) -> str:
    """Tables of all records."""
    parts = []
    for title in dict.fromkeys(place_title(record) for record in records):
        rows = [record for record in records if place_title(record) == title]
        parts.append(f"### {title}\n\n{_table(rows)}\n")
    return "\n".join(parts)


def summary(records: Sequence[Record]) -> str:
    """For each number of style photos one table: what is best, and how far ours is from it, photos and faces."""
    parts = []
    for count in sorted({record.count for record in records if record.count}):
        rows = []
        chosen = [record for record in records if record.count in (0, count)]
        for title, content in dict.fromkeys((place_title(r), r.content) for r in chosen if r.count):
            mine = [r for r in chosen if place_title(r) == title and r.content <= content]
            name = title + ", content" * content
            rows.append([name, *_summed(mine, content, _photo), *_summed(mine, content, _face)[1:]])
        heads = ["people", *_SUMMARY_HEAD, *(f"face: {head}" for head in _SUMMARY_HEAD[1:])]
        parts.append(f"### N = {count}\n\n{table_text(heads, rows)}\n")
    return "\n".join([*parts, _NOTE, ""])


def place_title(record: Record | Cell) -> str:
    """How tables name the people and the kind of looks of a record."""
    return f"{record.kind}, {record.drawing}{', spatial' * record.spatial}{', backdrop' * record.backdrop}"


def shown_method(method: str, content: bool) -> str:
    """How tables name a row."""
    return method + (", content" if content else "")


def _photo(record: Record) -> float | None:
    return record.photo


def _face(record: Record) -> float | None:
    return record.face


def _summed(records: Sequence[Record], content: bool, number: Callable[[Record], float | None]) -> list[str]:
    """The columns of one row of the summary; ours are those with content in a row with content."""
    methods: dict[tuple[str, bool], Values] = {}
    for record in records:
        value = number(record)
        if value is not None:
            methods.setdefault((record.method, record.content), {})[record.look] = value
    looks = _compared(methods)
    methods = {key: kept for key, values in methods.items() if (kept := {k: values[k] for k in values if k in looks})}
    baselines = {key: v for key, v in methods.items() if key[0] not in _OUR_ROWS and len(v) == len(looks)}
    best = min(baselines, key=lambda key: _mean(baselines[key]), default=None)
    ours, base, learnt = (methods.get((method, content), {}) for method in _OUR_ROWS)
    against = {} if best is None else baselines[best]
    named = "–" if best is None else f"{_mean(against):.2f} {shown_method(*best).replace('corpus to corpus, ', '')}"
    untouched, most = methods.get((UNTOUCHED, False), {}), len(looks)
    columns = [str(most), _told(untouched, most), named, _told(ours, most, against), _told(base, most, against)]
    return [*columns, _told(learnt, most, base)]


def _compared(methods: dict[tuple[str, bool], Values]) -> set[str]:
    """The looks that a row is about: those which all baselines have that have at least as many as most do."""
    values = [v for (method, _), v in methods.items() if method not in _OUR_ROWS] or list(methods.values())
    enough = np.median([len(v) for v in values]) if values else 0
    return set.intersection(*(set(v) for v in values if len(v) >= enough)) if values else set()


def _told(values: Values, most: int, against: Values | None = None) -> str:
    """The mean; how many looks, where they are fewer; how far from another method's on the same looks."""
    if not values:
        return "–"
    text = f"{_mean(values):.2f}" + (f" [{len(values)}]" if len(values) < most else "")
    shared = [look for look in values if look in (against or {})]
    if against is None or not shared:
        return text
    ratio = np.mean([values[look] for look in shared]) / np.mean([against[look] for look in shared])
    return f"{text} ({100 * (ratio - 1):+.0f} %)"


def _mean(values: Values) -> float:
    return float(np.mean(list(values.values())))


def _table(records: Sequence[Record]) -> str:
    lines = ["| " + " | ".join(_HEAD) + " |", "|---|---|" + "---:|" * (len(_HEAD) - 2)]
    for group, grays in _GROUPS.items():
        members = [record for record in records if record.is_gray in grays]
        for key in dict.fromkeys((r.count, r.method, r.content) for r in sorted(members, key=lambda r: r.count)):
            cell = [record for record in members if (record.count, record.method, record.content) == key]
            values = [_figures([r.photo for r in cell]), _figures([r.face for r in cell if r.face is not None])]
            lines.append(f"| {group} | {shown_method(*key[1:])} | {key[0] or '–'} | {' | '.join(values)} |")
    return "\n".join(lines)


def _figures(values: Sequence[float]) -> str:
    if not values:
        return "– | – | –"
    return f"{np.mean(values):.2f} | {np.median(values):.2f} | {np.max(values):.2f}"
