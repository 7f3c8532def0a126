"""Connecting to the running worker of the matching version, or starting one."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError, connection
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

import atelier_endpoint as endpoint
from atelier_client import TICK_SECONDS, Unresponsive, Worker, receive
from atelier_words import Problem, _

_HANDSHAKE_SECONDS = 10.0  # seconds
_TO_START = 120.0


def connect(installation: endpoint.Installation, tick: Callable[[], None] | None = None) -> Worker:
    """Connect to this user's worker; start it if necessary.

    Args:
        installation: the manifest.
        tick: called ten times a second while waiting, in this thread.

    Raises:
        Problem: there is no worker; the text says why, and what to do.
    """
    if installation.protocol != endpoint.PROTOCOL:
        raise Problem(_mismatch(str(installation.protocol), str(endpoint.PROTOCOL)))
    folder = installation.folder
    worker = _running(folder, tick)
    if worker is not None and not _fits(worker, installation):
        worker.retire()
        endpoint.wait_for_exit(folder, _HANDSHAKE_SECONDS)
        worker = None
    if worker is None:
        worker = _started(installation, folder, tick)
    if not _fits(worker, installation):
        theirs = str(worker.greeting.get("version"))
        worker.retire()
        raise Problem(_mismatch(installation.version, theirs))
    return worker


def _fits(worker: Worker, installation: endpoint.Installation) -> bool:
    greeting = worker.greeting
    return greeting.get("protocol") == installation.protocol and greeting.get("version") == installation.version


def _running(folder: Path, tick: Callable[[], None] | None) -> Worker | None:
    """Connect to the running worker; None if there is none, or it hung and was ended."""
    for _attempt in range(3):
        key = endpoint.read_key(folder)
        if key is None:
            return None
        try:
            line = connection.Client(endpoint.address_of(folder))
        except OSError:
            return None
        try:
            return _handshake(line, key, folder, tick)
        except Unresponsive:
            line.close()
            endpoint.end_worker(folder)
            return None
        except (AuthenticationError, EOFError, OSError, ValueError):
            line.close()  # it is ending, or has a new key
            time.sleep(TICK_SECONDS)
    return None


def _handshake(line: Connection, key: bytes, folder: Path, tick: Callable[[], None] | None) -> Worker:
    """Authenticate mutually, in a thread, since the other side may hang."""
    found: list[Any] = []

    def shake_hands() -> None:
        try:
            answer_challenge(line, key)
            deliver_challenge(line, key)
            found.append(Worker(line, folder, receive(line).head))
        except (AuthenticationError, EOFError, OSError, ValueError) as error:
            found.append(error)

    thread = threading.Thread(target=shake_hands, daemon=True)
    thread.start()
    end = time.monotonic() + _HANDSHAKE_SECONDS
    while thread.is_alive():
        thread.join(TICK_SECONDS / 5)
        if tick is not None:
            tick()
        if time.monotonic() > end:
            raise Unresponsive
    if isinstance(found[0], Worker):
        return found[0]
    raise found[0]


def _started(installation: endpoint.Installation, folder: Path, tick: Callable[[], None] | None) -> Worker:
    is_woken = endpoint.sandbox() is not None and endpoint.wakes(folder)
    process = None if is_woken else endpoint.start_worker(installation, folder)
    end = time.monotonic() + _TO_START
    while time.monotonic() < end:
        worker = _running(folder, tick)
        if worker is not None:
            return worker
        if process is not None and _failed(process):
            break
        if tick is not None:
            tick()
        time.sleep(TICK_SECONDS / 2)
    raise Problem(
        _("The worker of Portrait Atelier did not start ({cause}). “atelier gimp status” looks for the reason.").format(
            cause=endpoint.last_words(folder) or _("it said nothing")
        )
    )


def _failed(process: subprocess.Popen) -> bool:
    """Whether the process failed, as opposed to ending because another worker was first."""
    return process.poll() not in (None, 0)


def _mismatch(ours: str, theirs: str) -> str:
    return _(
        "This plug-in is of version {ours}, Portrait Atelier of version {theirs}. "
        "Run “atelier gimp install” again, then restart GIMP."
    ).format(ours=ours, theirs=theirs)
