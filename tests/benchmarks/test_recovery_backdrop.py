"""Unusual backdrops of the look recovery benchmark."""

import numpy as np
import pytest
from portrait_atelier.benchmarks.recovery_backdrop import PAINTERS, Backdrops

PHOTO = np.full((60, 48, 3), 0.3, np.float32)
SUBJECT = np.zeros((60, 48), np.uint8)
SUBJECT[20:, 16:32] = 255


def ground(kind: str | None, number: int = 0, turn: int = 0) -> np.ndarray:
    """What is around the subject."""
    return Backdrops(kind, (0, turn)).behind(PHOTO, SUBJECT, number)[:18]


@pytest.mark.parametrize("kind", [*PAINTERS, None])
def test_the_subject_stays_and_the_same_number_is_the_same_photo(kind):
    backdrops = Backdrops(kind, (0, 1))
    given = backdrops.behind(PHOTO, SUBJECT, 3)
    assert given.dtype == np.float32
    assert 0 <= given.min() <= given.max() <= 1
    assert (given[SUBJECT == 255] == PHOTO[SUBJECT == 255]).all()
    assert (given == backdrops.behind(PHOTO, SUBJECT, 3)).all()
    assert (given != backdrops.behind(PHOTO, SUBJECT, 4)).any()


def test_half_covered_pixels_show_half_the_backdrop():
    half = np.full((60, 48), 51, np.uint8)
    white = Backdrops("white", (0,)).behind(PHOTO, np.zeros_like(half), 0)
    given = Backdrops("white", (0,)).behind(PHOTO, half, 0)
    np.testing.assert_allclose(given, 0.2 * PHOTO + 0.8 * white, atol=1e-6)


def test_each_kind_is_what_it_is_called():
    assert ground("white").min() > 0.85
    assert np.ptp(ground("gray")) < 1e-6
    assert 0.3 < ground("gray").mean() < 0.65
    assert np.ptp(ground("color").mean((0, 1))) > 0.15
    graded = ground("graded").mean(-1)
    assert np.ptp(graded, axis=1).max() < 1e-6
    steps = np.diff(graded[:, 0])
    assert (steps > 0).all() or (steps < 0).all()
    lamp = Backdrops("lamp", (0,)).behind(PHOTO, np.zeros_like(SUBJECT), 0).mean(-1)
    assert lamp[24, 24] > 1.5 * max(lamp[0, 0], lamp[-1, -1])
    assert len(np.unique(ground("busy").round(3).reshape(-1, 3), axis=0)) > 50


def test_a_photographer_keeps_the_backdrop_and_another_has_another():
    spread = 0.1  # of the exposure, from photo to photo
    means = np.array([ground("color", number).mean((0, 1)) for number in range(8)])
    assert np.ptp(means, axis=0).max() < spread
    assert np.abs(ground("color", 0, turn=1).mean((0, 1)) - means[0]).max() > spread


def test_mixed_backdrops_differ_from_photo_to_photo():
    means = np.array([ground(None, number).mean((0, 1)) for number in range(20)])
    assert np.ptp(means, axis=0).max() > 0.4


def test_kinds_and_mixtures_take_turns():
    kinds = [Backdrops.draw(alike=False, turn=turn, seed=0).kind for turn in range(14)]
    assert set(kinds[:7]) == {*PAINTERS, None}
    assert kinds[:7] == kinds[7:]
    others = [Backdrops.draw(alike=False, turn=turn, seed=1).kind for turn in range(7)]
    assert others != kinds[:7]
