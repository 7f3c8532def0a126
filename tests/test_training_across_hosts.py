"""A training that was stopped in one host is resumed in another, with the result of an uninterrupted one."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from learning_material import hasten, quick_settings, save_finished
from portrait_atelier.core.learning.checkpoint import checkpoints
from portrait_atelier.core.learning.look.trainer import LookFineTuner
from portrait_atelier.core.learning.request import TrainOptions
from portrait_atelier.core.styles.library import own_style_path
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.job import Job
from portrait_atelier.core.worker.learn import learn
from portrait_atelier.core.worker.messages import Message

Run = Callable[..., tuple[int, str, str]]
WORDS = ("--steps", 3, "--overwrite")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    quick_settings(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_finished(tmp_path / "finished")


def _in_step_2(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    learn_adapter, acted = LookFineTuner._train_adapter, []

    def acting(tuner: LookFineTuner, random: object) -> dict[str, float]:
        if tuner.step == 1 and not acted:
            acted.append(act())
        return learn_adapter(tuner, random)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(LookFineTuner, "_train_adapter", acting)


def _learnt(name: str) -> tuple[dict, list[bytes]]:
    style = load_style(own_style_path(name, overwrite=True))
    assert style.settings["finished"]
    assert style.adapter is not None or style.score["keep"] == 0
    arrays = {} if style.adapter is None else style.adapter.tensors()
    return {**style.score, **style.settings}, [value.tobytes() for _, value in sorted(arrays.items())]


def test_begun_in_the_panel_it_is_resumed_by_the_command_line(
    atelier: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("filelock")
    from portrait_atelier.panel.orders import Photos, TrainingOrder, begin_training
    from portrait_atelier.panel.training_process import CommandListener, TrainingRun
    from portrait_atelier.panel.trainings import TrainingStore

    assert atelier("learn", folder, "-n", "whole", *WORDS)[0] == 0
    reading, writing = os.pipe()
    uploaded = Photos(folder, is_copy=True)
    training = begin_training(TrainingStore(tmp_path / "t"), TrainingOrder("panel", steps=3), uploaded, None)
    assert training.request.options == TrainOptions(steps=3, seed=0)
    os.write(writing, b"train\n")  # its turn has come
    commands = CommandListener(io.FileIO(reading))
    with monkeypatch.context() as patched:
        _in_step_2(patched, lambda: setattr(commands, "_command", "pause"))
        TrainingRun(training, commands).run()
    os.close(writing)
    assert (training.status.state, training.status.step) == ("paused", 2)
    assert training.has_checkpoint
    code, out, err = atelier("learn", folder, "-n", "mine", *WORDS, "--resume")
    assert code == 0, err
    assert "going on after step 2" in out
    assert _learnt("mine") == _learnt("whole")
    assert not training.has_checkpoint


def test_begun_by_the_command_line_it_is_resumed_by_the_worker(
    atelier: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    assert atelier("learn", folder, "-n", "whole", *WORDS)[0] == 0
    with monkeypatch.context() as patched:
        _in_step_2(patched, lambda: signal.raise_signal(signal.SIGINT))
        assert "stopped at step 2" in atelier("learn", folder, "-n", "mine", *WORDS)[2]
    steps: list[int] = []
    head = {"folder": str(folder), "name": "mine", "training": "trained", "steps": 3, "overwrite": True}
    job = Job(Message(head), lambda message: steps.append(message.head["done"]) if "done" in message.head else None)
    learn(job, ClientState(folder))
    assert steps[-1] == 3
    assert "went on after step 2 of a training that had not come to its end" in job.notes
    assert _learnt("mine") == _learnt("whole")
    assert checkpoints() == []
