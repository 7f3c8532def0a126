"""A plot of the training of a style: the validation distance, with floor and ceiling."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..errors import StyleError
from ..imaging.files.atomic import atomic_write
from ..styles.style import Style
from .verdict import verdict_of

_WIDTH, _HEIGHT, _LEFT, _RIGHT = 960, 520, 70, 250
_ABOVE, _BELOW = 50, 92  # pixels
_INK, _FAINT, _FOUND, _START = (60, 60, 60), (200, 200, 200), (150, 60, 20), (150, 150, 150)  # BGR
_LINE = 18  # height of the text in pixels
_FIRST_LOOK = (
    "Training has nothing to add: with the first look, which needs none, whole sets of photos",
    "come as near to these as can be told. That is a good result.",
)
_IN_VAIN = "Training found nothing that the photos kept aside confirm: the style is its first look."
_COMPARED = "This compares whole sets of photos, whose differences level out."
Color = tuple[int, int, int]


def write_score_plot(style: Style, path: Path, *, overwrite: bool) -> None:
    """Plot a style's score over the steps of its training into a PNG file.

    Raises:
        AtelierError: the style has no score, or the file exists, is no PNG, or cannot be written.
    """
    if "history" not in style.score:
        raise StyleError(
            "{name}: was not learnt by training, so there is nothing to plot; leave --plot out", name=style.name
        )
    if path.suffix.lower() != ".png":
        raise StyleError("{path}: must end in .png", path=path)
    done, data = cv2.imencode(".png", draw_score(style))
    assert done
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(data.tobytes())


def draw_score(style: Style) -> np.ndarray:
    """Draw the plot of a style that has a score: (520, 960, 3) uint8, BGR.

    Where training was skipped or ended at its first validation there is no line to draw: three bars and a sentence.
    """
    score = style.score
    if len(score["history"]) < 2:
        return _draw_first_look(style)
    rows = [[float(value) for value in row] for row in score["history"]]
    levels = {"untouched photos": score["ceiling"], "own photos among themselves": score["floor"]}
    top = 1.1 * max(float(value) for value in (*levels.values(), *(row[2] for row in rows)))
    last = max(1.0, rows[-1][0])
    canvas = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    _write(canvas, f"{style.name}: distance from the photographer's photos (dE), over steps", (_LEFT, 28), _INK)
    for value in np.linspace(0, top, 5):
        y = _y(value, top)
        cv2.line(canvas, (_LEFT, y), (_WIDTH - _RIGHT, y), _FAINT, 1)
        _write(canvas, f"{value:.1f}", (20, y + 5), _INK)
    labels: list[tuple[int, str, Color]] = []
    for words, value in levels.items():
        y = _y(float(value), top)
        cv2.line(canvas, (_LEFT, y), (_WIDTH - _RIGHT, y), _INK, 1, cv2.LINE_AA)
        labels.append((y, words, _INK))
    for column, color, words in ((1, _START, "instant"), (2, _FOUND, "learnt")):
        points = [(_x(row[0], last), _y(row[column], top)) for row in rows]
        cv2.polylines(canvas, [np.array(points, np.int32)], False, color, 2, cv2.LINE_AA)
        labels.append((points[-1][1], words, color))
    _write_apart(canvas, labels)
    best = (_x(float(score["step"]), last), _y(float(score["score"]), top))
    cv2.circle(canvas, best, 6, _FOUND, -1, cv2.LINE_AA)
    kept = f"kept: {float(score['keep']):.0%} of step {score['step']}" if score["keep"] else _IN_VAIN
    _write(canvas, kept, (_LEFT, _HEIGHT - 62), _FOUND)
    _write_verdict(canvas, style)
    return canvas


def _draw_first_look(style: Style) -> np.ndarray:
    """Draw distances as bars, under the sentence that training added nothing."""
    score = style.score
    bars = (
        ("untouched photos", score["ceiling"], _START),
        ("this style: its first look", score["score"], _FOUND),
        ("own photos among themselves", score["floor"], _INK),
    )
    longest = max(float(value) for _, value, _ in bars) or 1.0
    canvas = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    _write(canvas, f"{style.name}: distance from the photographer's photos (dE); shorter is nearer", (_LEFT, 48), _INK)
    for number, (words, value, color) in enumerate(bars):
        top, end = 100 + 95 * number, round(_LEFT + (_WIDTH - 2 * _LEFT - 40) * float(value) / longest)
        _write(canvas, words, (_LEFT, top - 8), _INK)
        cv2.rectangle(canvas, (_LEFT, top), (max(end, _LEFT + 2), top + 34), color, -1)
        _write(canvas, f"{float(value):.1f}", (end + 10, top + 22), _INK)
    for number, line in enumerate(_FIRST_LOOK if score.get("clear") else (_IN_VAIN,)):
        _write(canvas, line, (_LEFT, 396 + 28 * number), _FOUND, 0.55)
    _write_verdict(canvas, style)
    return canvas


def _write_verdict(canvas: np.ndarray, style: Style) -> None:
    """Say how the plot and the verdict, which is about a single photo, go together."""
    verdict = verdict_of(style)
    if verdict is None:
        return
    single = f"A single photo is expected to lie {verdict.expected:.1f} from the photographer's own finish."
    _write(canvas, f"{_COMPARED} {single}", (_LEFT, _HEIGHT - 38), _INK)
    _write(canvas, f"how well it was learnt: {verdict.words}", (_LEFT, _HEIGHT - 14), _INK)


def _write_apart(canvas: np.ndarray, labels: list[tuple[int, str, Color]]) -> None:
    """Label lines at their right ends, without overlap."""
    free = 0
    for y, words, color in sorted(labels):
        free = max(free, y)
        _write(canvas, words, (_WIDTH - _RIGHT + 12, free + 5), color)
        free += _LINE


def _x(step: float, last: float) -> int:
    return round(_LEFT + step / last * (_WIDTH - _RIGHT - _LEFT))


def _y(value: float, top: float) -> int:
    return round(_HEIGHT - _BELOW - value / top * (_HEIGHT - _ABOVE - _BELOW))


def _write(canvas: np.ndarray, text: str, place: tuple[int, int], color: Color, scale: float = 0.45) -> None:
    cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, color, 1, cv2.LINE_AA)
