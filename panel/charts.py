"""Charts as SVG in the colors of the page, with a text for screen readers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .photo_check import PhotoTone

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 460, 230, 40, 12, 30
_WIDTH_OF_NAMES = 110  # of the labels right of the lines
_SHADES = ("pa-one", "pa-two", "pa-three", "pa-four", "pa-five")
_LINE = 15  # smallest distance of two labels

Number = Callable[[float, int], str]  # formats a value with a number of decimals


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: label at its right end.
        points: (x, y).
    """

    name: str
    points: Sequence[tuple[float, float]]


def line_chart(
    title: str,
    lines: Sequence[Line],
    levels: Mapping[str, float] | None = None,
    *,
    number: Number,
) -> str:
    """Draw a line chart over steps.

    Args:
        title: above the chart; also for screen readers.
        lines: at most five, each with at least one point.
        levels: names and values of dashed lines.
        number: formats values.
    """
    levels = levels or {}
    ys = [y for line in lines for _, y in line.points]
    xs = [x for line in lines for x, _ in line.points]
    if not xs:
        return ""
    frame = _Frame(min(xs), max(xs), _top_of(ys, levels.values()), _WIDTH - _WIDTH_OF_NAMES)
    parts = [frame.grid(number)]
    names = [(frame.y(level), name, "pa-tick") for name, level in levels.items()]
    parts += [
        f'<line class="pa-level" x1="{_LEFT}" x2="{frame.right}" y1="{frame.y(level):.1f}" y2="{frame.y(level):.1f}"/>'
        for level in levels.values()
    ]
    for line, shade in zip(lines, _SHADES, strict=False):
        points = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in line.points)
        parts.append(f'<polyline class="{shade}" points="{points}"/>')
        names.append((frame.y(line.points[-1][1]), line.name, shade))
    parts.append(_names(names, frame.right + 8))
    said = ", ".join(f"{line.name} {number(line.points[-1][1], 2)}" for line in lines)
    said += "".join(f", {name} {number(level, 2)}" for name, level in levels.items())
    return _figure(title, said, "".join(parts))


def tone_chart(title: str, tones: Sequence[PhotoTone], axes: tuple[str, str], said: str) -> str:
    """Draw photos by lightness and warmth, each as a dot of its mean color.

    Args:
        title: above the chart.
        tones: of the photos.
        axes: names of the axes: from cool to warm, from dark to light.
        said: the text for screen readers.
    """
    right, floor = _WIDTH - 16, _HEIGHT - _BOTTOM
    dots = []
    for tone in tones:
        x = _LEFT + (min(max(tone.lab[2], -30), 50) + 30) / 80 * (right - _LEFT)
        y = floor - min(max(tone.lab[0], 0), 100) / 100 * (floor - _TOP)
        name = escape(tone.name)
        dots.append(
            f'<circle class="pa-dot" cx="{x:.1f}" cy="{y:.1f}" r="7" fill="{tone.color}"><title>{name}</title></circle>'
        )
    frame = (
        f'<line class="pa-grid" x1="{_LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>'
        f'<line class="pa-grid" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{floor}"/>'
        f'<text class="pa-tick" x="{right}" y="{_HEIGHT - 10}" font-size="12" text-anchor="end">'
        f"{escape(axes[0])}</text>"
        f'<text class="pa-tick" x="{_LEFT + 8}" y="{_TOP + 10}" font-size="12">{escape(axes[1])}</text>'
    )
    return _figure(title, said, frame + "".join(dots))


def way_chart(
    title: str, floor: float, found: float, ceiling: float, names: tuple[str, str, str], number: Number
) -> str:
    """Draw the score of a style on a line from 0 to the ceiling.

    Args:
        title: above the chart.
        floor: distance between two halves of the photographer's own photos.
        found: distance of restyled photos.
        ceiling: distance of untouched photos.
        names: labels of the three.
        number: formats values.
    """
    top = max(floor, found, ceiling, 1e-6) * 1.05
    right = _WIDTH - 24
    marks = []
    values = zip((floor, found, ceiling), names, ("pa-three", "pa-one", "pa-five"), strict=True)
    for row, (value, name, shade) in enumerate(values):
        x, y = _LEFT + value / top * (right - _LEFT), 34 + 44 * row
        marks.append(
            f'<text x="{_LEFT}" y="{y - 8}" font-size="13">{escape(name)}</text>'
            f'<line class="pa-grid" x1="{_LEFT}" x2="{right}" y1="{y + 4}" y2="{y + 4}"/>'
            f'<line class="{shade}" stroke-width="8" stroke-linecap="round" x1="{_LEFT}" x2="{x:.1f}" y1="{y + 4}" '
            f'y2="{y + 4}"/><text x="{right}" y="{y - 8}" font-size="13" text-anchor="end">{number(value, 1)}</text>'
        )
    said = ", ".join(f"{name} {number(value, 1)}" for value, name in zip((floor, found, ceiling), names, strict=True))
    return _figure(title, said, "".join(marks), height=150)


@dataclass(frozen=True)
class _Frame:
    first: float
    last: float
    top: float
    right: int

    def x(self, value: float) -> float:
        return _LEFT + (value - self.first) / max(self.last - self.first, 1e-6) * (self.right - _LEFT)

    def y(self, value: float) -> float:
        floor = _HEIGHT - _BOTTOM
        return floor - min(value / self.top, 1) * (floor - _TOP)

    def grid(self, number: Number) -> str:
        rows = []
        for part in range(4):
            value = self.top * part / 3
            y = self.y(value)
            rows.append(
                f'<line class="pa-grid" x1="{_LEFT}" x2="{self.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="pa-tick" x="{_LEFT - 6}" y="{y + 4:.1f}" font-size="11" text-anchor="end">'
                f"{number(value, 1)}</text>"
            )
        for x, anchor in ((self.first, "start"), (self.last, "end")):
            rows.append(
                f'<text class="pa-tick" x="{self.x(x):.1f}" y="{_HEIGHT - 10}" font-size="11" '
                f'text-anchor="{anchor}">{x:.0f}</text>'
            )
        return "".join(rows)


def _top_of(values: Sequence[float], levels: Collection[float]) -> float:
    """Return the highest value that is drawn: above all levels, but below a few spikes."""
    ordered = sorted(values)
    usual = ordered[int(0.9 * (len(ordered) - 1))]
    return max(1.08 * max(min(ordered[-1], 2 * usual), *levels, 0), 1e-6)


def _names(names: list[tuple[float, str, str]], left: float) -> str:
    """Place labels at the right ends of lines without overlap."""
    lowest = _HEIGHT - _BOTTOM
    places: list[float] = []
    for y, _, _ in sorted(names):
        places.append(max(y, places[-1] + _LINE) if places else y)
    for place in range(len(places) - 1, -1, -1):
        limit = lowest if place == len(places) - 1 else places[place + 1] - _LINE
        places[place] = min(places[place], limit)
    return "".join(
        f'<text class="{shade}" x="{left}" y="{y + 4:.1f}" font-size="12">{escape(name)}</text>'
        for y, (_, name, shade) in zip(places, sorted(names), strict=True)
    )


def _figure(title: str, said: str, body: str, height: int = _HEIGHT) -> str:
    spoken = escape(f"{title}: {said}")
    return (
        f'<figure class="pa-chart"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{spoken}">{body}</svg></figure>'
    )
