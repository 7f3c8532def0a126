"""Pretraining of the pixel generator: cases, resuming, overfitting, the command."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pixel_material import picture
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.networks.features import load_features
from portrait_atelier.core.networks.pixel_generator import PixelGenerator
from portrait_atelier.core.pretraining.pixel import run as pixel_training
from portrait_atelier.core.pretraining.pixel.cases import batch_of, draw_pixel_batch
from portrait_atelier.core.pretraining.pixel.painters import Halftone
from portrait_atelier.core.pretraining.pixel.run import PixelPretrainRun, pretrain_pixel, split_photos, write_weights
from portrait_atelier.core.pretraining.pixel.settings import PixelPretrainSettings
from portrait_atelier.core.pretraining.pixel.trainer import PixelPretrainer, paint_batch
from portrait_atelier.core.styles.pixel_model import PixelModel

TINY = PixelPretrainSettings(
    num_steps=4,
    num_sets=2,
    num_crops=1,
    crop_size=32,
    num_patches=1,
    patch_size=32,
    num_validation_sets=6,
    adversarial_from=1,
    r1_every=2,
    save_every=2,
    score_every=4,
    held_out_every=2,
    half_precision=False,
)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    return [(picture(90, 80, seed) * 255).astype(np.uint8) for seed in range(4)]


def _generator() -> PixelGenerator:
    torch.manual_seed(5)
    return PixelGenerator(width=8, half_width=8, full_width=8, num_blocks=1)


def _trainer(settings: PixelPretrainSettings) -> PixelPretrainer:
    return PixelPretrainer(settings, load_features("compact"), _generator())


def _run(folder: Path, photos: list[np.ndarray], settings: PixelPretrainSettings) -> PixelPretrainRun:
    return PixelPretrainRun(folder, photos, settings, load_features("compact"))


def test_the_same_seed_draws_the_same_cases(photos):
    settings = replace(TINY, num_crops=2, num_patches=3)
    first, second = (draw_pixel_batch(photos, settings, np.random.default_rng(7)) for _ in range(2))
    assert first.content.shape == first.answer.shape == (4, 3, 32, 32)
    assert len(first.patches) == sum(first.counts)
    for name in ("content", "textures", "answer", "patches", "traits"):
        torch.testing.assert_close(getattr(first, name), getattr(second, name), rtol=0, atol=0)
    other = draw_pixel_batch(photos, settings, np.random.default_rng(8))
    assert not torch.equal(other.content, first.content)


def test_resumed_is_uninterrupted(tmp_path: Path, photos):
    whole = _trainer(TINY)
    described = list(pretrain_pixel(_run(tmp_path / "whole", photos, TINY), whole))
    assert [status.step for status in described] == [1, 2, 3, 4]
    assert {"g_adversarial", "d_adversarial", "d_r1"} <= set(described[2].terms)
    cut = _trainer(TINY)
    for status in pretrain_pixel(_run(tmp_path / "cut", photos, TINY), cut):
        if status.step == 3:  # the checkpoint is of step 2
            break
    resumed = _trainer(TINY)
    list(pretrain_pixel(_run(tmp_path / "cut", photos, TINY), resumed, resume=True))
    for name, value in whole.tensors().items():
        torch.testing.assert_close(resumed.tensors()[name], value, rtol=0, atol=0)
    assert (tmp_path / "whole" / pixel_training.PLOT).stat().st_size > 1000
    assert (tmp_path / "whole" / pixel_training.SHEET).stat().st_size > 1000


def test_resuming_with_other_settings_is_refused(tmp_path: Path, photos):
    with pytest.raises(LearningError, match="no such checkpoint"):
        next(pretrain_pixel(_run(tmp_path, photos, TINY), _trainer(TINY), resume=True))
    list(pretrain_pixel(_run(tmp_path, photos, TINY), _trainer(TINY)))
    other = replace(TINY, learning_rate=0.5)
    with pytest.raises(LearningError, match=r"other photos or settings \(learning_rate\)"):
        next(pretrain_pixel(_run(tmp_path, photos, other), _trainer(other), resume=True))


def test_it_overfits_one_painter_on_one_batch(photos):
    settings = replace(TINY, adversarial_weight=0.0, learning_rate=0.01, num_steps=250, num_sets=1, ema_decay=0.5)
    batch = batch_of([Halftone(period=2)], photos, settings, np.random.default_rng(0))
    trainer = PixelPretrainer(settings, load_features("compact"), _generator())
    start = (batch.content - batch.answer).abs().mean()
    for _ in range(110):
        trainer.train_step(batch)
    with torch.no_grad():
        end = (paint_batch(trainer.averaged, batch) - batch.answer).abs().mean()
    assert end < 0.45 * start


def test_people_who_judge_are_not_learnt_from(photos):
    learning, held_out = split_photos(photos, TINY)
    assert [id(photo) for photo in held_out] == [id(photos[0]), id(photos[2])]
    assert not {id(photo) for photo in learning} & {id(photo) for photo in held_out}
    with pytest.raises(LearningError, match="2 photos are too few to pretrain with; give at least 3"):
        split_photos(photos[:2], TINY)


def test_weights_are_written_in_half_precision_and_read_back(tmp_path: Path):
    torch.manual_seed(0)
    generator = PixelGenerator()
    path = tmp_path / "pixel.safetensors"
    write_weights(generator, path)
    assert path.stat().st_size <= 2_000_000
    model = PixelModel.read(path)
    assert len(model.weights_hash) == 64
    weight = generator.entry.weight.detach()
    torch.testing.assert_close(model.generator.entry.weight, weight, rtol=1e-3, atol=1e-4)


def test_settings_come_back_from_json_and_are_checked():
    assert PixelPretrainSettings.from_json(TINY.to_json()) == TINY
    with pytest.raises(ValueError, match="settings must be"):
        PixelPretrainSettings.from_json({"steps": 3})
    with pytest.raises(ValueError, match="crop_size must be a multiple of 4"):
        PixelPretrainSettings(crop_size=33)
    with pytest.raises(ValueError, match="num_sets must be at least 1"):
        PixelPretrainSettings(num_sets=0)


def test_the_command_names_a_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture):
    missing = tmp_path / "nothing"
    assert pixel_training.main([str(missing), "-o", str(tmp_path / "w"), "--run", str(tmp_path / "run")]) == 1
    assert "nothing: not a folder" in capsys.readouterr().err
