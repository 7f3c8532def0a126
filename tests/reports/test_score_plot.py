"""The plot of the score."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError, StyleError
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.reports.score_plot import draw_score, write_score_plot
from portrait_atelier.core.styles.style import Style

HISTORY = [[0, 6.0, 6.0, 0.0], [20, 6.0, 5.0, 0.5], [40, 6.0, 4.0, 1.0], [60, 6.0, 4.5, 1.0]]
SCORE = {"score": 4.0, "instant": 6.0, "floor": 3.0, "ceiling": 10.0, "keep": 1.0, "step": 40, "history": HISTORY}
FOUND = (150, 60, 20)  # the line of what was learnt, BGR


def _style(score: dict | None = None) -> Style:
    return Style("mine", "fixed", look=Look.identity(), score=SCORE if score is None else score)


def _rows_of(picture: np.ndarray, column: int) -> np.ndarray:
    return np.flatnonzero((picture[:, column] == FOUND).all(-1))


def test_the_line_falls_to_the_best_and_its_dot():
    picture = draw_score(_style())
    assert picture.shape == (520, 960, 3)
    assert picture.dtype == np.uint8
    left, right = 70, 960 - 250
    across = [round(left + part * (right - left)) for part in (1 / 6, 1 / 3, 2 / 3)]  # steps 10, 20, 40
    lines = [_rows_of(picture, column) for column in across]
    heights = [rows[rows < 480].mean() for rows in lines]
    assert heights[0] < heights[1] < heights[2]
    # 11 is the top of the scale (1.1 times the ceiling), which reaches over 420 rows from row 470 up.
    assert heights[2] == pytest.approx(470 - 4 / 11 * 420, abs=2)
    assert np.ptp(lines[2][lines[2] < 480]) >= 10  # the dot


@pytest.mark.parametrize(("history", "score"), [([], 4.0), (HISTORY[:1], 6.0)])
def test_of_a_style_judged_once_the_dot_is_drawn(history: list, score: float):
    picture = draw_score(_style({**SCORE, "history": history, "step": 0, "keep": 0.0, "score": score}))
    dot = _rows_of(picture, 70)
    assert dot.mean() == pytest.approx(470 - score / 11 * 420, abs=1)
    assert np.ptp(dot) >= 10


def test_it_is_written_once(tmp_path: Path):
    write_score_plot(_style(), tmp_path / "plot.png", overwrite=False)
    assert (cv2.imread(str(tmp_path / "plot.png")) == draw_score(_style())).all()
    with pytest.raises(AtelierError, match="plot.png.*--overwrite"):
        write_score_plot(_style(), tmp_path / "plot.png", overwrite=False)
    write_score_plot(_style(), tmp_path / "plot.png", overwrite=True)


def test_what_cannot_be_drawn_is_named(tmp_path: Path):
    with pytest.raises(StyleError, match="mine: was not learnt by training, so there is nothing to plot"):
        write_score_plot(_style({}), tmp_path / "plot.png", overwrite=False)
    with pytest.raises(StyleError, match="plot.jpg: must end in .png"):
        write_score_plot(_style(), tmp_path / "plot.jpg", overwrite=False)
