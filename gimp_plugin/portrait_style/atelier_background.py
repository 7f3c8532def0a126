"""Requests to the worker in another thread, so that dialogs stay responsive; results arrive in their thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from atelier_client import Worker
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_words import Problem, Stopped
from gi.repository import GLib


@dataclass(frozen=True)
class _Task:
    kind: str
    work: Callable[[Worker], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]
    is_preemptible: bool = False

    def replaces(self, other: _Task) -> bool:
        """Whether this task, queued later, makes another one needless."""
        return other.kind == self.kind or (other.is_preemptible and not self.is_preemptible)


class Background:
    """Runs tasks one at a time; only the latest of each kind waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Task] = {}
        self._change = threading.Condition()
        self._closed = False
        self._worker: Worker | None = None
        self._running: _Task | None = None
        self._cancelled = False
        threading.Thread(target=self._run, daemon=True).start()

    def send(
        self,
        kind: str,
        work: Callable[[Worker], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
        *,
        is_preemptible: bool = False,
    ) -> None:
        """Queue a task.

        Args:
            kind: replaces a waiting task of this kind.
            work: called in the other thread; must not use GIMP or the dialog.
            done: called with its result.
            failed: called with a message for the user; empty if it was stopped.
            is_preemptible: whether it is stopped when another task is queued; a preemptible task stops only those of
                its own kind.
        """
        task = _Task(kind, work, done, failed, is_preemptible)
        with self._change:
            self._waiting = {name: other for name, other in self._waiting.items() if not task.replaces(other)}
            self._waiting[kind] = task
            running = self._running
            if running is not None and running.is_preemptible and task.replaces(running) and self._worker is not None:
                self._worker.cancel()
            self._change.notify()

    @property
    def is_connected(self) -> bool:
        """Whether there is a worker, which takes a moment to start."""
        return self._worker is not None

    def cancel(self, *, keep: bool = False) -> None:
        """Stop the running task, or the next one if there is no worker yet."""
        self._cancelled = True
        if self._worker is not None:
            self._worker.cancel(keep=keep)

    def close(self) -> None:
        """Disconnect; no more results arrive."""
        with self._change:
            self._closed = True
            self._change.notify()
        if self._worker is not None:
            self._worker.close()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                task = self._waiting.pop(next(iter(self._waiting)))
                self._running = task
            self._carry_out(task)
            with self._change:
                self._running = None

    def _carry_out(self, task: _Task) -> None:
        self._cancelled = False
        try:
            if self._worker is None:
                self._worker = connect(Installation.read())
            if self._cancelled:
                raise Stopped
            self._report(task.done, task.work(self._worker))
        except Stopped:
            self._report(task.failed, "")
        except Problem as problem:
            if self._worker is not None and self._worker.is_closed:
                self._worker = None  # the next task connects again
            self._report(task.failed, str(problem))

    def _report(self, to: Callable[[Any], None], what: Any) -> None:
        def report() -> bool:
            if not self._closed:
                to(what)
            return GLib.SOURCE_REMOVE

        GLib.idle_add(report)
