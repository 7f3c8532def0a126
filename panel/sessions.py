"""What one browser tab has on this computer: a folder of its own, under a name that nobody can guess."""

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

    A page whose connection broke is said to have ended, yet it may come back: of a phone that slept, for one. So a
    folder outlives its end for a while, and begins that anew whenever its page is heard of again.

    Args:
        root: the folder that holds them, and from which the browser may read.
        seconds_kept: how long folders outlive the end of their tab.
    """

    def __init__(self, root: Path, seconds_kept: float) -> None:
        self._root, self._secret, self._seconds_kept = root, secrets.token_bytes(32), seconds_kept
        self._lock = threading.Lock()
        self._ended: dict[Path, float] = {}  # folders of tabs that ended, and when they were last heard of
        self._timer: threading.Timer | None = None

    def folder(self, request: gr.Request) -> Path:
        """The folder of the tab that asks; made when it is first needed."""
        folder = self._folder(request)
        with self._lock:
            self._hear_of(folder)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def keep(self, request: gr.Request) -> None:
        """Note that a tab's page is still open."""
        with self._lock:
            self._hear_of(self._folder(request))

    def end(self, request: gr.Request) -> None:
        """Delete the folder of a tab that was closed, after a while in which nothing is heard of it."""
        with self._lock:
            self._ended[self._folder(request)] = time.monotonic()
            self._wait_for_the_next()

    def _hear_of(self, folder: Path) -> None:
        if folder in self._ended:
            self._ended[folder] = time.monotonic()

    def _wait_for_the_next(self) -> None:
        """Have one timer run for all tabs that ended; the lock is held."""
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
    """Whose trainings a browser may see, from the secret that it keeps."""
    return hashlib.sha256(f"owner|{token or ''}".encode()).hexdigest()[:_OWNER_LETTERS]
