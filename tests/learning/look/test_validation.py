"""Selection of the delta weight: only a clear gain on held-out photos, on which both folds agree."""

import json

import pytest
import torch
from portrait_atelier.core.learning.look.validation import (
    DELTA_WEIGHTS,
    ValidationResult,
    measure_agreement,
    select_delta_weight,
    split_folds,
)


@pytest.mark.parametrize(
    ("scores", "agreement", "delta_weight"),
    [
        ((10.0, 9.0, 8.0, 7.0, 6.0), 0.9, 1.0),
        ((10.0, 9.0, 7.0, 8.0, 9.0), 0.9, 0.5),
        ((10.0, 8.5, 8.0, 7.9, 7.8), 0.9, 0.5),  # half brings nearly all of the gain
        ((10.0, 9.97, 9.94, 9.91, 9.88), 0.9, 0.0),  # too small a gain
        ((10.0, 9.0, 8.0, 7.0, 6.0), 0.1, 0.0),  # the folds learnt different things
        ((5.0, 6.0, 7.0, 8.0, 9.0), 0.9, 0.0),
    ],
)
def test_a_share_is_kept_only_by_a_clear_gain_on_which_both_folds_agree(scores, agreement: float, delta_weight: float):
    assert select_delta_weight(scores, agreement) == delta_weight


@pytest.mark.parametrize("count", [8, 25])
def test_folds_are_alike_in_lightness_and_every_photo_is_in_one(count: int):
    style = torch.rand(count, 10, 12, generator=torch.Generator().manual_seed(0))
    style[: count // 2, :, 0] += 50
    first, second = split_folds(style, 0)
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(count))
    assert abs(len(first) - len(second)) <= 1
    assert style[first, :, 0].mean().item() == pytest.approx(style[second, :, 0].mean().item(), abs=3)
    assert split_folds(style, 1)[0].tolist() != first.tolist()


class _Tuner:
    """The part of a tuner that `measure_agreement` uses."""

    def __init__(self, change: torch.Tensor) -> None:
        self._change, self.material = change, self
        self.contents = self

    def part(self, _colors: slice) -> None:
        return None

    def restyled(self, _contents: object, delta_weight: float = 1.0) -> torch.Tensor:
        return delta_weight * self._change


@pytest.mark.parametrize(("second", "expected"), [((1.0, 0.0), 1.0), ((-1.0, 0.0), 0.0), ((1.0, 1.0), 0.8284)])
def test_folds_agree_as_far_as_their_changes_point_the_same_way(second: tuple[float, float], expected: float):
    tuners = (_Tuner(torch.tensor([[1.0, 0.0]])), _Tuner(torch.tensor([second])))
    assert measure_agreement(tuners) == pytest.approx(expected, abs=1e-3)  # pyright: ignore[reportArgumentType]


def _validation(**changes) -> ValidationResult:
    given = {
        "step": 20,
        "delta_weight": 0.5,
        "distances": (8.0, 7.0, 6.0, 6.5, 7.5),
        "agreement": 0.7,
        "untouched": 12.3456,
    }
    return ValidationResult(**{**given, **changes})


def test_it_names_the_distance_of_what_is_kept():
    found = _validation()
    assert (found.instant_distance, found.distance, DELTA_WEIGHTS.index(found.delta_weight)) == (8.0, 6.0, 2)
    assert _validation(delta_weight=0.0).distance == 8.0
    assert found.row() == [20, 8.0, 6.0, 0.5]


def test_it_comes_back_from_a_checkpoint():
    found = _validation(instant_suffices=True)
    assert ValidationResult.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_style_file_tells_it():
    score = _validation().to_score(3.21987, [[0, 8.0, 8.0, 0.0]])
    assert score == {
        "score": 6.0,
        "instant": 8.0,
        "floor": 3.22,
        "ceiling": 12.346,
        "keep": 0.5,
        "clear": False,
        "step": 20,
        "history": [[0, 8.0, 8.0, 0.0]],
    }
