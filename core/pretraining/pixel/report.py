"""Plots and samples of the pretraining of the pixel generator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from ...imaging.color_management import to_uint8
from ...imaging.files.atomic import atomic_write

_WIDTH, _HEIGHT, _EDGE = 960, 480, 48
_INK, _FAINT = (60, 60, 60), (190, 190, 190)
_COLORS = ((190, 110, 40), (60, 90, 200), (70, 150, 60), (150, 60, 150))  # BGR
_MOST_ROWS = 12


def write_loss_plot(path: Path, distances: Sequence[float], scores: Sequence[Sequence]) -> None:
    """Plot the distance of each step, and the validation scores.

    Args:
        path: a PNG.
        distances: in Lab, one for each step, at least one.
        scores: rows of step and (untouched, painted) distances.
    """
    canvas = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    held_out = [pair for row in scores for pair in row[1:]]
    top = 1.1 * max([float(np.quantile(distances, 0.98)), *(max(pair) for pair in held_out)])
    _draw_axes(canvas, top, len(distances))
    window = max(1, len(distances) // 200)
    calm = np.convolve(distances, np.ones(window) / window, "valid")
    _draw_line(canvas, np.arange(len(calm)) + window, calm, top, len(distances), _FAINT)
    for kind in range(len(scores[0]) - 1 if scores else 0):
        steps, pairs = [row[0] for row in scores], np.array([row[1 + kind] for row in scores])
        color = _COLORS[kind % len(_COLORS)]
        _draw_line(canvas, np.array([0, len(distances)]), np.full(2, pairs[0, 0]), top, len(distances), color)
        _draw_line(canvas, np.array(steps), pairs[:, 1], top, len(distances), color, dots=True)
        _write(canvas, f"people held out, kind {kind + 1} (level: untouched)", 24 + 20 * kind, color)
    _save(path, canvas)


def write_sample_sheet(path: Path, *columns: Tensor) -> None:
    """Write contents, results and answers side by side, a row for each case.

    Args:
        path: a JPEG.
        columns: each (B, 3, H, W) in [0, 1].
    """
    picked = np.linspace(0, len(columns[0]) - 1, min(_MOST_ROWS, len(columns[0]))).astype(int)
    rows = [np.concatenate([_bytes(column[index]) for column in columns], 1) for index in picked]
    _save(path, cv2.cvtColor(np.concatenate(rows, 0), cv2.COLOR_RGB2BGR))


def _draw_axes(canvas: np.ndarray, top: float, num_steps: int) -> None:
    cv2.rectangle(canvas, (_EDGE, _EDGE), (_WIDTH - _EDGE, _HEIGHT - _EDGE), _FAINT)
    for part in (0, 0.5, 1):
        y = round(_HEIGHT - _EDGE - part * (_HEIGHT - 2 * _EDGE))
        x = round(_EDGE + part * (_WIDTH - 2 * _EDGE))
        cv2.putText(canvas, f"{part * top:.1f}", (6, y + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK)
        cv2.putText(canvas, f"{part * num_steps:.0f}", (x - 16, _HEIGHT - 24), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK)
    _write(canvas, "distance in Lab over steps", 0, _INK)


def _draw_line(
    canvas: np.ndarray,
    steps: np.ndarray,
    values: np.ndarray,
    top: float,
    num_steps: int,
    color: tuple[int, int, int],
    *,
    dots: bool = False,
) -> None:
    x = _EDGE + steps / max(1, num_steps) * (_WIDTH - 2 * _EDGE)
    y = _HEIGHT - _EDGE - np.clip(values / top, 0, 1) * (_HEIGHT - 2 * _EDGE)
    points = np.stack([x, y], 1).round().astype(np.int32)
    cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, color, 1, cv2.LINE_AA)
    for point in points if dots else ():
        cv2.circle(canvas, (int(point[0]), int(point[1])), 3, color, -1, cv2.LINE_AA)


def _write(canvas: np.ndarray, text: str, y: int, color: tuple[int, int, int]) -> None:
    cv2.putText(canvas, text, (_EDGE + 8, _EDGE + 20 + y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)


def _bytes(photo: Tensor) -> np.ndarray:
    return to_uint8(photo.permute(1, 2, 0).numpy())


def _save(path: Path, picture: np.ndarray) -> None:
    done, data = cv2.imencode(path.suffix, picture)
    assert done
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(data.tobytes())
