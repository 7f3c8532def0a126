"""How much of what was learnt is kept, as the photos judge that did not teach it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from learning_material import compact, finished, quick, tiny_base, untouched
from portrait_atelier.core.learning.judging import KEEPS, LEAST_GAIN, Judgement, judge, measure_floor
from portrait_atelier.core.learning.learn_material import Contents, Half, split_halves
from portrait_atelier.core.learning.look_learner import LookLearner
from portrait_atelier.core.learning.score import distance_between
from torch import Tensor

BASE, FEATURES = tiny_base(), compact()
SAME = ([1.0, 2.0], [1.0, 2.0])


@pytest.fixture(scope="module")
def halves() -> tuple[Half, Half]:
    return split_halves(BASE, finished(4), untouched(4), own=True, seed=0)


class _Told(LookLearner):
    """A learner of a told change; its restyled photos are the judges' own, but for an error by how much is kept."""

    def __init__(self, half: Half, errors: tuple[float, ...], change: list[float]) -> None:
        super().__init__(BASE, half, FEATURES, quick())
        self.errors, self.told = errors, torch.tensor(change)

    def restyled(self, contents: Contents, code: Tensor, keep: float = 1.0) -> Tensor:
        return self.half.judges + float(np.interp(keep, KEEPS, self.errors))

    def change(self, contents: Contents, code: Tensor) -> Tensor:
        return self.told


def _judged(halves: tuple[Half, Half], *errors: float, changes: tuple[list[float], list[float]] = SAME) -> Judgement:
    dim = [replace(half, judges=0.5 * half.judges) for half in halves]  # so that no error is clipped
    learners = [_Told(half, errors, change) for half, change in zip(dim, changes, strict=True)]
    return judge(learners, dim, step=7)


def test_what_comes_nearest_is_kept(halves: tuple[Half, Half]):
    found = _judged(halves, 0.1, 0.08, 0.02, 0.03, 0.2)
    assert (found.step, found.keep) == (7, 0.5)
    assert found.score == min(found.scores) == found.scores[2]
    assert found.base == found.scores[0]
    assert sorted(found.scores) == [found.scores[place] for place in (2, 3, 1, 0, 4)]


@pytest.mark.parametrize(
    ("changes", "agreed"),
    [
        (SAME, 1.0),
        (([1.0, 0.0], [3.0, 0.0]), 1.0),  # how far each went is another matter
        (([1.0, 0.0], [1.0, 3**0.5]), 2 / 3),  # a cosine of 1 / 2: 2 * 0.5 / 1.5
        (([1.0, 0.0], [0.0, 1.0]), 0.0),
        (([1.0, 0.0], [-1.0, 0.5]), 0.0),
        (([0.0, 0.0], [0.0, 0.0]), 0.0),
    ],
)
def test_no_more_is_kept_than_both_halves_agree_on(halves: tuple[Half, Half], changes, agreed: float):
    found = _judged(halves, 0.1, 0.075, 0.05, 0.025, 0.0, changes=changes)
    assert found.agreement == pytest.approx(agreed, abs=1e-5)
    assert found.keep == pytest.approx(agreed, abs=1e-5)
    assert found.score == found.scores[-1]
    assert (found.score < found.base) == (agreed > 0)


def test_nothing_is_kept_where_nothing_is_gained(halves: tuple[Half, Half]):
    assert _judged(halves, 0.05, 0.06, 0.07, 0.08, 0.09).keep == 0


@pytest.mark.parametrize(("gain", "keep"), [(0.5 * LEAST_GAIN, 0.0), (3 * LEAST_GAIN, 1.0)])
def test_a_gain_that_may_be_chance_is_none(halves: tuple[Half, Half], gain: float, keep: float):
    found = _judged(halves, 0.1, 0.1, 0.1, 0.1, 0.1 * (1 - gain))
    assert found.scores[4] < found.scores[0]
    assert found.keep == keep
    assert found.score == (found.scores[4] if keep else found.base)


def test_what_has_not_learnt_yet_keeps_nothing(halves: tuple[Half, Half]):
    learners = [LookLearner(BASE, half, FEATURES, quick()) for half in halves]
    found = judge(learners, halves, step=0)
    assert (found.keep, found.agreement) == (0, 0)
    assert set(found.scores) == {found.base}
    restyled = [learner.restyled(half.judging, half.code) for learner, half in zip(learners, halves, strict=True)]
    mean = sum(distance_between(photos, half.judges) for photos, half in zip(restyled, halves, strict=True)) / 2
    assert found.base == pytest.approx(mean, rel=1e-5)
    untouched_mean = sum(distance_between(half.judging.photos, half.judges) for half in halves) / 2
    assert found.untouched == pytest.approx(untouched_mean, rel=1e-5)
    assert found.untouched > found.base  # of a strong cast the closed form gives most


def test_it_comes_back_from_json():
    found = Judgement(20, 0.25, (5.0, 4.5, 4.75, 5.25, 6.0), 0.5, 9.125)
    assert Judgement.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found.row() == [20, 5.0, 4.5, 0.25]


def test_a_style_file_says_how_well_it_was_learnt():
    found = Judgement(20, 0.25, (5.0004, 4.5, 4.75, 5.25, 6.0), 0.5, 9.125)
    score = found.to_score(3.0, [[0, 5.0, 5.0, 0.0], found.row()])
    assert score == {
        "score": 4.5,
        "instant": 5.0,
        "floor": 3.0,
        "ceiling": 9.125,
        "keep": 0.25,
        "step": 20,
        "history": [[0, 5.0, 5.0, 0.0], [20, 5.0004, 4.5, 0.25]],
    }
    assert json.loads(json.dumps(score)) == score


def test_the_floor_is_the_distance_of_halves_of_the_photos(halves: tuple[Half, Half]):
    same = [replace(half, style=half.style[:1].expand(2, -1, -1, -1)) for half in (halves[0], halves[0])]
    assert measure_floor(same) == pytest.approx(0, abs=1e-4)
    alone = [replace(half, style=half.style[:1]) for half in halves]
    expected = distance_between(alone[0].style, alone[1].style)
    assert measure_floor(alone) == pytest.approx(expected, rel=1e-5)
