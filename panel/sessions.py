"""Folders of browser tabs, with random names."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

_OWNER_LETTERS = 32


class Sessions:
    """The folders of all tabs.

    A page with a lost connection counts as closed, but may reconnect, for instance on a phone that slept. So a folder
    is kept for a while after its page was closed, and longer if the page is heard of again.

    Args:
        root: parent of the folders, readable by the browser.
        seconds_kept: lifetime of a folder after its tab was closed.
    """

    def __init__(self, root: Path, seconds_kept: float) -> None:
        self._root, self._secret, self._seconds_kept = root, secrets.token_bytes(32), seconds_kept
        self._lock = threading.Lock()
        self._ended: dict[Path, float] = {}  # folders of closed tabs, and when they were last heard of
        self._timer: threading.Timer | None = None

    def folder(self, request: gr.Request) -> Path:
        """Return the folder of the requesting tab; create it at first."""
        folder = self._folder(request)
        with self._lock:
            self._hear_of(folder)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def keep(self, request: gr.Request) -> None:
        """Record a heartbeat of a tab."""
        with self._lock:
            self._hear_of(self._folder(request))

    def end(self, request: gr.Request) -> None:
        """Schedule the deletion of the folder of a closed tab."""
        with self._lock:
            self._ended[self._folder(request)] = time.monotonic()
            self._wait_for_the_next()

    def _hear_of(self, folder: Path) -> None:
        if folder in self._ended:
            self._ended[folder] = time.monotonic()

    def _wait_for_the_next(self) -> None:
        """Start one timer for all closed tabs; requires the lock."""
        if self._timer is None and self._ended:
            left = min(self._ended.values()) + self._seconds_kept - time.monotonic()
            self._timer = threading.Timer(max(left, 0.01), self._delete_old)
            self._timer.daemon = True
            self._timer.start()

    def _delete_old(self) -> None:
        with self._lock:
            last = time.monotonic() - self._seconds_kept
            for folder in [folder for folder, heard in self._ended.items() if heard <= last]:
                shutil.rmtree(folder, ignore_errors=True)
                del self._ended[folder]
            self._timer = None
            self._wait_for_the_next()

    def _folder(self, request: gr.Request) -> Path:
        digest = hashlib.sha256(self._secret + str(request.session_hash).encode()).hexdigest()
        return self._root / f"tab-{digest[:32]}"


def owner_of(token: str | None) -> str:
    """Return the owner of trainings from the token of a browser."""
    return hashlib.sha256(f"owner|{token or ''}".encode()).hexdigest()[:_OWNER_LETTERS]
