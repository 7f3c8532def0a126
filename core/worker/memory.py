"""Memory for pixels that worker and client share: the worker makes it and it goes with the connection.

On Linux it has no name at all, elsewhere on Unix it is a file without a name, and its handle is passed on: when both
processes are gone, however they went, so is the memory. Where Linux has no memory left for it, it is such a file too.
Windows cannot pass handles so; there it is a file in the worker's folder, which the worker removes when the connection
ends or, should it still be in use then or the worker be killed, later.
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
    """What this system can, the best first: `nameless` (Linux), `unlinked` (Unix), `file` (Windows)."""
    if sys.platform == "win32":
        return ("file",)
    return ("nameless", "unlinked") if hasattr(os, "memfd_create") else ("unlinked",)


def lend_memory(size: int, folder: Path) -> PixelMemory:
    """A piece of memory of the best kind that there is room for.

    Args:
        size: bytes, at least 1.
        folder: where files go.

    Raises:
        WorkerError: there is room nowhere.
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
    """A piece of memory of a fixed size.

    Args:
        size: bytes, at least 1.
        folder: where files go, of the kinds that are files.
        kind: one of KINDS.

    Raises:
        WorkerError: there is no room for it there.
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
        """Give the client the handle, of the kinds without a name; it waits for it after the answer."""
        if self.path is None:
            with socket.socket(fileno=os.dup(connection.fileno())) as channel:
                socket.send_fds(channel, [b"F"], [self._handle])

    def close(self) -> None:
        """Give it back; arrays that still look at it keep it until they go."""
        with suppress(BufferError):
            self.view.close()
        with suppress(OSError):
            os.close(self._handle)
        self._unlink()

    def _unlink(self) -> None:
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()


def remove_leftovers(folder: Path) -> None:
    """Delete the pixel files of a worker that was killed, or of clients that are gone; none may be in use."""
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
    """Refuse what would drive the system out of memory: nameless memory knows no limit of its own."""
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/meminfo").read_text()
        available = 1024 * int(text.split("MemAvailable:")[1].split()[0])
        if size > _MOST_OF_MEMORY * available:
            raise MemoryError(Text("{size:.0f} MB are free", size=available / 1e6))


def _reserve(handle: int, size: int) -> None:
    """Take all the room now: a mapped file that finds none later ends the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    left = size
    while left > 0:
        left -= os.write(handle, _BLOCK[:left])
