"""The client of the worker: JSON and raw bytes over a local socket, pixels in shared memory."""

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

SILENCE_SECONDS = float(os.environ.get("ATELIER_SILENCE", "20"))  # the worker sends a message every second
TICK_SECONDS = 0.1
_LONGEST_TICK = 1.0

Progress = Callable[[int, int, str], None]


class Answer:
    """An answer of the worker: JSON values and blobs."""

    def __init__(self, head: dict[str, Any], blobs: list[bytes]) -> None:
        self.head, self.blobs = head, blobs

    def __getitem__(self, name: str) -> Any:
        return self.head[name]

    @property
    def notes(self) -> list[str]:
        """Notes for the user."""
        return list(self.head.get("notes", ()))

    @property
    def remarks(self) -> list[str]:
        """What there is to say of how a style fits, as sentences."""
        return [text[:1].upper() + text[1:] for text in self.head.get("remarks", ())]


class Unresponsive(Exception):  # noqa: N818
    """The worker does not respond."""


class Worker:
    """The worker as its client sees it: a connection; one request at a time, from one thread at a time.

    Attributes:
        tick: called ten times a second during requests that have none of their own, in the thread of the request.

    Args:
        connection: to the worker, authenticated.
        folder: of the worker's endpoint and log.
        greeting: the first message of the worker: its protocol, version and process id.
    """

    def __init__(self, connection: Connection, folder: Path, greeting: dict[str, Any]) -> None:
        self._connection, self._folder = connection, folder
        self.greeting = greeting
        self.tick: Callable[[], None] | None = None
        self._sending = threading.Lock()

    def ask(
        self,
        kind: str,
        values: dict[str, Any] | None = None,
        blobs: Sequence[bytes] = (),
        *,
        progress: Progress | None = None,
        interim: Callable[[Answer], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> Answer:
        """Send a request and wait for the answer.

        Args:
            kind: name of the request, such as `restyle`; the worker knows those in `core/worker/requests.py`.
            values: JSON values.
            blobs: raw bytes.
            progress: called with (done, total, what), in this thread.
            interim: called with what there is to show on the way, in this thread.
            tick: called ten times a second, in this thread.

        Raises:
            Problem: the worker reports an error; WorkerLost if it has ended or does not respond.
            Stopped: after `cancel`.
        """
        try:
            self._send({"type": kind, "language": LANGUAGE, **(values or {})}, blobs)
            while True:
                answer = self._next_message(tick or self.tick)
                outcome = self._handle_message(answer, progress, interim)
                if outcome is not None:
                    return outcome
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise _lost(self._folder) from error
        except Unresponsive as error:
            self.close()
            endpoint.end_worker(self._folder)
            text = _("The worker gave no sign of life for {seconds} seconds and was ended.")
            raise WorkerLost(text.format(seconds=round(SILENCE_SECONDS))) from error

    def cancel(self, *, keep: bool = False) -> None:
        """Cancel the running request, from any thread; `ask` then raises Stopped.

        Args:
            keep: whether training keeps its best style so far.
        """
        with suppress(OSError, ValueError):
            self._send({"type": "cancel", "keep": keep})

    def retire(self) -> None:
        """Ask the worker to end, so that another can start."""
        with suppress(Problem):
            self.ask("retire")
        self.close()

    def allocate(self, layout: dict[str, Any]) -> SharedMemory:
        """Let the worker allocate shared memory for the pixels of a layer, and open it here.

        Args:
            layout: width, height, channels and depth of the layer, and what the result needs beside them.

        Raises:
            Problem: there is not enough memory; WorkerLost if the worker has ended.
        """
        answer = self.ask("memory", layout)
        try:
            handle = self._handle(answer)
        except (OSError, IndexError) as error:  # no handle, or not in time
            self.close()
            raise _lost(self._folder) from error
        try:
            return SharedMemory(handle, answer["size"])
        except (OSError, ValueError) as error:
            text = _("There is not enough memory for this image. Close other images, and try again.")
            raise Problem(text) from error

    @property
    def is_closed(self) -> bool:
        """Whether the connection is closed."""
        return self._connection.closed

    def close(self) -> None:
        """Close the connection; the worker cancels its work and cleans up."""
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
        if not self._connection.poll(SILENCE_SECONDS):
            raise TimeoutError
        with socket.socket(fileno=os.dup(self._connection.fileno())) as channel:
            return socket.recv_fds(channel, 1, 1)[1][0]

    def _next_message(self, tick: Callable[[], None] | None) -> Answer:
        silent = 0.0  # count polls too, since the clock of Windows runs while the computer sleeps
        while not self._connection.poll(TICK_SECONDS):
            started = time.monotonic()
            if tick is not None:
                tick()
            silent += TICK_SECONDS + min(time.monotonic() - started, _LONGEST_TICK)
            if silent > SILENCE_SECONDS:
                raise Unresponsive
        return receive(self._connection)

    def _handle_message(
        self, answer: Answer, progress: Progress | None, interim: Callable[[Answer], None] | None
    ) -> Answer | None:
        kind = answer.head.get("type")
        if kind == "error":
            raise Problem(str(answer["message"]))
        if kind == "cancelled":
            raise Stopped
        if kind == "progress" and progress is not None:
            progress(answer["done"], answer["total"], answer["text"])
        if kind == "interim" and interim is not None:
            interim(answer)
        return answer if kind == "result" else None


class SharedMemory:
    """Memory shared with the worker, freed when both have closed it."""

    def __init__(self, handle: int, size: int) -> None:
        try:
            self._map = mmap.mmap(handle, size)
        finally:
            os.close(handle)

    def write(self, start: int, data: bytes) -> None:
        """Write bytes at an offset."""
        self._map[start : start + len(data)] = data

    def read(self, start: int, size: int) -> bytes:
        """Read bytes at an offset."""
        return self._map[start : start + size]

    def close(self) -> None:
        """Close the memory."""
        self._map.close()


def receive(connection: Connection) -> Answer:
    """Receive one message."""
    head = json.loads(connection.recv_bytes())
    return Answer(head, [connection.recv_bytes() for _number in range(head.pop("blobs", 0))])


def _lost(folder: Path) -> WorkerLost:
    log = _("Its log is {path}.").format(path=folder / "worker.log")
    return WorkerLost(_("The worker ended unexpectedly."), log)
