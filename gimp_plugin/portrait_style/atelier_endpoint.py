"""The endpoint of the worker, by the same rule as `core/worker/endpoint.py`; starting and ending the worker."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from atelier_words import FOLDER, Problem, _

PROTOCOL = 1
MANIFEST_NAME = "installation.json"
_LOCKED_BYTE = 1 << 20
_MAX_LOG = 1 << 20
# Variables that GIMP's bundle sets for itself, which would break another Python.
_FOREIGN = ("PYTHON", "GI_", "GTK", "GDK_", "GIO_", "GEGL_", "BABL_", "GIMP", "LD_", "DYLD_", "APPDIR", "APPIMAGE")


@dataclass(frozen=True)
class Installation:
    """The manifest that `atelier gimp install` wrote.

    Attributes:
        python: absolute path of the interpreter that has Portrait Atelier.
        version: of Portrait Atelier.
        protocol: of the messages.
        run: folder of the endpoint; empty for the default.
    """

    python: str
    version: str
    protocol: int
    run: str = ""

    @classmethod
    def read(cls, path: Path = FOLDER / MANIFEST_NAME) -> Installation:
        """Read the manifest beside the plug-in.

        Raises:
            Problem: the manifest is missing or damaged.
        """
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            run = str(manifest.get("run", ""))
            return cls(str(manifest["python"]), str(manifest["version"]), int(manifest["protocol"]), run)
        except (OSError, ValueError, KeyError, TypeError) as error:
            text = _("The plug-in does not know where Portrait Atelier is installed. Run “atelier gimp install” again.")
            raise Problem(text) from error

    @property
    def folder(self) -> Path:
        """The folder of the endpoint."""
        return Path(self.run) if self.run else run_folder()


def run_folder() -> Path:
    """Return the folder of this user's worker on this computer; ATELIER_RUN overrides."""
    chosen = os.environ.get("ATELIER_RUN")
    if chosen:
        return Path(chosen).expanduser()
    host = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
    return _cache_root() / "portrait-atelier" / f"run-{host}"


def address_of(folder: Path) -> str:
    """Return the path of the socket, or the name of the pipe on Windows."""
    if sys.platform == "win32":
        return rf"\\.\pipe\portrait-atelier-{hashlib.sha256(str(folder).lower().encode()).hexdigest()[:16]}"
    return str(folder / "socket")


def read_key(folder: Path) -> bytes | None:
    """Return the shared secret; None if there is no worker."""
    try:
        return (folder / "key").read_bytes()
    except OSError:
        return None


def sandbox() -> str | None:
    """Return `Flatpak` or `Snap` if GIMP runs in one and cannot start other programs; else empty."""
    if os.path.exists("/.flatpak-info"):
        return "Flatpak"
    return "Snap" if os.environ.get("SNAP_NAME") else None


def wakes(folder: Path) -> bool:
    """Whether systemd listens for this user's worker, and was asked to start it."""
    if sys.platform == "win32":
        return False
    try:
        with socket.socket(socket.AF_UNIX) as wake:
            wake.connect(str(folder / "wake"))
    except OSError:
        return False
    return True


def start_worker(installation: Installation, folder: Path) -> subprocess.Popen:
    """Start the worker, detached, with a clean environment and a log file.

    Raises:
        Problem: the worker cannot be started.
    """
    if (box := sandbox()) is not None:
        raise Problem(
            _(
                "This GIMP runs in a {box} and cannot start programs. "
                "Run this in a terminal, then try again:\n{command}"
            ).format(box=box, command=_by_hand(installation))
        )
    if not os.path.isfile(installation.python):
        raise Problem(
            _("{path} is not there any more. Install Portrait Atelier again, then run “atelier gimp install”.").format(
                path=installation.python
            )
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _log_file(folder) as log:
            return subprocess.Popen(
                [installation.python, "-m", "portrait_atelier.core.worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**clean_environment(dict(os.environ)), "ATELIER_RUN": str(folder)},
                **_detached(),
            )
    except OSError as error:
        raise Problem(
            _("The worker cannot be started ({cause}). Check the free disk space and your rights in {folder}.").format(
                cause=error.strerror or error, folder=folder
            )
        ) from error


def _by_hand(installation: Installation) -> str:
    """Return the command that starts the worker in a terminal."""
    run = f"ATELIER_RUN={shlex.quote(installation.run)} " if installation.run else ""
    return f"{run}{shlex.quote(installation.python)} -m portrait_atelier.core.worker"


def clean_environment(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment without the variables of GIMP's bundle."""
    return {name: value for name, value in environment.items() if not name.startswith(_FOREIGN)}


def last_words(folder: Path) -> str:
    """Return the last line of the worker's log."""
    try:
        lines = (folder / "worker.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def end_worker(folder: Path) -> None:
    """End a worker that does not respond: the process that holds the lock."""
    if sandbox() is not None:  # process ids differ inside a sandbox
        return
    with suppress(OSError, ValueError):
        number = int((folder / "lock").read_text())
        if _is_locked(folder / "lock"):
            os.kill(number, getattr(signal, "SIGKILL", signal.SIGTERM))
            _wait_until_free(folder / "lock")


def wait_for_exit(folder: Path, seconds: float) -> None:
    """Wait until a worker that was asked to end has ended."""
    _wait_until_free(folder / "lock", seconds)


def _wait_until_free(lock: Path, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and _is_locked(lock):
        time.sleep(0.05)


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _log_file(folder: Path):
    path = folder / "worker.log"
    too_long = path.exists() and path.stat().st_size > _MAX_LOG
    return path.open("wb" if too_long else "ab")


def _detached() -> dict:
    if sys.platform == "win32":
        # Without DETACHED_PROCESS, which disables CREATE_NO_WINDOW: the python.exe of a venv, which starts another,
        # would open a console window.
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _cache_root() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    home = Path(os.environ.get("SNAP_REAL_HOME") or Path.home())
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
