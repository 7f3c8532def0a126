"""What is seen in a watched folder: told by the system as it happens, and by looking through the folder at times."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import AtelierError
from ..texts import Text

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

_SCAN_SHARE = 0.05  # of the time, at most, goes into looking through a large folder
_log = logging.getLogger(__name__)


class Sightings:
    """Paths in a folder that may be new or changed.

    The system tells of most at once. What it does not tell of (network folders, changes too many at a time, a folder
    that was away and is back) is found by looking through the folder at intervals.

    Args:
        folder: to watch, at any depth.
        files: lists the files of the folder that are wanted.
        scan_seconds: between two looks through the folder; longer where a look takes long.
        listens: whether the system is asked to tell of changes, too.
    """

    def __init__(
        self, folder: Path, files: Callable[[], Iterable[Path]], *, scan_seconds: float, listens: bool = True
    ) -> None:
        self._folder, self._files, self._scan_seconds, self._listens = folder, files, scan_seconds, listens
        self._news = threading.Condition()
        self._seen: set[Path] = set()
        self._woken = False
        self._next_scan = self._soonest_scan = 0.0
        self._identity: tuple[int, int] | None = None
        self._observer: BaseObserver | None = None

    def __enter__(self) -> Sightings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()

    @property
    def is_there(self) -> bool:
        """Whether the folder was there when it was last looked for."""
        return self._identity is not None

    def wait(self, seconds: float) -> set[Path]:
        """Wait until something is seen, `wake` is called or the time is over; return what was seen since the last call.

        May name files that are not wanted, and folders.
        """
        deadline = time.monotonic() + seconds
        with self._news:
            until = min(deadline, self._next_scan)
            self._news.wait_for(lambda: self._seen or self._woken, max(until - time.monotonic(), 0.0))
            seen, self._seen, self._woken = self._seen, set(), False
        return seen | self._scanned() if time.monotonic() >= self._next_scan else seen

    def wake(self) -> None:
        """End a `wait` in another thread."""
        with self._news:
            self._woken = True
            self._news.notify_all()

    def _scanned(self) -> set[Path]:
        began = time.monotonic()
        self._follow_folder()
        found: set[Path] = set()
        try:
            found.update(self._files() if self.is_there else ())
        except AtelierError:  # it went away, or may not be opened any more
            self._identity = None
        ended = time.monotonic()
        self._soonest_scan = ended + (ended - began) / _SCAN_SHARE
        self._next_scan = max(ended + self._scan_seconds, self._soonest_scan)
        return found

    def _follow_folder(self) -> None:
        """Listen to the folder that is now at its path: it may have been moved away, unmounted or made anew."""
        identity = _identity_of(self._folder)
        if identity == self._identity:
            return
        self._stop_listening()
        self._identity = identity
        if identity is not None and self._listens:
            self._listen()

    def _listen(self) -> None:
        try:
            from watchdog.events import FileSystemEventHandler
            from watchdog.observers import Observer

            logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # it calls it an error to be stopped as it reads
            told = self._told

            class Handler(FileSystemEventHandler):
                def on_any_event(self, event: Any) -> None:
                    told(event)

            observer = Observer()
            observer.schedule(Handler(), str(self._folder), recursive=True)
            observer.start()
        except (ImportError, OSError, RuntimeError) as error:
            _log.warning(
                "%s",
                Text(
                    "{folder}: the system does not tell of new files here ({cause}); it is looked through at times",
                    folder=self._folder,
                    cause=error,
                ),
            )
            return
        self._observer = observer

    def _told(self, event: Any) -> None:
        if event.event_type in ("opened", "closed_no_write"):
            return
        places = [os.fsdecode(place) for place in (event.src_path, event.dest_path) if place]
        with self._news:
            self._seen.update(map(Path, places))
            if event.is_directory and event.event_type in ("created", "moved"):  # of what lies in it nothing is told
                self._next_scan = min(self._next_scan, self._soonest_scan)
            self._news.notify_all()

    def _stop_listening(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None


def _identity_of(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
