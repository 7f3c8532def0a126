"""The student: training, best checkpoint, exact resuming."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.pretraining.features.photos import draw_batch
from portrait_atelier.core.pretraining.features.student import (
    Distillation,
    DistillationSettings,
    gram_distances,
    unexplained,
)
from portrait_atelier.core.pretraining.features.teacher import TeacherEncoder

SETTINGS = DistillationSettings(
    widths=(4, 4, 4, 4, 4), depths=(1, 1, 1, 2, 1), crop_size=32, num_crops=2, steps=40, warm_up=4, save_every=10
)
CONVOLUTIONS = ("conv11", "conv21", "conv31", "conv41", "conv42", "conv51")


def make_teacher(*names: str) -> TeacherEncoder:
    rng, before, arrays = np.random.default_rng(1), 3, {}
    for name in names or CONVOLUTIONS:
        arrays[f"{name}.weight"] = rng.normal(0, (2 / before / 9) ** 0.5, (4, before, 3, 3)).astype(np.float32)
        arrays[f"{name}.bias"] = np.full(4, 0.1, np.float32)
        before = 4
    return TeacherEncoder(arrays)


def photos(count: int = 4) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [rng.integers(0, 255, (8, 8, 3), np.uint8).repeat(6, 0).repeat(6, 1) for _ in range(count)]


def taught(task: Distillation, until: int) -> Distillation:
    while task.step < until:
        rng = np.random.default_rng(task.step)
        task.train_step(draw_batch(photos(), task.settings.crop_size, task.settings.num_crops, rng))
    return task


def test_unexplained_by_hand():
    # channel means 1 and 5: spread (1 + 1) + (4 + 4) = 10; missed 1 + 4 = 5
    target = torch.tensor([[[[0.0, 2.0]], [[3.0, 7.0]]]])
    missed = target + torch.tensor([[[[1.0, 0.0]], [[0.0, -2.0]]]])
    assert unexplained(missed, target).item() == pytest.approx(0.5)
    assert unexplained(target, target).item() == 0


def test_gram_distances_by_hand():
    # One map of one place: Grams 1, 4, 16; distances 3, 15, 12, mean 10
    maps = torch.tensor([1.0, 2.0, 4.0])[:, None, None, None]
    assert gram_distances(maps).tolist() == pytest.approx([0.3, 1.5, 1.2])


def test_it_learns():
    task = Distillation(make_teacher(), SETTINGS)
    before = task.select_checkpoint(photos())
    after = taught(task, SETTINGS.steps).select_checkpoint(photos())
    assert after > before + 0.05
    assert task.best_score == after


def test_the_best_is_kept_when_it_gets_worse():
    task = taught(Distillation(make_teacher(), SETTINGS), 20)
    score = task.select_checkpoint(photos())
    best = {name: value.clone() for name, value in task.best.items()}
    for value in task.average.values():
        value.zero_()
    assert task.select_checkpoint(photos()) < score == task.best_score
    assert all(torch.equal(task.best[name], value) for name, value in best.items())


def test_apart_each_layer_learns_for_itself():
    task = Distillation(make_teacher(), replace(SETTINGS, apart_share=1.0))
    batch = torch.rand(2, 3, 32, 32)
    task._seen(batch, apart=True)["relu5_1"].sum().backward()
    gradients = {name: value.grad for name, value in task.layers.named_parameters()}
    assert gradients["conv5_1.weight"] is not None
    assert gradients["conv4_2.weight"] is None
    task._seen(batch, apart=False)["relu5_1"].sum().backward()
    assert task.layers.get_parameter("conv1_1.weight").grad is not None


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path):
    whole = taught(Distillation(make_teacher(), SETTINGS), 14)
    first = taught(Distillation(make_teacher(), SETTINGS), 7)
    first.save(tmp_path / "c.safetensors")
    second = Distillation(make_teacher(), SETTINGS)
    second.restore(tmp_path / "c.safetensors")
    taught(second, 14)
    for name, value in whole.layers.state_dict().items():
        assert torch.equal(value, second.layers.state_dict()[name])
        assert torch.equal(whole.average[name], second.average[name])


def test_other_settings_and_shallow_teachers_are_refused(tmp_path):
    Distillation(make_teacher(), SETTINGS).save(tmp_path / "c.safetensors")
    with pytest.raises(LearningError, match="other photos or settings .seed."):
        Distillation(make_teacher(), replace(SETTINGS, seed=1)).restore(tmp_path / "c.safetensors")
    with pytest.raises(LearningError, match="the teacher has only the layers relu1_1, relu2_1; give a deeper one"):
        Distillation(make_teacher("conv11", "conv21"), SETTINGS)
    with pytest.raises(ValueError, match="must be at least 1"):
        DistillationSettings(steps=0)
