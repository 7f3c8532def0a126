"""Requests of trainings: defaults of each generator, limits, options of the other generator."""

from pathlib import Path

import pytest
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from portrait_atelier.core.learning.request import (
    MAX_SEED,
    MAX_STEPS,
    MAX_WEIGHT,
    TrainOptions,
    TrainRequest,
    UnsupportedOptionsError,
)


def _request(**given: object) -> TrainRequest:
    return TrainRequest("x", Path("photos"), **given)  # pyright: ignore[reportArgumentType]


def test_what_is_not_chosen_is_the_generators_own():
    assert _request().settings == LookTrainSettings()
    assert _request(generator="pixel").settings == PixelTrainSettings()
    options = TrainOptions(steps=7, seed=3, content_weight=1.0, tv_weight=0.0)
    assert _request(options=options).settings == LookTrainSettings(
        num_steps=7, seed=3, weights=LossWeights(tv_weight=0.0)
    )
    pixel = PixelTrainSettings(num_steps=7, seed=3, content_weight=1.0, tv_weight=0.0)
    assert _request(options=options, generator="pixel").settings == pixel
    look = _request(options=TrainOptions(gan_loss="hinge", features="vgg19")).settings
    assert look == LookTrainSettings(gan_loss="hinge", features="vgg19")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"options": TrainOptions(gan_loss="hinge")}, ("gan_loss",)),
        ({"options": TrainOptions(features="compact"), "device": "cpu"}, ("features", "device")),
        ({"device": "cpu"}, ("device",)),
    ],
)
def test_options_of_a_look_are_foreign_to_a_painting(given: dict, names: tuple[str, ...]):
    with pytest.raises(UnsupportedOptionsError, match=f"^{', '.join(names)}: not of the pixel generator") as error:
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
    with pytest.raises(ValueError, match="gan_loss must be one of"):
        _request(options=TrainOptions(gan_loss="chess"))


def test_only_chosen_options_are_given():
    assert TrainOptions(steps=7, gan_loss="hinge").given == {"steps": 7, "gan_loss": "hinge"}
