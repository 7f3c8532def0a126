"""Training of a pixel style: status, best step, determinism; the patch distance."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pixel_material import HASH, lively_model, proxy
from portrait_atelier.core.errors import LearningError, StyleError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.pixel import training as pixel_learning
from portrait_atelier.core.learning.pixel.patch_distance import patch_distance
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from portrait_atelier.core.learning.pixel.trainer import PixelFineTuner, draw_crops
from portrait_atelier.core.learning.pixel.training import PixelStyleTraining, hold_out, pixel_style_of
from portrait_atelier.core.networks.features import load_features
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash

QUICK = PixelTrainSettings(num_steps=3, num_crops=2, crop_size=32, validate_every=2)


@pytest.fixture(autouse=True)
def _few_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_learning, "_NUM_VALIDATION_CROPS", 4)


@pytest.fixture(scope="module")
def pictures() -> list[Proxy]:
    rng = np.random.default_rng(0)
    stripes = (np.arange(96) // 3 % 2)[:, None, None] * np.ones((1, 90, 3))
    return [Proxy.opaque((0.1 + 0.7 * stripes * rng.uniform(0.8, 1)).astype(np.float32)) for _ in range(3)]


def _learnt(pictures: list[Proxy], settings: PixelTrainSettings = QUICK) -> Style:
    learning = _learning(pictures, settings)
    list(learning.run())
    return learning.style("striped")


def _learning(pictures: list[Proxy], settings: PixelTrainSettings = QUICK) -> PixelStyleTraining:
    content = [proxy(80, 90, seed) for seed in range(2)]
    features = load_features("compact")
    return PixelStyleTraining(pictures, content, settings, model=lively_model(), features=features)


def test_it_reports_each_step_and_gives_a_style_that_can_be_kept(pictures, tmp_path: Path):
    learning = _learning(pictures)
    told = list(learning.run())
    assert [(status.step, status.num_steps) for status in told] == [(1, 3), (2, 3), (3, 3)]
    assert [status.validation is not None for status in told] == [False, True, True]
    assert {"g_adversarial", "g_content", "g_style", "g_tv", "g_pull", "d_adversarial"} <= set(told[1].terms)
    style = learning.style("striped", settings={"finished": True})
    assert (style.name, style.kind, style.num_photos) == ("striped", "pixel", 3)
    assert style.pixel is not None
    assert style.pixel.weights_hash == HASH
    assert style.cover[:2] == b"\xff\xd8"
    assert not learning.style("striped", cover=False).cover
    last = told[-1].validation
    assert last is not None
    assert style.settings["learning"]["kept_step"] == last.best_step
    assert style.settings["finished"]
    path = save_style(style, tmp_path / "striped")
    assert style_hash(load_style(path)) == style_hash(style)
    assert path.stat().st_size < 1_000_000


def test_what_is_kept_is_never_worse_than_the_start(pictures):
    found = [status.validation for status in _learning(pictures).run() if status.validation is not None]
    assert found[-1].best_distance == min(found[0].instant_distance, *(one.distance for one in found))
    assert found[-1].instant_distance == found[0].instant_distance


def test_it_ends_where_validations_find_nothing_better_any_more(pictures, monkeypatch):
    monkeypatch.setattr(pixel_learning, "_PATIENCE", 4)
    monkeypatch.setattr(pixel_learning, "patch_distance", lambda *_: 1.0)
    told = list(_learning(pictures, replace(QUICK, num_steps=9)).run())
    assert [status.step for status in told] == [1, 2, 3, 4]


def test_the_same_seed_learns_the_same(pictures):
    first, second = (_learnt(pictures) for _ in range(2))
    assert style_hash(first) == style_hash(second)


def test_a_checkpoint_goes_on_as_if_nothing_had_happened(pictures, tmp_path: Path):
    settings = replace(QUICK, num_steps=5)
    whole = _learning(pictures, settings)
    told = list(whole.run())
    first = _learning(pictures, settings)
    for status in first.run():
        if status.step == 3:
            break
    first.save(tmp_path / "c.safetensors", "these pictures")
    second = _learning(pictures, settings)
    second.resume(tmp_path / "c.safetensors", "these pictures")
    assert second.step == 3
    rest = list(second.run())
    assert [status.step for status in rest] == [4, 5]
    assert [status.terms for status in rest] == [status.terms for status in told[3:]]
    assert rest[-1].validation == told[-1].validation
    assert style_hash(second.style("striped")) == style_hash(whole.style("striped"))


def test_a_random_state_outside_is_left_alone(pictures):
    model, features = lively_model(), load_features("compact")
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    list(PixelStyleTraining(pictures, None, replace(QUICK, num_steps=1), model=model, features=features).run())
    assert torch.equal(torch.rand(2), expected)


def test_a_step_can_be_given_up_before_the_critic_takes_its_turn(pictures):
    learning, left = _learning(pictures), iter(range(1))

    def check_cancelled() -> None:
        if next(left, None) is None:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        next(learning.run(check_cancelled))
    assert learning.step == 0
    assert learning.style("striped", cover=False).settings["learning"]["kept_step"] == 0


def test_a_checkpoint_of_other_pictures_or_settings_is_refused(pictures, tmp_path: Path):
    path = tmp_path / "c.safetensors"
    _learning(pictures).save(path, "these pictures")
    with pytest.raises(LearningError, match=r"was begun with other photos or settings \(key\)"):
        _learning(pictures).resume(path, "others")
    with pytest.raises(LearningError, match=r"other photos or settings \(seed\)"):
        _learning(pictures, replace(QUICK, seed=4)).resume(path, "these pictures")
    longer = _learning(pictures, replace(QUICK, num_steps=9))  # only longer: that is no other training
    longer.resume(path, "these pictures")
    assert longer.step == 0


def test_steps_lower_the_style_loss(pictures):
    settings = PixelTrainSettings(num_crops=2, crop_size=48, adversarial_weight=0.0, content_weight=0.0)
    content = [proxy(60, 60)]
    tuner = PixelFineTuner(lively_model(), pictures, content, settings, load_features("compact"))
    terms = [tuner.train_step()["g_style"] for _ in range(15)]
    assert np.mean(terms[-3:]) < 0.7 * np.mean(terms[:3])


def test_the_network_itself_does_not_learn(pictures):
    model = lively_model()
    before = {name: value.clone() for name, value in model.generator.state_dict().items()}
    list(PixelStyleTraining(pictures, None, QUICK, model=model, features=load_features("compact")).run())
    for name, value in model.generator.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_no_steps_give_the_style_read_off_at_once(pictures):
    settings = PixelTrainSettings(num_steps=0, crop_size=32)
    style, instant = _learnt(pictures, settings), pixel_style_of(pictures, "striped", model=lively_model())
    assert style.pixel is not None
    assert instant.pixel is not None
    assert style.pixel.delta is None
    np.testing.assert_array_equal(style.pixel.code, instant.pixel.code)


def test_from_ten_pictures_up_every_fifth_is_set_aside():
    pictures = [proxy(8, 8, seed) for seed in range(11)]
    learning, held_out = hold_out(pictures)
    assert [id(picture) for picture in held_out] == [id(pictures[4]), id(pictures[9])]
    assert len(learning) == 9
    assert hold_out(pictures[:9]) == (pictures[:9], pictures[:9])


def test_nothing_to_learn_from_and_bad_names_are_named():
    with pytest.raises(LearningError, match="no pictures to learn from"):
        PixelStyleTraining([], None, QUICK, model=lively_model())
    with pytest.raises(StyleError, match="cannot hold"):
        pixel_style_of([proxy(8, 8)], "a/b", model=lively_model())


def test_crops_of_small_pictures_are_mirrored_to_size():
    crops, textures = draw_crops([proxy(9, 40)], 3, 32, np.random.default_rng(0))
    assert crops.shape == (3, 3, 32, 32)
    assert textures.shape[0] == 3


def test_settings_are_checked_and_come_back_from_json():
    assert PixelTrainSettings.from_json(QUICK.to_json()) == QUICK
    with pytest.raises(ValueError, match="num_steps must be 0 or more"):
        PixelTrainSettings(num_steps=-1)
    with pytest.raises(ValueError, match="crop_size must be a multiple of 4"):
        PixelTrainSettings(crop_size=30)


def test_the_distance_of_patches_is_0_for_the_same_and_grows_with_the_difference():
    torch.manual_seed(0)
    pictures = torch.rand(2, 3, 40, 40) * 0.5
    assert patch_distance(pictures, pictures) == pytest.approx(0, abs=1e-6)
    near, far = patch_distance(pictures, pictures + 0.1), patch_distance(pictures, pictures + 0.3)
    assert far == pytest.approx(3 * near, rel=0.01)


def test_the_distance_of_patches_sees_texture_where_colors_agree():
    torch.manual_seed(0)
    noise = torch.rand(2, 3, 64, 64)
    sorted_rows = noise.flatten(2).sort(-1).values.unflatten(2, (64, 64))  # the same values, another texture
    assert patch_distance(noise, sorted_rows) > 5 * patch_distance(noise, noise.flip(3))
