"""Speaks to the worker: JSON and raw bytes over a local socket; pixels through memory that the worker lends."""

from __future__ import annotations

import json
import mmap
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import atelier_endpoint as endpoint
from atelier_words import LANGUAGE, Problem, Stopped, WorkerLost, _

SILENCE = float(os.environ.get("ATELIER_SILENCE", "20"))  # seconds; the worker gives a sign of life every second
TICK = 0.1
_LONGEST_TICK = 1.0

Progress = Callable[[int, int, str], None]


class Answer:
    """What the worker answered: JSON values by name, and blobs."""

    def __init__(self, head: dict[str, Any], blobs: list[bytes]) -> None:
        self.head, self.blobs = head, blobs

    def __getitem__(self, name: str) -> Any:
        return self.head[name]

    @property
    def notes(self) -> list[str]:
        """What the user should know."""
        return list(self.head.get("notes", ()))


class Unresponsive(Exception):  # noqa: N818
    """No sign of life."""


class Worker:
    """A connection to the worker. One request at a time; from any one thread at a time."""

    def __init__(self, connection: Connection, folder: Path, greeting: dict[str, Any]) -> None:
        self._connection, self._folder = connection, folder
        self.greeting = greeting
        self._sending = threading.Lock()

    def ask(
        self,
        kind: str,
        values: dict[str, Any] | None = None,
        blobs: Sequence[bytes] = (),
        *,
        progress: Progress | None = None,
        tick: Callable[[], None] | None = None,
    ) -> Answer:
        """Send a request and wait for its answer.

        Args:
            kind: of request.
            values: JSON values.
            blobs: raw bytes.
            progress: called with (done, total, what), in this thread.
            tick: called ten times a second, in this thread.

        Raises:
            Problem: the worker says why not; as WorkerLost, it is gone, or gives no sign of life any more.
            Stopped: after `cancel`.
        """
        try:
            self._send({"type": kind, "language": LANGUAGE, **(values or {})}, blobs)
            while True:
                answer = self._next(tick)
                outcome = self._taken(answer, progress)
                if outcome is not None:
                    return outcome
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise WorkerLost(_worker_lost_text(self._folder)) from error
        except Unresponsive as error:
            self.close()
            endpoint.end_worker(self._folder)
            raise WorkerLost(
                _(
                    "The worker gave no sign of life for {seconds} seconds and was ended. "
                    "Nothing was changed; try again."
                ).format(seconds=round(SILENCE))
            ) from error

    def cancel(self, *, keep: bool = False) -> None:
        """Ask the worker, from any thread, to stop what it does; `ask` then raises Stopped.

        Args:
            keep: of learning: keep the best so far, and answer.
        """
        with suppress(OSError, ValueError):
            self._send({"type": "cancel", "keep": keep})

    def retire(self) -> None:
        """Ask the worker to make place for another."""
        with suppress(Problem):
            self.ask("retire")
        self.close()

    def lend(self, layout: dict[str, Any]) -> LentMemory:
        """Memory for a layer's pixels.

        Raises:
            Problem: there is no room for them; as WorkerLost, the worker is gone.
        """
        answer = self.ask("memory", layout)
        try:
            handle = self._handle(answer)
        except (OSError, IndexError) as error:  # no handle came, or none in time
            self.close()
            raise WorkerLost(_worker_lost_text(self._folder)) from error
        try:
            return LentMemory(handle, answer["size"])
        except (OSError, ValueError) as error:
            text = _("There is not enough memory for this image. Close other images, and try again.")
            raise Problem(text) from error

    @property
    def is_closed(self) -> bool:
        """Whether it hung up, or was hung up on."""
        return self._connection.closed

    def close(self) -> None:
        """Hang up; the worker stops what it does and cleans up."""
        with suppress(OSError):
            self._connection.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _send(self, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
        with self._sending:
            self._connection.send_bytes(json.dumps({**head, "blobs": len(blobs)}).encode())
            for blob in blobs:
                self._connection.send_bytes(blob)

    def _handle(self, answer: Answer) -> int:
        if answer["memory"] != "handle":
            return os.open(answer["path"], os.O_RDWR | getattr(os, "O_BINARY", 0))
        if not self._connection.poll(SILENCE):
            raise TimeoutError
        with socket.socket(fileno=os.dup(self._connection.fileno())) as channel:
            return socket.recv_fds(channel, 1, 1)[1][0]

    def _next(self, tick: Callable[[], None] | None) -> Answer:
        silent = 0.0  # polls are counted, not the clock alone, which on Windows goes on while the computer sleeps
        while not self._connection.poll(TICK):
            started = time.monotonic()
            if tick is not None:
                tick()
            silent += TICK + min(time.monotonic() - started, _LONGEST_TICK)
            if silent > SILENCE:
                raise Unresponsive
        return received(self._connection)

    def _taken(self, answer: Answer, progress: Progress | None) -> Answer | None:
        kind = answer.head.get("type")
        if kind == "error":
            raise Problem(str(answer["message"]))
        if kind == "cancelled":
            raise Stopped
        if kind == "progress" and progress is not None:
            progress(answer["done"], answer["total"], answer["text"])
        return answer if kind == "result" else None


class LentMemory:
    """Memory that the worker reads and writes too; it is gone when both have let go of it."""

    def __init__(self, handle: int, size: int) -> None:
        try:
            self._map = mmap.mmap(handle, size)
        finally:
            os.close(handle)

    def write(self, start: int, data: bytes) -> None:
        """Put bytes at a place."""
        self._map[start : start + len(data)] = data

    def read(self, start: int, size: int) -> bytes:
        """Take bytes from a place."""
        return self._map[start : start + size]

    def close(self) -> None:
        """Let go."""
        self._map.close()


def received(connection: Connection) -> Answer:
    """Wait for one message."""
    head = json.loads(connection.recv_bytes())
    return Answer(head, [connection.recv_bytes() for _number in range(head.pop("blobs", 0))])


def _worker_lost_text(folder: Path) -> str:
    return _("The worker ended unexpectedly. Nothing was changed; try again. Its log is {path}.").format(
        path=folder / "worker.log"
    )
