"""Base training in bfloat16: the networks compute in it, looks, colors, losses and weights stay float32."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from base_material import made_up_people
from portrait_atelier.core.cli import app
from portrait_atelier.core.learning import base_trainer
from portrait_atelier.core.learning.base_cases import BaseBatch, CaseSettings, draw_batch
from portrait_atelier.core.learning.base_settings import BaseSettings
from portrait_atelier.core.learning.base_trainer import BaseTrainer, on_device, render_batch, uses_bfloat16
from portrait_atelier.core.learning.base_training import CHECKPOINT, BaseRun, train_base
from portrait_atelier.core.learning.checkpoint import load_checkpoint, save_checkpoint
from torch import Tensor, nn
from typer.testing import CliRunner

SETTINGS = BaseSettings(
    num_steps=150, learning_rate=3e-3, dropout=0.0, noise=0.0, adversarial_weight=0.1, precision="bfloat16"
)


@pytest.fixture(scope="module")
def batch() -> BaseBatch:
    people = made_up_people()
    return draw_batch(people, people.people.neutral(), [0], 2, CaseSettings(num_contents=1, counts=(2,)))


def _trainer(settings: BaseSettings, batch: BaseBatch, device: str = "cpu") -> BaseTrainer:
    trainer = BaseTrainer(settings, batch.evidence.shape[1], device)
    trainer.measure_evidence(batch.evidence.to(device))
    return trainer


def _types_of(network: nn.Module, kept: list[torch.dtype]) -> None:
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output.dtype))


def test_networks_compute_in_bfloat16_and_all_else_in_float32(batch: BaseBatch, monkeypatch: pytest.MonkeyPatch):
    trainer, layers, seen = _trainer(SETTINGS, batch), [], set()
    _types_of(trainer.generator, layers)
    for name in ("apply_look", "srgb_to_lab", "color_distance", "grid_roughness"):
        original = getattr(base_trainer, name)

        def watched(*tensors: Tensor, original=original, name=name) -> Tensor:
            result = original(*tensors)
            seen.update({(name, tensor.dtype) for tensor in (*tensors, result)})
            return result

        monkeypatch.setattr(base_trainer, name, watched)
    trainer.train_step(batch)
    assert set(layers) == {torch.bfloat16}
    names = ("apply_look", "srgb_to_lab", "color_distance", "grid_roughness")
    assert seen == {(name, torch.float32) for name in names}
    tensors = [*trainer.generator.parameters(), *trainer.critic.parameters()]
    assert {tensor.dtype for tensor in tensors} == {torch.float32}
    assert {tensor.grad.dtype for tensor in tensors if tensor.grad is not None} == {torch.float32}


def test_r1_is_computed_in_float32(batch: BaseBatch):
    trainer, layers = _trainer(SETTINGS, batch), []
    _types_of(trainer.critic, layers)
    trainer.train_step(batch)  # a step with R1
    with_penalty = len(layers)
    trainer.train_step(batch)  # one without
    assert set(layers[with_penalty:]) == {torch.bfloat16}
    assert layers[:with_penalty].count(torch.float32) == 5  # four halvings and the head, once


def test_a_batch_can_be_learnt_by_heart_in_bfloat16(batch: BaseBatch):
    trainer = _trainer(SETTINGS, batch)
    terms = [trainer.train_step(batch) for _ in range(40)]
    assert terms[-1]["distance"] < 0.7 * terms[0]["distance"]


def test_bfloat16_gives_nearly_the_same_photos(batch: BaseBatch):
    trainer = _trainer(replace(SETTINGS, precision="float32"), batch)
    for _ in range(20):
        trainer.train_step(batch)
    trainer.generator.eval()
    with torch.no_grad():
        full, half = (render_batch(trainer.generator, batch, bfloat16=bfloat16).photos for bfloat16 in (False, True))
    assert 0 < float((full - half).abs().max()) < 2 / 255


def test_auto_is_float32_on_the_cpu():
    cpu = torch.device("cpu")
    assert not uses_bfloat16("auto", cpu)
    assert not uses_bfloat16("float32", cpu)
    assert uses_bfloat16("bfloat16", cpu)


@pytest.mark.parametrize(("capability", "found"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_auto_is_bfloat16_on_gpus_built_for_it(
    capability: tuple[int, int], found: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert uses_bfloat16("auto", torch.device("cuda")) is found


def test_other_precisions_are_refused():
    with pytest.raises(ValueError, match="precision must be one of auto, float32, bfloat16, got 'float16'"):
        replace(SETTINGS, precision="float16")


def test_the_command_line_refuses_them_too(tmp_path: Path):
    told = CliRunner().invoke(app, ["pretrain", "people", "-o", str(tmp_path), "--precision", "float16"])
    assert told.exit_code == 2
    assert "precision must be one of" in told.output


def test_a_checkpoint_from_before_there_was_a_precision_can_be_resumed(tmp_path: Path):
    people = made_up_people()
    settings = BaseSettings(num_steps=1, num_sets=1, num_choosing_sets=1, held_out_share=0.4)
    assert len(list(train_base(BaseRun(tmp_path, people, settings, processes=0)))) == 1
    tensors, facts = load_checkpoint(tmp_path / CHECKPOINT)
    del facts["settings"]["precision"], facts["processes"]
    save_checkpoint(tmp_path / CHECKPOINT, tensors, facts)
    run = BaseRun(tmp_path, people, replace(settings, num_steps=2), processes=0)
    assert [status.step for status in train_base(run, resume=True)] == [2]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_learns_a_batch_by_heart(batch: BaseBatch):
    there = on_device(batch, torch.device("cuda"))
    for precision in ("auto", "float32"):
        trainer = _trainer(replace(SETTINGS, precision=precision), batch, "cuda")
        terms = [trainer.train_step(there) for _ in range(40)]
        assert terms[-1]["distance"] < 0.7 * terms[0]["distance"]
        assert {tensor.device.type for tensor in trainer.generator_ema.parameters()} == {"cuda"}
        assert render_batch(trainer.averaged, there).photos.dtype == torch.float32
