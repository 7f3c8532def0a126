"""Shared memory for pixels: allocated by the worker, freed with the connection.

On Linux it is anonymous memory, on other Unix systems an unlinked file, whose handle is sent to the client: it is freed
when both processes have ended, even if they are killed. Without enough memory, Linux uses an unlinked file too. On
Windows it is a file in the worker's folder, which the worker deletes when the connection ends, or later if it is
still in use or the worker was killed.
"""

from __future__ import annotations

import mmap
import os
import secrets
import socket
import sys
import tempfile
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ..errors import WorkerError
from ..texts import Text, cause_of, joined, text_of

KINDS = ("nameless", "unlinked", "file")
_PREFIX = "pixels-"
_BLOCK = bytes(1 << 20)
_MOST_OF_MEMORY = 0.8


def kinds_here() -> tuple[str, ...]:
    """Return the supported kinds, the best first: `nameless` (Linux), `unlinked` (Unix), `file` (Windows)."""
    if sys.platform == "win32":
        return ("file",)
    return ("nameless", "unlinked") if hasattr(os, "memfd_create") else ("unlinked",)


def allocate_memory(size: int, folder: Path) -> PixelMemory:
    """Allocate memory of the best kind that has room.

    Args:
        size: bytes, at least 1.
        folder: for files.

    Raises:
        WorkerError: there is not enough memory and disk space.
    """
    causes: list[Text] = []
    for kind in kinds_here():
        try:
            return PixelMemory(size, folder, kind)
        except WorkerError as error:
            causes.append(error.text)
    raise WorkerError(
        "there is no room for {size:.0f} MB of pixels ({cause}); close other images or programs, or free some "
        "disk space, and try again",
        size=size / 1e6,
        cause=joined(causes, "{first}; {rest}"),
    )


class PixelMemory:
    """Shared memory of a fixed size.

    Args:
        size: bytes, at least 1.
        folder: for the kinds that are files.
        kind: one of KINDS.

    Raises:
        WorkerError: there is not enough room.
    """

    def __init__(self, size: int, folder: Path, kind: str) -> None:
        self.size, self.path = size, None
        handle = -1
        try:
            if kind == "nameless":
                _require_memory(size)
            handle, self.path = _opened(kind, folder)
            _reserve(handle, size)
            self.view = mmap.mmap(handle, size)
        except (OSError, ValueError, MemoryError) as error:
            if handle >= 0:
                os.close(handle)
            self._unlink()
            cause = cause_of(error) if isinstance(error, OSError) else text_of(error)
            if kind == "nameless":
                raise WorkerError("in memory: {cause}", cause=cause) from error
            raise WorkerError("in {folder}: {cause}", folder=folder, cause=cause) from error
        self._handle = handle

    def hand_over(self, connection: Connection) -> None:
        """Send the handle of an unnamed kind to the client, which expects it after the answer."""
        if self.path is None:
            with socket.socket(fileno=os.dup(connection.fileno())) as channel:
                socket.send_fds(channel, [b"F"], [self._handle])

    def close(self) -> None:
        """Free the memory; arrays that use it keep it alive."""
        with suppress(BufferError):
            self.view.close()
        with suppress(OSError):
            os.close(self._handle)
        self._unlink()

    def _unlink(self) -> None:
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()


def delete_stale_files(folder: Path) -> None:
    """Delete the pixel files that a killed worker or lost clients left; none may be in use."""
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            path.unlink()


def _opened(kind: str, folder: Path) -> tuple[int, Path | None]:
    if kind == "nameless":
        return os.memfd_create("portrait-atelier", os.MFD_CLOEXEC), None
    if kind == "unlinked":
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.dup(file.fileno()), None
    path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), path


def _require_memory(size: int) -> None:
    """Raise if the system would run out of memory, since anonymous memory has no limit."""
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/meminfo").read_text()
        available = 1024 * int(text.split("MemAvailable:")[1].split()[0])
        if size > _MOST_OF_MEMORY * available:
            raise MemoryError(Text("{size:.0f} MB are free", size=available / 1e6))


def _reserve(handle: int, size: int) -> None:
    """Reserve disk space now, since writing to a mapped file on a full disk kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    left = size
    while left > 0:
        left -= os.write(handle, _BLOCK[:left])
