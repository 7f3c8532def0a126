"""Checkpoints keep the names of version 0.3, so that old ones can be resumed."""

from pathlib import Path

import pytest
from learning_material import finished, hasten, quick
from portrait_atelier.core.learning.checkpoint import load_checkpoint, save_checkpoint
from portrait_atelier.core.learning.look.training import StyleTraining

PARTS_0_3 = {"adapter", "adapter_ema", "discriminator", "optimizer", "discriminator_optimizer", "cast", "numbers"}
BEST_0_3 = {"step", "keep", "scores", "agreement", "untouched", "is_clear"}


@pytest.fixture(autouse=True)
def _few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def _training() -> StyleTraining:
    return StyleTraining(finished(), None, settings=quick())


def test_its_names_are_those_of_version_0_3(tmp_path: Path):
    training, path = _training(), tmp_path / "checkpoint.safetensors"
    next(training.run())
    training.save(path, "key")
    tensors, facts = load_checkpoint(path)
    assert set(facts) == {"key", "step", "settings", "base", "best", "history", "scales"}
    assert set(facts["best"]) == BEST_0_3
    assert {"critic_steps", "form", "choose_every", "judge_every"} <= set(facts["settings"])
    assert {name.split(".")[0] for name in tensors} == {"kept", "tuner0", "tuner1", "tuner2"}
    assert {name.split(".")[1] for name in tensors if name.startswith("tuner0.")} == PARTS_0_3
    assert {"tuner0.cast.index", "tuner0.cast.weights", "kept.up.color_out"} <= set(tensors)


def test_a_training_goes_on_from_the_facts_of_version_0_3(tmp_path: Path):
    begun, path = _training(), tmp_path / "checkpoint.safetensors"
    next(begun.run())
    begun.save(path, "key")
    tensors, facts = load_checkpoint(path)
    best = {"step": 1, "keep": 0.5, "scores": [9.0, 8.0, 7.0, 7.5, 8.0], "agreement": 0.8, "untouched": 12.0}
    save_checkpoint(path, tensors, {**facts, "best": {**best, "is_clear": False}})
    resumed = _training()
    resumed.resume(path, "key")
    assert (resumed.step, resumed.best.delta_weight, resumed.best.distance) == (1, 0.5, 7.0)
    assert [status.step for status in resumed.run()] == [2]
