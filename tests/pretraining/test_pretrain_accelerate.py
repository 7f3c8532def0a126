"""Pretraining in several processes on the CPU: each has its own cases, all take the same step."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning.checkpoint import load_checkpoint
from portrait_atelier.core.pretraining import process_group
from portrait_atelier.core.pretraining.look.run import BEST, CHECKPOINT
from portrait_atelier.core.pretraining.look.settings import PretrainSettings
from portrait_atelier.core.pretraining.process_group import ProcessGroup, launched_process_group
from safetensors.torch import load_file

TESTS = Path(__file__).resolve().parents[1]
SIZE = 2
SHORT = PretrainSettings(num_steps=6, num_sets=2, num_contents=1, score_every=3, save_every=2, adversarial_weight=0.1)


def _loopback() -> str | None:
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    return next((name for name in names if name in ("lo", "lo0")), None)


with_processes = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("accelerate") is None, reason="accelerate is not installed"),
    pytest.mark.skipif(_loopback() is None, reason="no loopback device by a name that gloo knows"),
]


def together(folder: Path, **facts: object) -> list[subprocess.CompletedProcess]:
    """Start the processes, wait until they end."""
    folder.mkdir(parents=True, exist_ok=True)
    meeting = folder / "meeting"
    meeting.unlink(missing_ok=True)
    told = {"folder": str(folder), "meeting": str(meeting), "settings": SHORT.to_json()}
    (folder / "run.json").write_text(
        json.dumps({"resume": False, "then_resume": None, "killed": None, **told, **facts})
    )
    own = {"WORLD_SIZE": str(SIZE), "LOCAL_WORLD_SIZE": str(SIZE), "OMP_NUM_THREADS": "1"}
    own |= {"GLOO_SOCKET_IFNAME": _loopback() or "", "MASTER_ADDR": "127.0.0.1", "ACCELERATE_USE_CPU": "true"}
    command = [sys.executable, str(TESTS / "pretrain_process.py"), str(folder / "run.json")]
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
        texts = [process.communicate(timeout=600) for process in started]
    finally:
        for process in started:
            process.kill()
    return [
        subprocess.CompletedProcess(command, process.returncode, *text)
        for process, text in zip(started, texts, strict=True)
    ]


@dataclass(frozen=True)
class Trained:
    """An uninterrupted run by two processes, and then a failed attempt to resume a run that does not exist.

    Attributes:
        folder: of the run.
        told: output of each process about its steps.
        ended: exit of each process.
    """

    folder: Path
    told: list[list[dict]]
    ended: list[subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("pretrain") / "two"
    ended = together(folder, then_resume=str(folder / "none"))
    told = [[json.loads(line) for line in process.stdout.splitlines()] for process in ended]
    return Trained(folder, told, ended)


class TestTwoProcesses:
    pytestmark = with_processes

    def test_take_the_same_steps_and_only_the_main_one_scores(self, trained: Trained):
        first, second = trained.told
        assert first, trained.ended[0].stderr + trained.ended[1].stderr
        assert [told["step"] for told in first] == [1, 2, 3, 4, 5, 6]
        assert [told["scored"] for told in first] == [False, False, True, False, False, True]
        assert not any(told["scored"] for told in second)
        shown = [[{**told, "rank": 0, "scored": 0} for told in part] for part in (first, second)]
        assert shown[0] == shown[1]

    def test_end_together_when_one_is_killed_and_go_on_as_if_nothing_had_been(self, trained: Trained, tmp_path: Path):
        ended = together(tmp_path / "cut", killed=[1, 3])
        assert ended[1].returncode < 0
        assert ended[0].returncode > 0  # it does not wait for the dead
        assert load_checkpoint(tmp_path / "cut" / CHECKPOINT)[1]["step"] == 2  # at most save_every steps are lost
        resumed = together(tmp_path / "cut", resume=True)
        assert [process.returncode for process in resumed] == [0, 0], resumed[0].stderr
        assert json.loads(resumed[1].stdout.splitlines()[0])["step"] == 3
        whole, cut = (load_checkpoint(folder / CHECKPOINT) for folder in (trained.folder, tmp_path / "cut"))
        assert whole[1] == cut[1]
        assert all(torch.equal(whole[0][name], cut[0][name]) for name in whole[0])

    def test_stop_together_where_there_is_nothing_to_resume(self, trained: Trained):
        ended = trained.ended
        assert [process.returncode for process in ended] == [3, 3], ended[0].stderr + ended[1].stderr
        assert "no such checkpoint" in ended[0].stderr
        assert "the main process cannot go on" in ended[1].stderr
        assert not (trained.folder / "none" / BEST).exists()

    def test_average_by_weight_and_take_over_what_is_the_main_ones(self, trained: Trained):
        for rank in range(SIZE):
            found = load_file(trained.folder / f"{rank}.safetensors")
            assert torch.equal(found["a"], torch.full((2, 3), 17.5))  # (1 * 10 + 3 * 20) / 4
            assert found["b"].item() == 0.75  # (1 * 0 + 3 * 1) / 4
            assert found["c"].item() == 5
            assert torch.equal(found["d"], torch.zeros(2))
            assert (trained.folder / f"{rank}.bytes").read_bytes() == b"from main"


def test_one_process_is_a_team_to_which_nothing_happens():
    with launched_process_group("cpu") as process_group:
        tensors = [torch.ones(2)]
        process_group.average(tensors, 3.0)
        process_group.copy_from_main(tensors)
        process_group.wait()
        assert torch.equal(tensors[0], torch.ones(2))
        assert (process_group.rank, process_group.size, process_group.device, process_group.is_main) == (
            0,
            1,
            "cpu",
            True,
        )
        assert process_group.bytes_from_main(lambda: b"own") == b"own"
        assert type(process_group) is ProcessGroup


def test_several_processes_without_accelerate_are_told_the_cure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)  # what Python itself keeps for a module it shall not import
    with pytest.raises(LearningError, match=r"2 processes: .* install .*(\[train\]|accelerate).*, or start one"):
        launched_process_group("cpu").__enter__()


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("accelerate")
    monkeypatch.setenv("LOCAL_RANK", str(torch.cuda.device_count()))
    with pytest.raises(LearningError, match="there are only .* GPUs, one for each; launch fewer processes"):
        process_group._accelerator(torch.device("cuda"), 2)
