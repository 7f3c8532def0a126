"""Checkpoints: whole, without pickles, optimizer included; what is damaged is named."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning.checkpoint import (
    checkpoint_path,
    checkpoints,
    load_checkpoint,
    optimizer_tensors,
    require_checkpoint_like,
    restore_optimizer,
    save_checkpoint,
    with_prefix,
    without_prefix,
)
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from safetensors.torch import save_file


def test_round_trip(tmp_path):
    tensors = {"a.b": torch.rand(2, 3), "step": torch.tensor(5), "flipped": torch.rand(2, 3).T}
    save_checkpoint(tmp_path / "c.safetensors", tensors, {"step": 5, "settings": {"widths": [1, 2]}})
    again, facts = load_checkpoint(tmp_path / "c.safetensors")
    assert facts == {"step": 5, "settings": {"widths": [1, 2]}}
    assert all(torch.equal(again[name], value) for name, value in tensors.items())


def test_a_newer_one_replaces_an_older_one(tmp_path):
    for step in (1, 2):
        save_checkpoint(tmp_path / "c.safetensors", {"x": torch.tensor(step)}, {"step": step})
    assert load_checkpoint(tmp_path / "c.safetensors")[1] == {"step": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["c.safetensors"]


@pytest.mark.parametrize("make", [torch.optim.Adam, lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)])
def test_an_optimizer_goes_on_as_if_nothing_had_happened(tmp_path, make):
    def stepped(parameter, optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            parameter.square().sum().backward()
            optimizer.step()

    first = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = make([first], lr=0.1)
    stepped(first, optimizer, 3)
    save_checkpoint(tmp_path / "c.safetensors", with_prefix("optimizer", optimizer_tensors(optimizer)), {})
    second = torch.nn.Parameter(first.detach().clone())
    stepped(first, optimizer, 3)
    resumed = make([second], lr=0.1)
    restore_optimizer(resumed, without_prefix("optimizer", load_checkpoint(tmp_path / "c.safetensors")[0]))
    stepped(second, resumed, 3)
    assert torch.equal(first, second)


def test_prefixes_keep_sets_apart():
    both = with_prefix("model", {"x": torch.zeros(1)}) | with_prefix("model2", {"x": torch.ones(1)})
    assert without_prefix("model", both) == {"x": torch.zeros(1)}


def test_missing_and_damaged_checkpoints_are_named(tmp_path):
    with pytest.raises(LearningError, match=r"none\.safetensors: no such checkpoint; start without --resume"):
        load_checkpoint(tmp_path / "none.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\x00")
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    for name in ("cut", "other"):
        with pytest.raises(LearningError, match=rf"{name}\.safetensors: is not a checkpoint"):
            load_checkpoint(tmp_path / f"{name}.safetensors")


def test_only_heads_are_read_to_know_whose_checkpoints_they_are(monkeypatch):
    settings = LookTrainSettings(num_steps=3)
    with pytest.raises(LearningError, match="no such checkpoint; start without --resume"):
        require_checkpoint_like(settings)
    save_checkpoint(checkpoint_path("a"), {"x": torch.zeros(9)}, {"settings": settings.to_json()})
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} is read whole"))
    require_checkpoint_like(replace(settings, num_steps=5))
    other = replace(settings, batch_size=settings.batch_size + 1)
    with pytest.raises(LearningError, match="no such checkpoint"):
        require_checkpoint_like(other)
    checkpoint_path("b").write_bytes(b"\xff" * 100)  # damaged, so it may be anybody's
    require_checkpoint_like(other)


def test_one_that_is_being_written_is_none_yet():
    path = checkpoint_path("whole")
    save_checkpoint(path, {}, {})
    path.with_name(f".torn{path.suffix}").write_bytes(b"half")  # as a killed process leaves it
    assert checkpoints() == [path]
