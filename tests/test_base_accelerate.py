"""Base training by several processes: two on the CPU learn what one learns from the batches of both."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from base_material import made_up_people
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning import base_team, base_training
from portrait_atelier.core.learning.base_cases import BaseBatch
from portrait_atelier.core.learning.base_people import BasePeople
from portrait_atelier.core.learning.base_settings import BaseSettings
from portrait_atelier.core.learning.base_team import Team, launched_team
from portrait_atelier.core.learning.base_trainer import BaseTrainer
from portrait_atelier.core.learning.base_training import BEST, CHECKPOINT, BaseRun, choosing_batches
from portrait_atelier.core.learning.checkpoint import load_checkpoint, without_prefix
from safetensors.torch import load_file

TESTS = Path(__file__).resolve().parent
SIZE = 2
SHORT = BaseSettings(
    num_steps=6,
    num_sets=1,
    num_contents=3,
    num_passes=1,
    num_choosing_sets=1,
    held_out_share=0.4,
    score_every=3,
    save_every=2,
    ema_decay=0.5,
    dropout=0.0,
    noise=0.0,
    adversarial_weight=0.1,
    r1_every=16,  # R1 jumps where a flat photo's activations round to another side of 0, so it is in one step only
)


def _loopback() -> str | None:
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    return next((name for name in names if name in ("lo", "lo0")), None)


with_processes = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("accelerate") is None, reason="accelerate is not installed"),
    pytest.mark.skipif(_loopback() is None, reason="no loopback device by a name that gloo knows"),
]


def together(folder: Path, settings: BaseSettings, **facts: object) -> list[subprocess.CompletedProcess]:
    """Start the processes, wait until they end."""
    folder.mkdir(parents=True, exist_ok=True)
    meeting = folder / "meeting"
    meeting.unlink(missing_ok=True)
    told = {"folder": str(folder), "meeting": str(meeting), "settings": settings.to_json()}
    (folder / "run.json").write_text(json.dumps({"resume": False, "killed": None, **told, **facts}))
    own = {"WORLD_SIZE": str(SIZE), "LOCAL_WORLD_SIZE": str(SIZE), "OMP_NUM_THREADS": "1"}
    own |= {"GLOO_SOCKET_IFNAME": _loopback() or "", "MASTER_ADDR": "127.0.0.1", "ACCELERATE_USE_CPU": "true"}
    command = [sys.executable, str(TESTS / "base_process.py"), str(folder / "run.json")]
    started = [
        subprocess.Popen(
            command,
            env={**os.environ, **own, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(SIZE)
    ]
    try:
        texts = [process.communicate(timeout=300) for process in started]
    finally:
        for process in started:
            process.kill()
    return [
        subprocess.CompletedProcess(command, process.returncode, *text)
        for process, text in zip(started, texts, strict=True)
    ]


@dataclass(frozen=True)
class Trained:
    """A run by two processes, uninterrupted, and what each said of its steps."""

    folder: Path
    told: list[list[dict]]


@pytest.fixture(scope="module")
def people() -> BasePeople:
    return made_up_people((20,))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("base") / "two"
    ended = together(folder, SHORT)
    assert [process.returncode for process in ended] == [0, 0], ended[0].stderr + ended[1].stderr
    return Trained(folder, [[json.loads(line) for line in process.stdout.splitlines()] for process in ended])


def _in_place(rank: int) -> Team:
    team = Team()
    team.rank, team.size = rank, SIZE
    return team


def _batches(people: BasePeople, rank: int) -> list[BaseBatch]:
    learning, _ = people.split(SHORT.held_out_share)
    run = BaseRun(Path(), people, SHORT, processes=0, team=_in_place(rank))
    return list(base_training._batches(run, learning, 0))


def _learnt_alone(people: BasePeople, batches: list[BaseBatch]) -> tuple[dict[str, torch.Tensor], list[dict]]:
    """The weights and the terms of one process that learns from these batches."""
    learning, held_out = people.split(SHORT.held_out_share)
    choosing = choosing_batches(held_out, learning.people.neutral(), SHORT)
    evidence = torch.cat([batch.evidence for parts in choosing for batch in parts])
    trainer = BaseTrainer(SHORT, evidence.shape[1])
    trainer.measure_evidence(evidence)
    terms = [trainer.train_step(batch) for batch in batches]
    return trainer.tensors(), terms


def _change(prefix: str, first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> float:
    """The largest difference of any of the weights with this prefix; typical maps are measured, not learnt."""
    one, other = (without_prefix(prefix, tensors) for tensors in (first, second))
    assert set(one) == set(other)
    return max(float((one[name] - other[name]).abs().max()) for name in one if not name.endswith("typical_maps"))


class TestTwoProcesses:
    pytestmark = with_processes

    def test_learn_what_one_learns_from_the_batches_of_both(self, trained: Trained, people: BasePeople):
        own = [_batches(people, rank) for rank in range(SIZE)]
        assert not any(torch.equal(a.answer[0], b.answer[0]) for a, b in zip(*own, strict=True))
        joined, terms = _learnt_alone(people, [BaseBatch.joined(pair) for pair in zip(*own, strict=True)])
        half, _ = _learnt_alone(people, own[0])
        found, _ = load_checkpoint(trained.folder / CHECKPOINT)
        for network in ("generator", "generator_ema", "critic"):
            noise, other_batches = (_change(network, joined, tensors) for tensors in (found, half))
            assert noise < 5e-3 * other_batches, network
        for step, told in zip(terms, trained.told[0], strict=True):
            assert {name: told[name] for name in step} == pytest.approx(step, rel=1e-4, abs=1e-6)

    def test_take_the_same_steps_and_only_the_main_one_scores(self, trained: Trained):
        first, second = trained.told
        assert [told["step"] for told in first] == [1, 2, 3, 4, 5, 6]
        assert [told["scored"] for told in first] == [False, False, True, False, False, True]
        assert not any(told["scored"] for told in second)
        shown = [[{**told, "rank": 0, "scored": 0} for told in part] for part in (first, second)]
        assert shown[0] == shown[1]
        assert load_checkpoint(trained.folder / CHECKPOINT)[1]["processes"] == SIZE

    def test_end_together_when_one_is_killed_and_go_on_as_if_nothing_had_been(self, trained: Trained, tmp_path: Path):
        ended = together(tmp_path / "cut", SHORT, killed=[1, 3])
        assert ended[1].returncode < 0
        assert ended[0].returncode > 0  # it does not wait for the dead
        facts = load_checkpoint(tmp_path / "cut" / CHECKPOINT)[1]
        assert facts["step"] == 2  # at most save_every steps are lost
        resumed = together(tmp_path / "cut", SHORT, resume=True)
        assert [process.returncode for process in resumed] == [0, 0], resumed[0].stderr
        assert json.loads(resumed[1].stdout.splitlines()[0])["step"] == 3
        whole, cut = (load_checkpoint(folder / CHECKPOINT) for folder in (trained.folder, tmp_path / "cut"))
        assert whole[1] == cut[1]
        assert all(torch.equal(whole[0][name], cut[0][name]) for name in whole[0])

    def test_stop_together_where_there_is_nothing_to_resume(self, tmp_path: Path):
        ended = together(tmp_path / "none", SHORT, resume=True)
        assert [process.returncode for process in ended] == [3, 3], ended[0].stderr + ended[1].stderr
        assert "no such checkpoint" in ended[0].stderr
        assert "the main process cannot go on" in ended[1].stderr
        assert not (tmp_path / "none" / BEST).exists()

    def test_average_by_weight_and_take_over_what_is_the_main_ones(self, trained: Trained):
        for rank in range(SIZE):
            found = load_file(trained.folder / f"{rank}.safetensors")
            assert torch.equal(found["a"], torch.full((2, 3), 17.5))  # (1 * 10 + 3 * 20) / 4
            assert found["b"].item() == 0.75  # (1 * 0 + 3 * 1) / 4
            assert found["c"].item() == 5
            assert torch.equal(found["d"], torch.zeros(2))
            assert (trained.folder / f"{rank}.bytes").read_bytes() == b"from main"


def test_one_process_is_a_team_to_which_nothing_happens():
    with launched_team("cpu") as team:
        tensors = [torch.ones(2)]
        team.average(tensors, 3.0)
        team.copy_from_main(tensors)
        team.wait()
        assert torch.equal(tensors[0], torch.ones(2))
        assert (team.rank, team.size, team.device, team.is_main) == (0, 1, "cpu", True)
        assert team.bytes_from_main(lambda: b"own") == b"own"
        assert type(team) is Team


def test_several_processes_without_accelerate_are_told_the_cure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)  # what Python itself keeps for a module it shall not import
    with pytest.raises(LearningError, match=r'2 processes: .* pip install "portrait-atelier\[train\]"'):
        launched_team("cpu").__enter__()


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("accelerate")
    monkeypatch.setenv("LOCAL_RANK", str(torch.cuda.device_count()))
    with pytest.raises(LearningError, match="there are only .* GPUs, one for each; launch fewer processes"):
        base_team._accelerator(torch.device("cuda"), 2)


def test_each_process_has_noise_of_its_own(people: BasePeople):
    settings = replace(SHORT, noise=1.0, dropout=0.5)
    batch = _batches(people, 0)[0]
    trainers = [BaseTrainer(settings, batch.evidence.shape[1], team=_in_place(rank)) for rank in (0, 0, 1)]
    found = [[trainer.train_step(batch) for _ in range(3)] for trainer in trainers]
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_resuming_by_another_number_of_processes_is_said(
    people: BasePeople, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    run = BaseRun(tmp_path, people, replace(SHORT, num_steps=2, adversarial_weight=0.0), processes=0)
    assert len(list(base_training.train_base(run))) == 2
    longer = replace(run, settings=replace(run.settings, num_steps=3), team=_in_place(0))
    assert [status.step for status in base_training.train_base(longer, resume=True)] == [3]
    assert "was trained by 1 processes, now by 2" in caplog.text


def test_batches_are_moved_once_for_all_passes(people: BasePeople, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base_training, "_GROUP", 2)
    moved = []
    monkeypatch.setattr(base_training, "on_device", lambda batch, device: moved.append(str(device)) or batch)
    run = BaseRun(Path(), people, replace(SHORT, num_steps=6, num_passes=3), "cpu", processes=0)
    assert len(list(base_training._batches(run, people, 0))) == 6
    assert moved == ["cpu", "cpu"]
