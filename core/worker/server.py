"""The worker itself: one for each user and computer, listening until nobody has needed it for a while."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from .meeting import Lock, address_of, close_to_others, prepare_folder, remove_socket, run_folder, write_key
from .memory import remove_leftovers
from .session import Session

IDLE_SECONDS = 600.0  # without a connection; then the worker goes
_CHECK_EVERY = 0.25
_TO_CLEAN_UP = 5.0
_log = logging.getLogger(__name__)


class Worker:
    """Listens in a folder.

    Args:
        folder: where it is met; None for this user's own.
        idle_seconds: how long it stays without a connection.
    """

    def __init__(self, folder: Path | None = None, idle_seconds: float = IDLE_SECONDS) -> None:
        self._folder, self._idle_seconds = folder or run_folder(), idle_seconds
        self._retire, self._stopped = threading.Event(), False
        self._sessions: dict[Session, threading.Thread] = {}
        self._changing = threading.Lock()
        self._last_used = time.monotonic()

    def run(self) -> bool:
        """Serve until idle, retired or interrupted.

        Returns:
            False, at once, if this user has a worker already.

        Raises:
            WorkerError: the folder cannot be used.
        """
        prepare_folder(self._folder)
        lock = Lock(self._folder)
        if not lock.acquire():
            return False
        try:
            remove_leftovers(self._folder)
            key = write_key(self._folder)
            remove_socket(self._folder)
            with Listener(address_of(self._folder), backlog=16) as listener:
                close_to_others(self._folder)
                threading.Thread(target=self._accept, args=(listener, key), name="accept", daemon=True).start()
                threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
                self._wait()
        finally:
            self._retire.set()
            remove_socket(self._folder)
            lock.release()  # from here on another worker may begin
            self._finish()
        return True

    def stop(self) -> None:
        """Hang up on everyone and end, within _CHECK_EVERY; takes no lock, as a signal may come while one is held."""
        self._stopped = True

    def _wait(self) -> None:
        while not (self._retire.wait(_CHECK_EVERY) or self._stopped):
            with self._changing:
                idle = not self._sessions and time.monotonic() - self._last_used > self._idle_seconds
                if idle:
                    remove_leftovers(self._folder)
            if idle:
                return

    def _accept(self, listener: Listener, key: bytes) -> None:
        while not self._retire.is_set():
            try:
                connection = listener.accept()
            except OSError:  # the listener was closed, or a client left at once
                if self._retire.wait(0.05):
                    return
                continue
            self._begin(connection, key)

    def _begin(self, connection: Connection, key: bytes) -> None:
        session = Session(connection, key, self._folder, self._retire)
        thread = threading.Thread(target=self._serve, args=(session,), name="session", daemon=True)
        with self._changing:
            self._sessions[session] = thread
            self._last_used = time.monotonic()
        thread.start()

    def _serve(self, session: Session) -> None:
        try:
            session.serve()
        finally:
            with self._changing:
                self._sessions.pop(session, None)
                self._last_used = time.monotonic()
                # Windows keeps files that a client still maps when its session ends. By now they are nobody's, unless
                # this worker made place for another.
                if not self._sessions and not self._retire.is_set():
                    remove_leftovers(self._folder)

    def _finish(self) -> None:
        """Let those who are still connected end their work; or, when stopped, hang up and let them clean up."""
        with self._changing:
            left = dict(self._sessions)
        while not self._stopped and any(thread.is_alive() for thread in left.values()):
            time.sleep(_CHECK_EVERY)
        for session in left:
            session.hang_up()
        for thread in left.values():
            thread.join(_TO_CLEAN_UP)


def _warm_up() -> None:
    """Load what the first request will need, while its pixels are still on their way."""
    with suppress(Exception):
        from .requests import warm_up

        warm_up()


def run_worker(**arguments: Any) -> bool:
    """Serve in this process's main thread; SIGTERM and Ctrl-C end it well.

    Args:
        arguments: of `Worker`.

    Returns:
        False if this user has a worker already.
    """
    # Read when torch is loaded, with the first request: threads that wait must not take the cores of GIMP beside it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    worker = Worker(**arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # outlives the terminal, or the GIMP, that started it
    with suppress(KeyboardInterrupt):
        return worker.run()
    _log.info("worker %d ends", os.getpid())
    return True
