"""The folder of a running panel, for what browsers send and see; those of panels that ended are deleted."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.folders import cache_folder
from ..core.texts import cause_of
from .panel_settings import PanelError

_OLD = 2 * 24 * 3600  # seconds, after which the files of a killed panel are deleted
_LOCK = ".lock"  # held as long as the panel lives


def prepare_folder() -> Path:
    """A folder of this run alone, until this process ends; those of panels that were killed long ago are deleted.

    Raises:
        PanelError: it cannot be made.
    """
    root = cache_folder() / "panel"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in root.iterdir():
            with suppress(OSError):  # another panel was faster
                _delete_if_left(old)
        work = Path(tempfile.mkdtemp(prefix="run-", dir=root))
        lock = FileLock(work / _LOCK, thread_local=False)
        lock.acquire(timeout=0)
    except OSError as error:
        raise PanelError(
            "{root}: cannot be made ({cause}); set ATELIER_CACHE to another folder", root=root, cause=cause_of(error)
        ) from error
    atexit.register(_delete, work, lock)
    return work


def _delete_if_left(folder: Path) -> None:
    """Delete a folder that is old, and whose panel has ended: one that runs for days may not have touched it."""
    if time.time() - folder.stat().st_mtime <= _OLD:
        return
    lock = FileLock(folder / _LOCK)
    with suppress(Timeout):
        lock.acquire(timeout=0)
        _delete(folder, lock)


def _delete(work: Path, lock: FileLock) -> None:
    lock.release()  # Windows deletes no open file
    shutil.rmtree(work, ignore_errors=True)
