"""Settings of learning: JSON and back, and what is refused."""

import json
from dataclasses import replace

import pytest
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.losses.settings import FEATURES, GAN_LOSSES, LossWeights
from portrait_atelier.core.networks.features import LAYER_SELECTIONS


def test_settings_come_back_from_json():
    settings = LookTrainSettings(
        num_steps=7, gan_loss="hinge", weights=LossWeights(0.5, 2.0, 3.0, 0.0), features="vgg16"
    )
    assert LookTrainSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert LookTrainSettings.from_json(LookTrainSettings().to_json()) == LookTrainSettings()


def test_other_keys_are_refused_at_every_depth():
    known = LookTrainSettings().to_json()
    with pytest.raises(ValueError, match="settings must be .*got .*'surprise'"):
        LookTrainSettings.from_json({**known, "surprise": 1})
    with pytest.raises(ValueError, match="settings must be .*'seed'"):
        LookTrainSettings.from_json({name: value for name, value in known.items() if name != "seed"})
    with pytest.raises(ValueError, match="weights must be .*got .*'surprise'"):
        LookTrainSettings.from_json({**known, "weights": {**known["weights"], "surprise": 1}})


@pytest.mark.parametrize(
    "name", ["num_steps", "batch_size", "discriminator_steps", "rank", "validate_every", "num_people"]
)
def test_counts_are_at_least_one(name: str):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, got 0$"):
        replace(LookTrainSettings(), **{name: 0})


@pytest.mark.parametrize("change", [{"learning_rate": 0}, {"discriminator_rate": -1}, {"ema_decay": 1.0}])
def test_rates_and_decays_have_their_ranges(change: dict):
    with pytest.raises(ValueError, match="learning_rate and discriminator_rate must be above 0, ema_decay in"):
        LookTrainSettings(**change)


def test_without_untouched_photos_more_must_be_missing_before_it_trains():
    settings = LookTrainSettings()
    assert settings.clear_limit(has_own=True) == settings.clear_below < settings.clear_limit(has_own=False) == 3.2


@pytest.mark.parametrize("name", ["match_weight", "pull_weight", "clear_below", "enough_below"])
def test_distances_and_their_weights_are_not_negative(name: str):
    with pytest.raises(ValueError, match="match_weight, pull_weight, clear_below and enough_below must be 0 or more"):
        replace(LookTrainSettings(), **{name: -0.1})


def test_words_are_checked():
    with pytest.raises(
        ValueError, match="gan_loss must be one of minimax, non_saturating, hinge, least_squares, got 'x'"
    ):
        LookTrainSettings(gan_loss="x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="features must be empty or one of vgg19, .*, got 'alexnet'"):
        LookTrainSettings(features="alexnet")
    assert all(replace(LookTrainSettings(), gan_loss=gan_loss).gan_loss == gan_loss for gan_loss in GAN_LOSSES)


def test_the_networks_to_choose_from_are_those_that_there_are():
    assert set(FEATURES) == set(LAYER_SELECTIONS)


@pytest.mark.parametrize("name", ["adversarial_weight", "content_weight", "style_weight", "tv_weight"])
@pytest.mark.parametrize("value", [-0.1, float("inf"), float("nan")])
def test_lambdas_are_numbers_from_zero(name: str, value: float):
    with pytest.raises(ValueError, match=f"^{name} must be 0 or more, got"):
        LossWeights(**{name: value})
