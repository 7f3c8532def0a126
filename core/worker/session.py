"""One connection: authentication, then one request at a time, with progress, cancelling and heartbeat.

Reading and working are separate threads, so a lost connection is noticed at once.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path

from ..errors import AtelierError, is_out_of_memory
from ..texts import Text, text_of
from ..version import installed_version
from .client_state import ClientState
from .job import BadRequest, Cancelled, Job, collect_notes
from .messages import HEARTBEAT, PROTOCOL, Message, receive, send

_log = logging.getLogger(__name__)
_GONE = (EOFError, OSError, ValueError)  # ValueError: the data are no message


class Session:
    """Serves one connection.

    Args:
        connection: new, from the listener.
        key: the shared secret.
        folder: for files of shared memory.
        retire: set when a client asks the worker to end, so that another version can start.
    """

    def __init__(self, connection: Connection, key: bytes, folder: Path, retire: threading.Event) -> None:
        self._connection, self._key, self._retire = connection, key, retire
        self._client = ClientState(folder)
        self._sending = threading.Lock()
        self._job: Job | None = None
        self._worker: threading.Thread | None = None

    def serve(self) -> None:
        """Authenticate, then handle requests until the connection ends; free everything at the end."""
        try:
            deliver_challenge(self._connection, self._key)
            answer_challenge(self._connection, self._key)
            greeting = {"type": "hello", "protocol": PROTOCOL, "version": installed_version(), "pid": os.getpid()}
            self._send(Message(greeting))
            while True:
                self._take(receive(self._connection))
        except AuthenticationError:
            _log.warning("a program that does not know the key was turned away")
        except _GONE:
            pass
        finally:
            self._end()

    def disconnect(self) -> None:
        """Close the connection from this side; `serve` returns soon."""
        with suppress(OSError, ValueError):
            if sys.platform != "win32":  # else a thread that waits for a message would wait forever
                with socket.socket(fileno=os.dup(self._connection.fileno())) as channel:
                    channel.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _take(self, message: Message) -> None:
        if message.type == "cancel":
            if self._job is not None:
                self._job.keep = message.head.get("keep") is True
                self._job.stop.set()
        elif message.type == "retire":
            self._retire.set()
            self._send(Message({"type": "result"}))
        elif self._job is not None and not self._job.answered:
            raise ValueError("a request came before the last one was answered")
        else:
            self._job = Job(message, self._send)
            self._worker = threading.Thread(target=self._work, args=(self._job,), name="job", daemon=True)
            self._worker.start()

    def _work(self, job: Job) -> None:
        done = threading.Event()
        threading.Thread(target=self._beat, args=(done,), name="heartbeat", daemon=True).start()
        try:
            with collect_notes(job):
                answer = self._answered(job)
        finally:
            done.set()
            job.answered = True
        with suppress(*_GONE), self._sending:  # the reading thread notices the lost connection too, and cleans up
            send(self._connection, answer)
            if answer.head.get("memory") == "handle":
                self._client.hand_over(self._connection)

    def _answered(self, job: Job) -> Message:
        from .requests import answer

        try:
            found = answer(job, self._client)
            return Message(
                {"type": "result", "notes": [job.translate(note) for note in job.notes], **found.head}, found.blobs
            )
        except Cancelled:
            return Message({"type": "cancelled"})
        except (AtelierError, BadRequest) as error:
            text = text_of(error)
        except Exception as error:  # noqa: BLE001 - the worker lives on, whatever one request meets
            _log.exception("request %s failed", job.request.type)
            text = _error_text(error)
        return Message({"type": "error", "message": job.translate(text)})

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT):
            with suppress(OSError):
                self._send(Message({"type": "alive"}))

    def _send(self, message: Message) -> None:
        with self._sending:
            send(self._connection, message)

    def _end(self) -> None:
        if self._job is not None:
            self._job.client_gone = self._job.keep or not self._job.stop.is_set()
            self._job.keep = False
            self._job.stop.set()
        self.disconnect()
        if self._worker is not None:
            self._worker.join()
        self._client.clear()


def _error_text(error: Exception) -> Text:
    """Return the message for an unexpected error; libraries report full memory in different ways."""
    if isinstance(error, MemoryError) or is_out_of_memory(str(error)):
        return Text("there is not enough memory for this image; close other images or programs, and try again")
    return Text(
        "something unexpected went wrong ({what}); the worker's log says more", what=f"{type(error).__name__}: {error}"
    )
