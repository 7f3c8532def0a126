"""Settings of learning: JSON and back, and what is refused."""

import json
from dataclasses import replace

import pytest
from portrait_atelier.core.learning.look.settings import LearnSettings
from portrait_atelier.core.learning.losses.settings import FEATURES, FORMS, LossWeights
from portrait_atelier.core.networks.features import PLANS


def test_settings_come_back_from_json():
    settings = LearnSettings(num_steps=7, form="hinge", weights=LossWeights(0.5, 2.0, 3.0, 0.0), features="vgg16")
    assert LearnSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert LearnSettings.from_json(LearnSettings().to_json()) == LearnSettings()


def test_other_keys_are_refused_at_every_depth():
    known = LearnSettings().to_json()
    with pytest.raises(ValueError, match="settings must be .*got .*'surprise'"):
        LearnSettings.from_json({**known, "surprise": 1})
    with pytest.raises(ValueError, match="settings must be .*'seed'"):
        LearnSettings.from_json({name: value for name, value in known.items() if name != "seed"})
    with pytest.raises(ValueError, match="weights must be .*got .*'surprise'"):
        LearnSettings.from_json({**known, "weights": {**known["weights"], "surprise": 1}})


@pytest.mark.parametrize("name", ["num_steps", "batch_size", "critic_steps", "rank", "judge_every", "num_people"])
def test_counts_are_at_least_one(name: str):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, got 0$"):
        replace(LearnSettings(), **{name: 0})


@pytest.mark.parametrize("change", [{"learning_rate": 0}, {"discriminator_rate": -1}, {"ema_decay": 1.0}])
def test_rates_and_decays_have_their_ranges(change: dict):
    with pytest.raises(ValueError, match="learning_rate and discriminator_rate must be above 0, ema_decay in"):
        LearnSettings(**change)


def test_without_untouched_photos_more_must_be_missing_before_it_trains():
    settings = LearnSettings()
    assert settings.clear_limit(has_own=True) == settings.clear_below < settings.clear_limit(has_own=False) == 3.2


@pytest.mark.parametrize("name", ["match_weight", "pull_weight", "clear_below", "enough_below"])
def test_distances_and_their_weights_are_not_negative(name: str):
    with pytest.raises(ValueError, match="match_weight, pull_weight, clear_below and enough_below must be 0 or more"):
        replace(LearnSettings(), **{name: -0.1})


def test_words_are_checked():
    with pytest.raises(ValueError, match="form must be one of minimax, non_saturating, hinge, least_squares, got 'x'"):
        LearnSettings(form="x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="features must be empty or one of vgg19, .*, got 'alexnet'"):
        LearnSettings(features="alexnet")
    assert all(replace(LearnSettings(), form=form).form == form for form in FORMS)


def test_the_networks_to_choose_from_are_those_that_there_are():
    assert set(FEATURES) == set(PLANS)


@pytest.mark.parametrize("name", ["adversarial_weight", "content_weight", "style_weight", "tv_weight"])
@pytest.mark.parametrize("value", [-0.1, float("inf"), float("nan")])
def test_lambdas_are_numbers_from_zero(name: str, value: float):
    with pytest.raises(ValueError, match=f"^{name} must be 0 or more, got"):
        LossWeights(**{name: value})
