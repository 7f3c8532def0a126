"""Files that arrive in a watched folder: which of them are written to their end, and which are tried again later."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

_TAIL_BYTES = 4096
_PATIENCE_WITH_EMPTY_END = 10  # times the settling time, where space was reserved for bytes that may come later
_FIRST_RETRY = 2.0  # seconds; doubled with each

_Signature = tuple[int, int, int]  # size, time of change in ns, number of the file


@dataclass(frozen=True)
class _Arrival:
    """A file as it stands; `since` is when it was first seen so, and it is not taken before `retry_at`."""

    signature: _Signature
    since: float
    retry_at: float = 0.0
    num_failures: int = 0


class Arrivals:
    """Files that were noticed and are not done yet.

    A file is taken once its size and time of change have stood still for a while. Whether it is whole shows when it is
    decoded: one that fails is tried again later, or at once when it changes, until it has stood still for so long that
    it must be damaged rather than unfinished.

    Times are seconds of any clock that never goes back.

    Args:
        settle_seconds: how long a file must stand still.
        give_up_seconds: how long a file that fails must stand still until it is damaged.
    """

    def __init__(self, settle_seconds: float, give_up_seconds: float) -> None:
        self._settle, self._give_up = settle_seconds, give_up_seconds
        self._waiting: dict[Path, _Arrival] = {}
        self._taken: dict[Path, _Arrival] = {}
        self._done: dict[Path, _Signature] = {}

    @property
    def num_waiting(self) -> int:
        """The number of files that are not complete yet, or are tried again later."""
        return len(self._waiting)

    def notice(self, path: Path, now: float) -> None:
        """Take note of a file that may be new or have changed; one that is done and unchanged is left out."""
        signature = _signature_of(path)
        if signature is None:
            self._waiting.pop(path, None)
            return
        known = self._waiting.get(path) or self._taken.get(path)
        before = self._done.get(path) if known is None else known.signature
        if before != signature:
            self._waiting[path] = _Arrival(signature, now)

    def take(self, now: float, most: int | None = None) -> list[Path]:
        """Return the files that are complete by now, so many at most, those first that came first.

        For each, `done`, `try_again` or `put_back` is to follow.
        """
        ready: list[Path] = []
        for path, arrival in list(self._waiting.items()):
            if len(ready) == most:
                break
            if path in self._taken or now < max(arrival.since + self._settle, arrival.retry_at):
                continue
            self.notice(path, now)
            if self._waiting.get(path) == arrival and not self._may_be_filled_later(path, arrival, now):
                self._taken[path] = self._waiting.pop(path)
                ready.append(path)
        return ready

    def done(self, path: Path) -> None:
        """Note that a file that was taken is done, for good or ill; it comes back only if it changes."""
        self._done[path] = self._taken.pop(path).signature

    def try_again(self, path: Path, now: float) -> bool:
        """Put back a file that was taken and failed; return False, and leave it, once it must be damaged."""
        failed = self._taken[path]
        if path not in self._waiting and now - failed.since >= self._give_up:
            return False
        del self._taken[path]
        delay = min(_FIRST_RETRY * 2**failed.num_failures, max(self._give_up - (now - failed.since), 0.0))
        again = replace(failed, retry_at=now + delay, num_failures=failed.num_failures + 1)
        self._waiting.setdefault(path, again)  # one that changed meanwhile is a new arrival
        return True

    def put_back(self, path: Path) -> None:
        """Put back a file that was taken, as if it had not been."""
        self._waiting.setdefault(path, self._taken.pop(path))

    def _may_be_filled_later(self, path: Path, arrival: _Arrival, now: float) -> bool:
        return now - arrival.since < self._settle * _PATIENCE_WITH_EMPTY_END and _ends_empty(path)


def _signature_of(path: Path) -> _Signature | None:
    """Return the signature of a file; None if it is empty or gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found.st_size else None


def _ends_empty(path: Path) -> bool:
    """Whether a file ends in zeros, as one whose space is reserved before it is written."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - _TAIL_BYTES, 0))
            return not any(file.read(_TAIL_BYTES))
    except OSError:
        return True
