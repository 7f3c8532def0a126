"""Output folders locked, so that the runs of one computer do not write into the same one."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AtelierError
from ..folders import cache_folder
from ..texts import cause_of
from .places import address_of, is_remote

if TYPE_CHECKING:
    from filelock import FileLock


def this_computer() -> str:
    """Return a name for all whose runs `locked` keeps apart."""
    return hashlib.sha256(os.fsencode(f"{platform.node()}|{os.path.realpath(cache_folder())}")).hexdigest()[:12]


def digest_of(folder: Path) -> str:
    """Return a name for what is kept of a folder elsewhere."""
    place = address_of(folder) if is_remote(folder) else os.path.realpath(folder)
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:24]


def locked(folder: Path) -> FileLock:
    """Lock a folder against other runs on this computer, without a file in it.

    Raises:
        AtelierError: another run has locked it, or there can be no locks.
    """
    from filelock import FileLock, Timeout  # one photo, which needs no journal, need not wait for its import

    lock = FileLock(cache_folder() / "runs" / f"{digest_of(folder)}.lock", thread_local=False)
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise busy(folder) from error
    except (OSError, NotImplementedError) as error:  # the second is what filelock says of a disk that has no locks
        raise AtelierError(
            "{path}: cannot be written ({cause}); set ATELIER_CACHE to a folder that can",
            path=lock.lock_file,
            cause=cause_of(error) if isinstance(error, OSError) else error,
        ) from error
    return lock


def busy(folder: Path) -> AtelierError:
    """Return the error of a folder that another run writes into."""
    return AtelierError(
        "{folder}: another run writes there; wait until it has ended, or choose another folder with -o", folder=folder
    )
