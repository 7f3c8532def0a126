"""Settings keep the names of version 0.3 where they are stored."""

import pytest
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from portrait_atelier.core.learning.stored_settings import StoredSettings
from portrait_atelier.core.pretraining.pixel.settings import PixelPretrainSettings

LOOK_0_3 = {
    "num_steps": 60,
    "batch_size": 4,
    "learning_rate": 0.008,
    "discriminator_rate": 0.5,
    "critic_steps": 2,
    "form": "hinge",
    "weights": {"adversarial_weight": 1.0, "content_weight": 0.5, "style_weight": 2.0, "tv_weight": 0.05},
    "match_weight": 20.0,
    "pull_weight": 0.2,
    "r1_gamma": 1.0,
    "r1_every": 4,
    "rank": 8,
    "ema_decay": 0.8,
    "num_people": 132,
    "choose_every": 30,
    "clear_below": 1.2,
    "enough_below": 0.5,
    "judge_every": 20,
    "features": "compact",
    "seed": 3,
}
PIXEL_0_3 = {
    "num_steps": 100,
    "num_crops": 4,
    "crop_size": 128,
    "learning_rate": 0.01,
    "adversarial_weight": 0.2,
    "content_weight": 0.3,
    "style_weight": 1.0,
    "tv_weight": 0.02,
    "pull_weight": 1.0,
    "discriminator_rate": 0.001,
    "r1_gamma": 0.01,
    "r1_every": 8,
    "judge_every": 10,
    "seed": 0,
}
RENAMED = {"critic_steps", "form", "choose_every", "judge_every", "num_judging_sets"}


def test_a_look_reads_the_settings_of_version_0_3():
    settings = LookTrainSettings.from_json(LOOK_0_3)
    assert (settings.discriminator_steps, settings.gan_loss) == (2, "hinge")
    assert (settings.select_every, settings.validate_every) == (30, 20)
    assert settings.weights == LossWeights(1.0, 0.5, 2.0, 0.05)
    assert settings.to_json() == LOOK_0_3


def test_a_pixel_style_stores_the_names_of_version_0_3():
    settings = PixelTrainSettings(num_steps=100, validate_every=10)
    assert settings.to_json() == PIXEL_0_3
    assert PixelTrainSettings.from_json(settings.to_json()) == settings


def test_pixel_pretraining_stores_the_names_of_version_0_3():
    settings = PixelPretrainSettings(num_validation_sets=12)
    stored = settings.to_json()
    assert stored["num_judging_sets"] == 12
    assert PixelPretrainSettings.from_json(stored) == settings


@pytest.mark.parametrize("kind", [LookTrainSettings, PixelTrainSettings, PixelPretrainSettings])
def test_only_stored_names_are_read(kind: type[StoredSettings]):
    stored = kind().to_json()
    assert RENAMED & set(stored)
    fields = {name: getattr(kind(), name) for name in vars(kind()) if name != "weights"}
    with pytest.raises(ValueError, match="settings must be"):
        kind.from_json(fields)
