"""Caches of what was computed from photos: keys, and limits of size."""

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
    """Return a key that changes when a photo is added, removed, replaced or edited.

    Args:
        subject: what is cached, its version, and the folder.
        photos: the files, in order.

    Returns:
        32 hexadecimal digits.

    Raises:
        OSError: a file does not exist any more.
    """
    digest = hashlib.sha256(subject.encode())
    for photo in photos:
        status = photo.stat()
        digest.update(f"|{photo}|{status.st_size}|{status.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def mark_used(path: Path) -> None:
    """Touch a file, so that `keep_newest` deletes others first."""
    with suppress(OSError):
        os.utime(path)


def photos_key(*sets: Sequence[Proxy]) -> str:
    """Return a key of sets of photos, by their pixels: 32 hexadecimal digits."""
    digest = hashlib.sha256()
    for proxies in sets:
        digest.update(f"|{len(proxies)}".encode())
        for proxy in proxies:
            digest.update(str(proxy.pixels.shape).encode())
            digest.update(proxy.pixels.tobytes())
            digest.update(proxy.weights.tobytes())
    return digest.hexdigest()[:32]


def clear_picture_cache() -> None:
    """Delete the cached copies of photos of versions before 0.4."""
    shutil.rmtree(cache_folder() / "prepared", ignore_errors=True)


def keep_newest(folder: Path, most: int) -> None:
    """Delete the least recently used files of a cache, temporary files of killed processes included.

    Args:
        folder: of the cache, which may be missing; sub-folders stay.
        most: number of files to keep.
    """
    ages: list[tuple[int, Path]] = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):  # deleted by another process
                if path.is_file():
                    ages.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(ages, reverse=True)[most:]:
        with suppress(OSError):
            path.unlink()
