"""Changes to an image as one step of undo."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

_LOCK = "portrait-style.lock"
_LONGEST_WAIT = 60.0  # seconds, for the changes of another call
_CHECK_EVERY = 0.02


@contextmanager
def one_step(image: Any) -> Iterator[None]:
    """Group changes to one undo step.

    No two of our calls do so at once: where groups of two plug-ins overlap in an image, GIMP closes both with the one
    that ends first, and complains when the other wants to end its own (`gimp_image_undo_group_end: assertion
    'private->group_count > 0'`).
    """
    with _alone():
        image.undo_group_start()
        try:
            yield
        finally:
            image.undo_group_end()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other call of ours changes an image; without a lock, go on all the same."""
    file = None
    with suppress(OSError):
        file = os.open(os.path.join(Gimp.directory(), _LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + _LONGEST_WAIT
    try:
        while file is not None and not _is_locked(file) and time.monotonic() < end:
            time.sleep(_CHECK_EVERY)
        yield
    finally:
        if file is not None:
            os.close(file)  # which ends the lock


def _is_locked(file: int) -> bool:
    """Try to lock a file; return whether it is locked by this process now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
