"""Distillation: the loop, the balance of layers, the command."""

import numpy as np
import pytest
import torch
from PIL import Image
from portrait_atelier.core.networks.feature_layers import vgg_shaped
from portrait_atelier.core.networks.features import LAYER_SELECTIONS, FeatureExtractor, read_compact
from portrait_atelier.core.pretraining.features.run import balance, distill, finished, main
from portrait_atelier.core.pretraining.features.student import TAUGHT_LAYERS, Distillation, DistillationSettings
from portrait_atelier.core.pretraining.features.teacher import TeacherEncoder

SETTINGS = DistillationSettings(
    widths=(4, 4, 4, 4, 4), depths=(1, 1, 1, 2, 1), crop_size=32, num_crops=2, steps=6, warm_up=2, save_every=2
)


def teacher_arrays() -> dict[str, np.ndarray]:
    rng, before, arrays = np.random.default_rng(1), 3, {}
    for name in ("conv11", "conv21", "conv31", "conv41", "conv42", "conv51"):
        arrays[f"{name}.weight"] = rng.normal(0, (2 / before / 9) ** 0.5, (4, before, 3, 3)).astype(np.float32)
        arrays[f"{name}.bias"] = np.full(4, 0.1, np.float32)
        before = 4
    return arrays


def photos() -> list[np.ndarray]:
    return list(np.random.default_rng(2).integers(0, 255, (22, 40, 40, 3), np.uint8))


def test_the_loop_says_how_it_goes_and_saves(tmp_path):
    task = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    statuses = list(distill(task, photos(), tmp_path / "c.safetensors"))
    assert [status.step for status in statuses] == [1, 2, 3, 4, 5, 6]
    assert [status.score is None for status in statuses] == [True, False] * 3
    again = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    again.restore(tmp_path / "c.safetensors")
    assert list(distill(again, photos(), tmp_path / "c.safetensors")) == []
    assert again.best_score == max(status.score for status in statuses if status.score is not None)


def test_a_loop_broken_off_goes_on_to_the_same_end(tmp_path):
    whole = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    list(distill(whole, photos(), tmp_path / "whole.safetensors"))
    broken = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    for status in distill(broken, photos(), tmp_path / "c.safetensors"):
        if status.step == 5:  # the last checkpoint is of step 4
            break
    resumed = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    resumed.restore(tmp_path / "c.safetensors")
    assert resumed.step == 4
    list(distill(resumed, photos(), tmp_path / "c.safetensors"))
    for name, value in whole.layers.state_dict().items():
        assert torch.equal(value, resumed.layers.state_dict()[name])


def test_balanced_layers_see_the_same_at_a_mean_of_one():
    torch.manual_seed(3)
    student = FeatureExtractor(vgg_shaped((4, 4, 4, 4, 4), (2, 1, 1, 2, 1)), LAYER_SELECTIONS["compact"])
    batch = torch.rand(2, 3, 32, 32)
    names = [name for name in student.layer_names if name.startswith("relu")]
    before = student(batch, names)
    balance(student, batch)
    after = student(batch, names)
    for name in names:
        assert after[name].mean().item() == pytest.approx(1, rel=1e-3)
        torch.testing.assert_close(after[name], before[name] / before[name].mean(), rtol=1e-3, atol=1e-4)


def test_what_is_shipped_is_the_best_without_the_lifts():
    task = Distillation(TeacherEncoder(teacher_arrays()), SETTINGS)
    weights = finished(task, photos())
    assert set(weights) == set(task.layers.state_dict())


def test_the_command_teaches_and_resumes(tmp_path, capsys, monkeypatch):
    np.savez(tmp_path / "teacher.npz", **teacher_arrays())
    for index, photo in enumerate(photos()):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(photo).save(tmp_path / "photos" / f"{index}.png")
    output = tmp_path / "compact.safetensors"
    arguments = [str(tmp_path / "teacher.npz"), str(tmp_path / "photos"), "-o", str(output), "--steps", "1"]
    assert main(arguments) == 0
    assert "step 1/1: loss" in capsys.readouterr().err
    first = read_compact(output)
    assert list(first(torch.rand(1, 3, 32, 32), TAUGHT_LAYERS)) == list(TAUGHT_LAYERS)
    assert main([*arguments, "--resume"]) == 0  # nothing is left to do
    for name, value in read_compact(output).state_dict().items():
        assert torch.equal(first.state_dict()[name], value)
    assert main([str(tmp_path / "none.npz"), *arguments[1:]]) == 1
    assert "is not a teacher" in capsys.readouterr().err
    assert main([arguments[0], f"{arguments[1]}:20", *arguments[2:]]) == 1
    assert "20 photos are too few to teach with; give at least 21" in capsys.readouterr().err
