"""What a training can be asked for: each generator's own defaults, one set of limits, no foreign options."""

from pathlib import Path

import pytest
from portrait_atelier.core.learning.look.settings import LearnSettings
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.learning.pixel.settings import PixelLearningSettings
from portrait_atelier.core.learning.request import (
    MAX_SEED,
    MAX_STEPS,
    MAX_WEIGHT,
    ForeignOptionsError,
    TrainOptions,
    TrainRequest,
)


def _request(**given: object) -> TrainRequest:
    return TrainRequest("x", Path("photos"), **given)  # pyright: ignore[reportArgumentType]


def test_what_is_not_chosen_is_the_generators_own():
    assert _request().settings == LearnSettings()
    assert _request(generator="pixel").settings == PixelLearningSettings()
    options = TrainOptions(steps=7, seed=3, content_weight=1.0, tv_weight=0.0)
    assert _request(options=options).settings == LearnSettings(num_steps=7, seed=3, weights=LossWeights(tv_weight=0.0))
    pixel = PixelLearningSettings(num_steps=7, seed=3, content_weight=1.0, tv_weight=0.0)
    assert _request(options=options, generator="pixel").settings == pixel
    look = _request(options=TrainOptions(form="hinge", features="vgg19")).settings
    assert look == LearnSettings(form="hinge", features="vgg19")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"options": TrainOptions(form="hinge")}, ("form",)),
        ({"options": TrainOptions(features="compact"), "device": "cpu"}, ("features", "device")),
        ({"device": "cpu"}, ("device",)),
    ],
)
def test_options_of_a_look_are_foreign_to_a_painting(given: dict, names: tuple[str, ...]):
    with pytest.raises(ForeignOptionsError, match=f"^{', '.join(names)}: not of the pixel generator") as error:
        _request(generator="pixel", **given)
    assert error.value.names == names


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("steps", 1, MAX_STEPS), ("seed", 0, MAX_SEED), ("style_weight", 0, MAX_WEIGHT), ("tv_weight", 0, MAX_WEIGHT)],
)
def test_there_is_one_set_of_limits(name: str, least: float, most: float):
    for value in (least, most):
        TrainOptions(**{name: value})
    for value in (least - 1, most + 1, float("nan")):
        with pytest.raises(ValueError, match=f"{name} must be {least} to"):
            TrainOptions(**{name: value})


def test_what_cannot_be_is_refused_before_any_work():
    with pytest.raises(ValueError, match="generator must be look or pixel, got 'chalk'"):
        _request(generator="chalk")
    with pytest.raises(ValueError, match="form must be one of"):
        _request(options=TrainOptions(form="chess"))


def test_options_come_back_from_json():
    options = TrainOptions(steps=7, form="hinge")
    assert TrainOptions.from_json(options.to_json()) == options
    assert options.given == {"steps": 7, "form": "hinge"}
