"""The temporary folder of a running panel; those of ended panels are deleted."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.folders import cache_folder
from ..core.texts import cause_of
from .panel_settings import PanelError

_LOCK = ".lock"  # held while the panel runs
_PATIENCE = 30  # seconds to wait for another panel that starts at the same time


def prepare_folder() -> Path:
    """Create a folder for this process, deleted when it ends; delete the folders of killed panels.

    Raises:
        PanelError: the folder cannot be created.
    """
    root = cache_folder() / "panel"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Until its lock is held, another panel that starts now would delete the folder.
        with FileLock(root.with_name("panel.lock"), timeout=_PATIENCE):
            for old in root.glob("run-*"):
                with suppress(OSError):
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
    """Delete a folder if its panel, which holds its lock, has ended."""
    lock = FileLock(folder / _LOCK)
    with suppress(Timeout):
        lock.acquire(timeout=0)
        _delete(folder, lock)


def _delete(work: Path, lock: FileLock) -> None:
    lock.release()  # Windows cannot delete open files
    shutil.rmtree(work, ignore_errors=True)
