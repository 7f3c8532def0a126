"""A training that is ended from outside, in a process of its own: its checkpoint is there, and `--resume` goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from learning_material import hasten, quick_settings, save_finished
from portrait_atelier.core.cli.commands.learn import _Signals
from portrait_atelier.core.learning.checkpoint import checkpoints, load_checkpoint
from portrait_atelier.core.learning.request import Ending
from portrait_atelier.core.learning.resolve import resolve_style
from waiting import until

Run = Callable[..., tuple[int, str, str]]
_CHECK_FACES = "portrait_atelier.core.learning.service.check_faces"  # which takes its time
_PROGRAM = f"""
import pytest
from learning_material import hasten, quick_settings
patch = pytest.MonkeyPatch()
hasten(patch)
quick_settings(patch)
patch.setattr({_CHECK_FACES!r}, lambda *_: ())
from portrait_atelier.core.cli import main
main()
"""


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_settings(monkeypatch)
    hasten(monkeypatch)
    monkeypatch.setattr(_CHECK_FACES, lambda *_: ())


@contextmanager
def _learning(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Learn in a process of its own, which has taken a step and has very many before it."""
    tests = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", _PROGRAM, *words, "--steps", "10000"]
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: checkpoints() or process.poll() is not None, seconds=300)
        assert process.poll() is None, process.communicate()
        yield process
    finally:
        process.kill()
        process.communicate()


def _words(folder: Path, generator: str) -> tuple[str, ...]:
    return "learn", str(save_finished(folder / "finished")), "-n", "mine", "--generator", generator


def _step_kept() -> int:
    (path,) = checkpoints()
    return load_checkpoint(path)[1]["step"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that a process can handle")
@pytest.mark.parametrize("generator", ["look", "pixel"])
def test_told_to_end_it_keeps_all_its_steps_and_goes_on_where_it_was(atelier: Run, tmp_path: Path, generator: str):
    words = _words(tmp_path, generator)
    with _learning(*words) as process:
        process.terminate()
        _, err = process.communicate(timeout=300)
    assert process.returncode == 128 + signal.SIGTERM
    told = re.search(r"atelier: stopped at step (\d+); to go on: the same command with --resume", err)
    assert told is not None, err
    step = _step_kept()
    assert step == int(told[1]) >= 1
    code, out, err = atelier(*words, "--steps", step + 1, "--resume")
    assert code == 0, err
    assert f"going on after step {step}" in out
    assert resolve_style("mine").settings["finished"]
    assert checkpoints() == []


def test_killed_it_goes_on_from_a_checkpoint_that_it_wrote_on_the_way(atelier: Run, tmp_path: Path):
    words = _words(tmp_path, "pixel")
    with _learning(*words) as process:
        process.kill()
        process.wait()
    step = _step_kept()
    code, out, err = atelier(*words, "--steps", step + 1, "--resume")
    assert code == 0, err
    assert f"going on after step {step}" in out


def test_a_second_signal_or_one_before_the_steps_ends_at_once():
    for number, ending, raised in (
        (signal.SIGINT, Ending.KEEP, KeyboardInterrupt),
        (signal.SIGTERM, Ending.PAUSE, SystemExit),
    ):
        signals = _Signals()
        with pytest.raises(raised):
            signals.handle(number, None)
        signals = _Signals()
        signals.is_training = True
        assert signals.ending() is None
        signals.handle(number, None)
        assert signals.ending() is ending
        with pytest.raises(raised):
            signals.handle(number, None)
        assert signals.exit_code == 128 + number
