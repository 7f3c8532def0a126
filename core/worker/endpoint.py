"""The endpoint of the worker: a folder of this user alone, with socket, key and lock.

The GIMP plug-in has only the standard library and finds the same folder by the same rule, in `atelier_endpoint.py`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path

from ..errors import WorkerError
from ..texts import cause_of

KEY_NAME, LOCK_NAME, SOCKET_NAME = "key", "lock", "socket"
WAKE_NAME = "wake"  # a socket on which systemd listens, to start the worker
_FIRST_INHERITED = 3
_LOCKED_BYTE = 1 << 20  # beyond the content, so that the process id can be read on Windows too
_PRIVATE = 0o700


def run_folder() -> Path:
    """Return the folder of this user's worker on this computer; ATELIER_RUN overrides.

    Below the home folder, not in XDG_RUNTIME_DIR, which programs in a Flatpak cannot access.
    """
    chosen = os.environ.get("ATELIER_RUN")
    if chosen:
        return Path(chosen).expanduser()
    host = hashlib.sha256(platform.node().encode()).hexdigest()[:8]  # home folders on a network are shared by computers
    return _cache_root() / "portrait-atelier" / f"run-{host}"


def prepare_folder(folder: Path) -> None:
    """Create the folder, or check that only this user can access it.

    Raises:
        WorkerError: it cannot be created, or others can access it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            if folder.stat().st_uid != os.getuid():
                raise WorkerError(
                    "{folder}: belongs to another user; remove it, or name another with ATELIER_RUN", folder=folder
                )
            folder.chmod(_PRIVATE)
    except OSError as error:
        raise WorkerError(
            "{folder}: cannot be used ({cause}); check free space and your rights", folder=folder, cause=cause_of(error)
        ) from error


def inherited_wake() -> socket.socket | None:
    """Return the socket through which systemd started this process (sd_listen_fds); None if something else did."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not int(os.environ.get("LISTEN_FDS", "0")):
        return None
    return socket.socket(fileno=_FIRST_INHERITED)


def take_wakes(wake: socket.socket) -> None:
    """Accept what is connected and close it again: to connect is all that a client says; else systemd starts anew."""
    wake.setblocking(False)
    with suppress(OSError):
        while True:
            wake.accept()[0].close()


def address_of(folder: Path) -> str:
    """Return the path of the socket, or the name of the pipe on Windows."""
    if sys.platform == "win32":
        return rf"\\.\pipe\portrait-atelier-{hashlib.sha256(str(folder).lower().encode()).hexdigest()[:16]}"
    return str(folder / SOCKET_NAME)


def remove_socket(folder: Path) -> None:
    """Delete the socket of a worker that has ended; requires the lock."""
    if sys.platform != "win32":
        with suppress(OSError):
            (folder / SOCKET_NAME).unlink()


def restrict_to_owner(folder: Path) -> None:
    """Restrict the socket to this user, in addition to the rights of the folder."""
    if sys.platform != "win32":
        (folder / SOCKET_NAME).chmod(0o600)


def write_key(folder: Path) -> bytes:
    """Generate a key and write it into a file that only this user can read.

    Raises:
        WorkerError: the file cannot be written.
    """
    key, path = secrets.token_bytes(32), folder / KEY_NAME
    temporary = path.with_name(f".{KEY_NAME}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
        os.replace(temporary, path)
    except OSError as error:
        raise WorkerError(
            "{path}: cannot be written ({cause}); check free space and your rights", path=path, cause=cause_of(error)
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return key


class Lock:
    """The lock of a folder, held by its only worker; the file contains the process id."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._file: int | None = None

    def acquire(self) -> bool:
        """Try to take the lock; return False if another process has it.

        Raises:
            WorkerError: the file cannot be written.
        """
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _locked(self._file):
                os.close(self._file)
                self._file = None
                return False
            os.truncate(self._file, 0)
            os.write(self._file, str(os.getpid()).encode())
        except OSError as error:
            raise WorkerError(
                "{path}: cannot be written ({cause}); check free space and your rights",
                path=self._path,
                cause=cause_of(error),
            ) from error
        return True

    def release(self) -> None:
        """Release the lock; the file stays, since another process may be waiting for it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _cache_root() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
