"""What look recovery measures of restyled photos."""

import numpy as np
import pytest
from portrait_atelier.benchmarks.recovery_scores import Case, scores_of, to_lab


def even(value: float) -> np.ndarray:
    return np.full((8, 8, 3), value, np.float32)


def case_of(truth: np.ndarray, face: np.ndarray | None = None) -> Case:
    return Case([even(0.5)], [to_lab(truth[::2, ::2])], [face], 2)


def test_the_truth_is_neither_far_nor_tame():
    truth = even(0.5) * np.array([1.2, 1.0, 0.8], np.float32)
    case = case_of(truth)
    scores = scores_of(case, case.restyled(lambda photo, step: truth[::step, ::step]))
    assert scores.photo == pytest.approx(0, abs=1e-5)
    assert scores.moved == pytest.approx(1, abs=1e-5)
    assert scores.chroma == pytest.approx(1, abs=1e-5)
    assert scores.face is None


def test_half_the_way_is_tame():
    tint = np.array([0.0, 30.0, 0.0], np.float32)
    before, truth = to_lab(even(0.5)[::2, ::2]), to_lab(even(0.5)[::2, ::2]) + tint
    scores = scores_of(Case([even(0.5)], [truth], [None], 2), [before + tint / 2])
    assert scores.chroma == pytest.approx(0.5, abs=1e-3)
    assert 0.5 < scores.moved < 0.75  # CIEDE2000 counts the second half of the way for less
    assert scores_of(Case([even(0.5)], [truth], [None], 2), [before]).moved == 0


def test_faces_are_compared_where_their_masks_are():
    face = np.zeros((4, 4), bool)
    face[0, 0] = True
    case = case_of(even(0.7), face)
    result = to_lab(even(0.7)[::2, ::2])
    result[0, 0] = to_lab(even(0.4))[0, 0]
    scores = scores_of(case, [result])
    assert scores.face == pytest.approx(16 * scores.photo, rel=1e-4)


def test_results_are_compared_as_they_would_be_shown():
    np.testing.assert_array_equal(to_lab(even(1.5)), to_lab(even(1.0)))
