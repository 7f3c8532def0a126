"""The queue of trainings: one at a time, each in its own process; it survives restarts of the panel."""

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
from .processes import start_apart
from .trainings import ACTIVE, Training, TrainingStore

_log = logging.getLogger(__name__)
_PAUSE = 0.5  # seconds between two checks of the trainings
_ERRORS = "errors.txt"
_LAST_LINES, _LINES_SEARCHED = 3, 40  # of stderr: those that are shown, and that are searched for the cause
_KILLED = (-9, 137)
_OF_A_GPU = re.compile(r"\b(cuda|hip|mps|xpu)\b", re.IGNORECASE)
MEMORY_WAS_FULL = Text("memory was full; close other programs, or learn from fewer photos")
GPU_MEMORY_WAS_FULL = Text(
    "memory was full; close other programs, choose the CPU under Advanced, or learn from fewer photos"
)


@dataclass(frozen=True)
class _Running:
    training: Training
    process: subprocess.Popen[bytes]


class TrainingQueue:
    """Runs the trainings of a store, the oldest first; only one of several panels on a computer does.

    Args:
        store: the trainings.
        command: of the process of a training, without its folder; None for the default.
    """

    def __init__(self, store: TrainingStore, command: list[str] | None = None) -> None:
        self._store = store
        self._command = command or [sys.executable, "-m", f"{__package__}.training_process"]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trainings", daemon=True)
        self._running: _Running | None = None
        self._sent = ""

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
        if self._running is not None:
            self._close(self._running)

    def _look(self) -> None:
        if self._running is not None:
            self._attend(self._running)
            return
        for training in self._store.all():
            state, command = training.status.state, training.command
            if state not in ("waiting", *ACTIVE):  # active ones were interrupted by the end of a panel
                continue
            if command == "pause":
                training.report(state="paused", seconds_left=None)
                continue
            self._start(training)
            return

    def _start(self, training: Training) -> None:
        training.report(state="reading", message="", seconds_left=None)
        with (training.folder / _ERRORS).open("wb") as errors:
            process = start_apart(
                [*self._command, str(training.folder)], stdin=subprocess.PIPE, stderr=errors, cwd=training.folder
            )
        self._running, self._sent = _Running(training, process), "run"

    def _attend(self, running: _Running) -> None:
        code = running.process.poll()
        if code is None:
            self._send(running)
            return
        self._running = None
        _close_pipe(running.process)
        if running.training.status.state in ACTIVE:  # it ended without a final status
            message = failure_text(code, running.training.folder / _ERRORS)
            running.training.report(state="failed", message=message, seconds_left=None)

    def _send(self, running: _Running) -> None:
        command = running.training.command
        if command == self._sent or running.process.stdin is None:
            return
        with suppress(OSError):
            running.process.stdin.write(f"{command}\n".encode())
            running.process.stdin.flush()
            self._sent = command

    def _close(self, running: _Running) -> None:
        _close_pipe(running.process)  # which makes it write a checkpoint and end
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=45)
        self._running = None


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


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
