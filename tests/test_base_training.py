"""Base training: steps, checkpoints, scores."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from base_material import made_up_people
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning import base_training
from portrait_atelier.core.learning.base_cases import BaseBatch, CaseSettings, draw_batch
from portrait_atelier.core.learning.base_people import BasePeople
from portrait_atelier.core.learning.base_report import write_loss_plot
from portrait_atelier.core.learning.base_settings import BaseSettings
from portrait_atelier.core.learning.base_trainer import (
    BaseTrainer,
    grid_roughness,
    lab_distance,
    render_batch,
    render_start,
)
from portrait_atelier.core.learning.base_training import CHECKPOINT, PLOT, SHEET, BaseRun, TrainStatus, train_base
from portrait_atelier.core.learning.checkpoint import load_checkpoint

SHORT = BaseSettings(
    num_steps=4,
    num_sets=1,
    num_passes=1,
    num_choosing_sets=2,
    held_out_share=0.4,
    score_every=2,
    save_every=2,
    ema_decay=0.5,
)


@pytest.fixture(scope="module")
def people() -> BasePeople:
    return made_up_people((20, 20))


@pytest.fixture(scope="module")
def batch(people: BasePeople) -> BaseBatch:
    return draw_batch(people, people.people.neutral(), [0], 2, CaseSettings(num_contents=1, counts=(2,)))


def _trained(run: BaseRun, *, resume: bool = False) -> list[TrainStatus]:
    return list(train_base(run, resume=resume))


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / CHECKPOINT)[0]


def test_training_leaves_a_checkpoint_a_plot_and_a_sheet(people: BasePeople, tmp_path: Path):
    statuses = _trained(BaseRun(tmp_path, people, SHORT, processes=0))
    assert [status.step for status in statuses] == [1, 2, 3, 4]
    assert [status.scores is not None for status in statuses] == [False, True, False, True]
    assert all((tmp_path / name).exists() for name in (CHECKPOINT, PLOT, SHEET))
    assert len(statuses[-1].scores or ()) == 2  # kinds


def test_resumed_equals_uninterrupted(people: BasePeople, tmp_path: Path):
    _trained(BaseRun(tmp_path / "whole", people, SHORT, processes=0))
    statuses: Iterator[TrainStatus] = train_base(BaseRun(tmp_path / "cut", people, SHORT, processes=0))
    assert [status.step for status in islice(statuses, 3)] == [1, 2, 3]  # step 3 is lost: the checkpoint is of step 2
    resumed = _trained(BaseRun(tmp_path / "cut", people, SHORT, processes=0), resume=True)
    assert [status.step for status in resumed] == [3, 4]
    whole, cut = _weights(tmp_path / "whole"), _weights(tmp_path / "cut")
    assert set(whole) == set(cut)
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_resuming_finds_its_place_among_the_passes(people: BasePeople, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base_training, "_GROUP", 2)
    run = BaseRun(tmp_path, people, replace(SHORT, num_steps=9, num_passes=2), processes=0)
    whole = [batch.content for batch in base_training._batches(run, people, 0)]
    late = [batch.content for batch in base_training._batches(run, people, 5)]
    assert len(whole) == 9
    assert all(torch.equal(first, second) for first, second in zip(whole[5:], late, strict=True))
    assert len({content.numpy().tobytes() for content in whole}) == 5  # two groups of two, and one of the third


def test_other_settings_are_refused_on_resuming(people: BasePeople, tmp_path: Path):
    run = BaseRun(tmp_path, people, replace(SHORT, num_steps=2), processes=0)
    _trained(run)
    with pytest.raises(LearningError, match=r"other settings \(learning_rate\)"):
        _trained(replace(run, settings=replace(SHORT, learning_rate=1e-2)), resume=True)
    assert [status.step for status in _trained(replace(run, settings=SHORT), resume=True)] == [3, 4]


def test_there_must_be_something_to_resume(people: BasePeople, tmp_path: Path):
    with pytest.raises(LearningError, match="no such checkpoint"):
        _trained(BaseRun(tmp_path, people, SHORT, processes=0), resume=True)


@pytest.mark.slow
def test_a_process_beside_draws_the_same_cases(people: BasePeople, tmp_path: Path):
    for name, processes in (("alone", 0), ("beside", 1)):
        _trained(BaseRun(tmp_path / name, people, replace(SHORT, num_steps=2), processes=processes))
    alone, beside = _weights(tmp_path / "alone"), _weights(tmp_path / "beside")
    assert all(torch.equal(alone[name], beside[name]) for name in alone)


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_a_batch_can_be_learnt_by_heart(batch: BaseBatch, weight: float):
    settings = BaseSettings(num_steps=150, learning_rate=3e-3, dropout=0.0, noise=0.0, adversarial_weight=weight)
    trainer = BaseTrainer(settings, batch.evidence.shape[1])
    trainer.measure_evidence(batch.evidence)
    terms = [trainer.train_step(batch) for _ in range(40)]
    assert terms[-1]["distance"] < 0.7 * terms[0]["distance"]
    assert ("d_adversarial" in terms[0]) == bool(weight)
    assert ("d_r1" in terms[0]) == bool(weight)
    assert "d_r1" not in terms[1]


def test_it_starts_as_the_closed_form(batch: BaseBatch):
    trainer = BaseTrainer(BaseSettings(), batch.evidence.shape[1])
    rendered = render_batch(trainer.generator, batch)
    assert torch.equal(rendered.photos, render_start(batch))
    assert not rendered.residual.grid.any()


def test_distances_are_next_to_nothing_to_oneself_and_a_hundred_from_black_to_white():
    photos = torch.full((1, 3, 2, 2), 0.5)
    assert lab_distance(photos, photos).item() == pytest.approx((0.05 + 1e-3) ** 0.5, abs=1e-4)
    assert lab_distance(torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)).item() == pytest.approx(100, abs=0.01)


def test_even_grids_have_no_roughness_and_ramps_their_slope():
    grid = torch.ones(1, 16, 16, 8, 3, 4)
    assert grid_roughness(grid) == 0
    ramp = torch.arange(16.0)[None, :, None, None, None, None] * grid / 16
    assert grid_roughness(ramp).item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"save_every": 201}, "save_every must be 1 to 200"),
        ({"num_sets": 0}, "num_sets must be at least 1"),
        ({"held_out_share": 1.0}, "held_out_share must lie"),
        ({"adversarial_weight": -1.0}, "adversarial_weight must be 0 or more"),
    ],
)
def test_settings_are_checked(change: dict, message: str):
    with pytest.raises(ValueError, match=message):
        replace(SHORT, **change)


def test_settings_survive_json():
    assert BaseSettings.from_json(SHORT.to_json()) == SHORT
    with pytest.raises(ValueError, match="settings must be"):
        BaseSettings.from_json({"num_steps": 1})


def test_a_plot_needs_no_scores(tmp_path: Path):
    write_loss_plot(tmp_path / "plot.png", [5.0, 4.0], [])
    assert (tmp_path / "plot.png").read_bytes()[1:4] == b"PNG"
    assert np.isfinite(SHORT.learning_rate)
