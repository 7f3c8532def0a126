"""The queue of trainings, each in its own process, in two lanes; it survives restarts of the panel.

In the first lane are trainings without a style yet: their process reads the photos and makes the instant style in
seconds. Then it is told to train, which moves it to the second lane, or to leave and to come back in its turn: in the
second lane one training runs at a time. So nobody waits for a first result behind somebody else's training.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import is_out_of_memory
from ..core.texts import Text
from .forecast import Forecaster
from .processes import start_apart
from .trainings import ACTIVE, Training, TrainingStore

_log = logging.getLogger(__name__)
_PAUSE = 0.5  # seconds between two checks of the trainings
_ERRORS = "errors.txt"
_MOST_FIRST = 2  # processes in the first lane
_LAST_LINES, _LINES_SEARCHED = 3, 40  # of stderr: those that are shown, and that are searched for the cause
_KILLED = (-9, 137)
_OF_A_GPU = re.compile(r"\b(cuda|hip|mps|xpu)\b", re.IGNORECASE)
MEMORY_WAS_FULL = Text("memory was full; close other programs, or learn from fewer photos")
GPU_MEMORY_WAS_FULL = Text(
    "memory was full; close other programs, choose the CPU under Advanced, or learn from fewer photos"
)


@dataclass
class _Running:
    """A training at work.

    Attributes:
        training: the training.
        process: its process.
        may_train: whether it is in the second lane; None before this was decided.
        sent: the last command.
    """

    training: Training
    process: subprocess.Popen[bytes]
    may_train: bool | None = None
    sent: str = "run"

    @property
    def is_first(self) -> bool:
        """Whether it is in the first lane."""
        return not self.may_train


class TrainingQueue:
    """Runs the trainings of a store, in each lane the oldest first; only one of several panels on a computer does.

    Args:
        store: the trainings.
        command: of the process of a training, without its folder; None for the default.
    """

    def __init__(self, store: TrainingStore, command: list[str] | None = None) -> None:
        self._store = store
        self._command = command or [sys.executable, "-m", f"{__package__}.training_process"]
        self._forecaster = Forecaster(store)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trainings", daemon=True)
        self._running: dict[str, _Running] = {}  # by their keys

    def start(self) -> None:
        """Start the queue; interrupted trainings are resumed from their checkpoints."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the queue; the running training writes a checkpoint and waits for the next panel."""
        self._ending.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        self._store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self._store.folder / ".queue.lock", thread_local=False)
        while not self._ending.is_set():
            with suppress(Timeout), lock.acquire(timeout=0):
                self._serve()
            self._ending.wait(_PAUSE)

    def _serve(self) -> None:
        """Run trainings until the panel ends, holding the lock."""
        while not self._ending.is_set():
            try:
                self._look()
            except Exception:  # noqa: BLE001 - a damaged folder must not end the queue
                _log.exception("the queue of trainings")
            self._ending.wait(_PAUSE)
        for running in self._running.values():
            _close_pipe(running.process)  # which makes it write a checkpoint and end
        for running in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=45)
        self._running.clear()

    def _look(self) -> None:
        for running in list(self._running.values()):
            self._attend(running)
        for training in self._store.at_work():
            if training.key not in self._running:
                self._take_up(training)  # active ones were interrupted by the end of a panel
        for running in self._running.values():
            training = running.training
            if running.may_train is None and (training.has_style or training.has_checkpoint):
                running.may_train = not self._is_second_taken
                _tell(running, "train" if running.may_train else "leave")

    @property
    def _is_second_taken(self) -> bool:
        return any(running.may_train for running in self._running.values())

    def _take_up(self, training: Training) -> None:
        """Start a training if its lane has room, or carry out a command that needs no process."""
        if training.command == "pause":
            training.report(state="paused", seconds_left=None)
        elif training.command == "stop" and training.has_style:
            training.finish(complete=False)
        elif training.has_style and not training.request.instant:
            if not self._is_second_taken:
                self._start(training, is_second=True)
        elif sum(running.is_first for running in self._running.values()) < _MOST_FIRST:
            self._start(training, is_second=False)

    def _start(self, training: Training, *, is_second: bool) -> None:
        training.report(state="reading", stage="", message="", **({"seconds_left": None} if is_second else {}))
        if is_second:
            training.report(seconds_left=self._forecaster.of(training).seconds)
        with (training.folder / _ERRORS).open("wb") as errors:
            process = start_apart(
                [*self._command, str(training.folder)], stdin=subprocess.PIPE, stderr=errors, cwd=training.folder
            )
        running = self._running[training.key] = _Running(training, process, is_second or None)
        if is_second:
            _tell(running, "train")

    def _attend(self, running: _Running) -> None:
        code = running.process.poll()
        if code is None:
            command = running.training.command
            if command != running.sent and _tell(running, command):
                running.sent = command
            return
        del self._running[running.training.key]
        _close_pipe(running.process)
        if running.training.status.state in ACTIVE:  # it ended without a final status
            message = failure_text(code, running.training.folder / _ERRORS)
            running.training.report(state="failed", message=message, seconds_left=None)


def failure_text(code: int, errors: Path) -> Text:
    """Return the text of the cause why a training's process ended.

    Args:
        code: exit code.
        errors: file of its stderr.
    """
    if code in _KILLED:
        return Text(
            "the computer ended the training, most likely because its memory was full; close other programs, or learn "
            "from fewer photos, then go on: the checkpoint is kept"
        )
    last: list[str] = []
    with suppress(OSError):
        last = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LINES_SEARCHED:]
    full = [line for line in last if is_out_of_memory(line)]
    if full:
        return GPU_MEMORY_WAS_FULL if any(_OF_A_GPU.search(line) for line in full) else MEMORY_WAS_FULL
    what = " ".join(last[-_LAST_LINES:])[-300:] or Text("no reason was given")
    return Text("the training broke off (exit code {code}): {what}", code=code, what=what)


def _tell(running: _Running, word: str) -> bool:
    """Write a line to the standard input of a training's process; return whether it could be written."""
    with suppress(OSError, ValueError):
        assert running.process.stdin is not None
        running.process.stdin.write(f"{word}\n".encode())
        running.process.stdin.flush()
        return True
    return False


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
