"""What was made of photos and can be made again: how it is named, and how its folder stays small."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..folders import cache_folder
from ..imaging.proxy import Proxy


def cache_key(subject: str, photos: Iterable[Path]) -> str:
    """Name what was made of some photos; another name as soon as one is added, removed, replaced or changed.

    Args:
        subject: what was made, its version, and of which folder.
        photos: the files, in their order.

    Returns:
        32 hexadecimal digits.

    Raises:
        OSError: a file is not there any more.
    """
    digest = hashlib.sha256(subject.encode())
    for photo in photos:
        status = photo.stat()
        digest.update(f"|{photo}|{status.st_size}|{status.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def mark_used(path: Path) -> None:
    """Make a file the newest of its folder, so that `keep_newest` takes others first."""
    with suppress(OSError):
        os.utime(path)


def photos_key(*sets: Sequence[Proxy]) -> str:
    """Name sets of photos by their pixels, wherever they lie: 32 hexadecimal digits."""
    digest = hashlib.sha256()
    for proxies in sets:
        digest.update(f"|{len(proxies)}".encode())
        for proxy in proxies:
            digest.update(str(proxy.pixels.shape).encode())
            digest.update(proxy.pixels.tobytes())
            digest.update(proxy.weights.tobytes())
    return digest.hexdigest()[:32]


def forget_pictures() -> None:
    """Delete the small pictures of people that versions before 0.4 cached to train on."""
    shutil.rmtree(cache_folder() / "prepared", ignore_errors=True)


def keep_newest(folder: Path, most: int) -> None:
    """Delete the files of a cache that were longest not used, what a killed process left half written included.

    Args:
        folder: may be missing; folders within it stay.
        most: how many files are kept.
    """
    ages: list[tuple[int, Path]] = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):  # another process was faster
                if path.is_file():
                    ages.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(ages, reverse=True)[most:]:
        with suppress(OSError):
            path.unlink()
