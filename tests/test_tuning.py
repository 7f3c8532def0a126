"""A style's part of the base model."""

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.styles.tuning import PLACES_SHAPE, Tuning


def _code() -> np.ndarray:
    return np.array([0.5, -1, 2], np.float32)


def _places() -> np.ndarray:
    return np.random.default_rng(0).random(PLACES_SHAPE, np.float32)


def _tuning(count: int, *, neutral: np.ndarray | None = None) -> Tuning:
    deltas = tuple({"up.trunk": np.full((2, 3), index, np.float32), "code": _code()} for index in range(count))
    return Tuning("0123456789abcdef", _code(), _places(), neutral, deltas, keep=0.5)


@pytest.mark.parametrize("count", [0, 2, 12])
def test_it_comes_back_from_its_tensors(count: int):
    tuning = _tuning(count)
    again = Tuning.from_tensors(tuning.base, tuning.keep, tuning.tensors())
    assert (again.base, again.keep, len(again.deltas)) == (tuning.base, 0.5, count)
    assert (again.code == _code()).all()
    assert (again.places == _places()).all()
    assert again.neutral_places is None
    for index, delta in enumerate(again.deltas):  # in their order, past ten too
        assert set(delta) == {"up.trunk", "code"}
        assert (delta["up.trunk"] == index).all()


def test_tensors_are_named_by_their_change():
    assert sorted(_tuning(2).tensors()) == [
        "code",
        "deltas.0.code",
        "deltas.0.up.trunk",
        "deltas.1.code",
        "deltas.1.up.trunk",
        "places",
    ]
    assert "neutral_places" in _tuning(0, neutral=_places()).tensors()


def test_places_of_own_untouched_photos_come_back():
    tuning = _tuning(1, neutral=1 - _places())
    again = Tuning.from_tensors(tuning.base, tuning.keep, tuning.tensors())
    assert again.neutral_places is not None
    assert (again.neutral_places == 1 - _places()).all()


@pytest.mark.parametrize(("given", "missing"), [("places", "code"), ("code", "places")])
def test_code_and_places_must_be_there(given: str, missing: str):
    arrays = {"code": _code(), "places": _places()}
    with pytest.raises(ValueError, match=f"of the style code {missing} is missing"):
        Tuning.from_tensors("x", 0.0, {"deltas.0.code": _code(), given: arrays[given]})


@pytest.mark.parametrize("name", ["places", "neutral_places"])
@pytest.mark.parametrize("wrong", [np.zeros((8, 8, 3), np.float32), np.full(PLACES_SHAPE, np.nan, np.float32)])
def test_places_are_the_cells_of_a_grid(name: str, wrong: np.ndarray):
    with pytest.raises(ValueError, match=rf"^{name} must be \(16, 16, 3\) numbers"):
        replace(_tuning(0), **{name: wrong})


@pytest.mark.parametrize("name", ["other", "other.0.code", "deltas", "deltas.0", "deltas.0.", "deltas.one.code"])
def test_other_arrays_are_named_and_refused(name: str):
    with pytest.raises(ValueError, match=f"^{name} is not an array of a style code$"):
        Tuning.from_tensors("x", 0.0, {"code": _code(), "places": _places(), name: _code()})


@pytest.mark.parametrize(
    "code", [np.zeros((1, 3), np.float32), np.zeros(3), np.zeros(3, np.uint8), np.array([0, np.nan], np.float32)]
)
def test_a_code_is_a_row_of_numbers(code: np.ndarray):
    with pytest.raises(ValueError, match=rf"code must be \(C,\) float32 numbers, got {code.dtype}"):
        Tuning("x", code, _places())


@pytest.mark.parametrize("keep", [-0.1, 1.1, float("nan")])
def test_at_most_all_of_a_change_is_kept(keep: float):
    with pytest.raises(ValueError, match="keep must be 0 to 1"):
        Tuning("x", _code(), _places(), keep=keep)


def test_changes_are_numbers():
    with pytest.raises(ValueError, match="a change holds values that are not numbers"):
        Tuning("x", _code(), _places(), None, ({"code": _code()}, {"code": np.array([np.inf], np.float32)}))
