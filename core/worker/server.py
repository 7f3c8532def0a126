"""The listener of the worker: one per user and computer, which ends when it is idle."""

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

from .endpoint import (
    Lock,
    address_of,
    inherited_wake,
    prepare_folder,
    remove_socket,
    restrict_to_owner,
    run_folder,
    take_wakes,
    write_key,
)
from .memory import delete_stale_files
from .session import Session

IDLE_SECONDS = 600.0  # without a connection, after which the worker ends
_CHECK_EVERY = 0.25
_CLEANUP_SECONDS = 30.0  # for sessions to end: a training first ends its step and writes its checkpoint
_log = logging.getLogger(__name__)


class WorkerServer:
    """Listens at the endpoint in a folder.

    Args:
        folder: of the endpoint; None for this user's default.
        idle_seconds: time without a connection after which it ends.
    """

    def __init__(self, folder: Path | None = None, idle_seconds: float = IDLE_SECONDS) -> None:
        self._folder, self._idle_seconds = folder or run_folder(), idle_seconds
        self._retire = threading.Event()  # set to accept no more connections and end once the open sessions have ended
        self._stopped = False
        self._sessions: dict[Session, threading.Thread] = {}
        self._sessions_lock = threading.Lock()
        self._last_used = time.monotonic()
        self._wake = inherited_wake()

    def run(self) -> bool:
        """Serve until idle, retired or interrupted.

        Returns:
            False, at once, if another worker uses the folder.

        Raises:
            WorkerError: the folder cannot be used.
        """
        prepare_folder(self._folder)
        lock = Lock(self._folder)
        if not lock.acquire():
            self._take_wakes()
            return False
        try:
            delete_stale_files(self._folder)
            key = write_key(self._folder)
            remove_socket(self._folder)
            with Listener(address_of(self._folder), backlog=16) as listener:
                restrict_to_owner(self._folder)
                threading.Thread(target=self._accept, args=(listener, key), name="accept", daemon=True).start()
                threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
                self._wait()
        finally:
            self._retire.set()
            remove_socket(self._folder)
            lock.release()  # from here on another worker may start
            self._finish()
        return True

    def stop(self) -> None:
        """Close all connections and end, within _CHECK_EVERY.

        Takes no lock: signal handlers call it, in a thread that may hold any lock at that moment.
        """
        self._stopped = True

    def _take_wakes(self) -> None:
        if self._wake is not None:
            take_wakes(self._wake)

    def _wait(self) -> None:
        while not (self._retire.wait(_CHECK_EVERY) or self._stopped):
            self._take_wakes()
            with self._sessions_lock:
                idle = not self._sessions and time.monotonic() - self._last_used > self._idle_seconds
                if idle:
                    delete_stale_files(self._folder)
            if idle:
                return

    def _accept(self, listener: Listener, key: bytes) -> None:
        while not self._retire.is_set():
            try:
                connection = listener.accept()
            except OSError:  # the listener was closed, or a client disconnected at once
                if self._retire.wait(0.05):
                    return
                continue
            self._begin(connection, key)

    def _begin(self, connection: Connection, key: bytes) -> None:
        session = Session(connection, key, self._folder, self._retire)
        thread = threading.Thread(target=self._serve, args=(session,), name="session", daemon=True)
        with self._sessions_lock:
            self._sessions[session] = thread
            self._last_used = time.monotonic()
        thread.start()

    def _serve(self, session: Session) -> None:
        try:
            session.serve()
        finally:
            with self._sessions_lock:
                self._sessions.pop(session, None)
                self._last_used = time.monotonic()
                # Windows cannot delete files that a client still maps when its session ends. Now nobody does, unless
                # this worker was replaced by another.
                if not self._sessions and not self._retire.is_set():
                    delete_stale_files(self._folder)

    def _finish(self) -> None:
        """Wait for the open sessions to end; if stopped, disconnect them and wait for their cleanup."""
        with self._sessions_lock:
            open_sessions = dict(self._sessions)
        while not self._stopped and any(thread.is_alive() for thread in open_sessions.values()):
            time.sleep(_CHECK_EVERY)
        for session in open_sessions:
            session.disconnect()
        for thread in open_sessions.values():
            thread.join(_CLEANUP_SECONDS)


def _warm_up() -> None:
    """Import and load what the first request needs, in the background."""
    with suppress(Exception):
        from .requests import warm_up

        warm_up()


def run_worker(**arguments: Any) -> bool:
    """Serve in the main thread; SIGTERM and Ctrl-C end it cleanly.

    Args:
        arguments: those of `WorkerServer`.

    Returns:
        False if this user has a worker already.
    """
    # Read when torch is imported with the first request: waiting threads must not use the cores of GIMP.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    worker = WorkerServer(**arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # survive the terminal, or the GIMP, that started it
    with suppress(KeyboardInterrupt):
        return worker.run()
    _log.info("worker %d ends", os.getpid())
    return True
