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
    heights = [rows[rows < 440].mean() for rows in lines]
    assert heights[0] < heights[1] < heights[2]
    # 11 is the top of the scale (1.1 times the ceiling), which reaches over 378 rows from row 428 up.
    assert heights[2] == pytest.approx(428 - 4 / 11 * 378, abs=2)
    assert np.ptp(lines[2][lines[2] < 440]) >= 10  # the dot


@pytest.mark.parametrize("history", [[], HISTORY[:1]])
def test_a_style_whose_first_look_suffices_is_told_by_bars_and_a_sentence(history: list):
    score = {**SCORE, "score": 6.0, "history": history, "step": 0, "keep": 0.0}
    clear, in_vain = (draw_score(_style({**score, "clear": clear})) for clear in (True, False))
    assert clear.shape == (520, 960, 3)
    ends = [np.flatnonzero((clear[top + 2] != 255).any(-1)).max() - 70 for top in (100, 195, 290)]
    assert np.array(ends) / ends[0] == pytest.approx([1.0, 0.6, 0.3], abs=0.01)  # ceiling 10, score 6, floor 3
    assert (clear[:380] == in_vain[:380]).all()
    assert [(picture[380:] == FOUND).all(-1).any(1).sum() > 5 for picture in (clear, in_vain)] == [True, True]
    assert (clear[380:] != in_vain[380:]).any()


def test_a_training_in_vain_keeps_its_lines_and_says_so():
    plain, in_vain = draw_score(_style()), draw_score(_style({**SCORE, "keep": 0.0}))
    assert (plain[:440] == in_vain[:440]).all()
    assert np.flatnonzero((in_vain[440:] == FOUND).all(-1).any(0)).max() > 400  # a sentence, not a number


@pytest.mark.parametrize("history", [[], HISTORY])
def test_the_plot_says_how_it_goes_together_with_the_verdict(history: list):
    trust = {"expected": 3.3, "low": 2.1, "high": 5.5, "moved": 4.8}
    without = draw_score(_style({**SCORE, "history": history}))
    told = draw_score(_style({**SCORE, "history": history, **trust}))
    assert (told[:465] == without[:465]).all()
    assert (without[465:] == 255).all()
    sentences = [(told[465:490] != 255).any(-1), (told[490:] != 255).any(-1)]
    assert all(np.flatnonzero(line.any(0)).max() > 350 for line in sentences)
    assert np.flatnonzero(sentences[0].any(0)).max() < 960 - 8  # within the picture


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
