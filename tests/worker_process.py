"""A worker in a process of its own, and the plug-in's own client to speak to it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import portrait_atelier

PLUGIN = Path(portrait_atelier.__path__[0]) / "gimp_plugin" / "portrait_style"
if str(PLUGIN) not in sys.path:
    sys.path.append(str(PLUGIN))  # as GIMP does for the plug-in

import atelier_client  # noqa: E402
import atelier_finding  # noqa: E402
import atelier_meeting  # noqa: E402

__all__ = ["atelier_client", "atelier_finding", "atelier_meeting", "connect", "installation", "running", "wait_until"]
_PARENT = str(Path(portrait_atelier.__path__[0]).resolve().parent)
# The checkout need not be installed, and the clean environment of a worker has no PYTHONPATH.
_START = f"import sys; sys.path.insert(0, {_PARENT!r}); from portrait_atelier.core.worker.__main__ import main; main()"


def installation(folder: Path, **changes: object) -> atelier_meeting.Installation:
    """The record of this checkout, with the worker met in `folder`."""
    from portrait_atelier.core.version import installed_version

    values = {"python": sys.executable, "version": installed_version(), "protocol": 1, "run": str(folder), **changes}
    return atelier_meeting.Installation(**values)  # type: ignore[arg-type]


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen]:
    """A worker that is met in `folder`, ended afterwards."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "worker.log").open("wb") as log:
        own = {"ATELIER_STYLES": str(folder.parent / "styles"), "ATELIER_CACHE": str(folder.parent / "cache")}
        environment = {**os.environ, **own, "ATELIER_RUN": str(folder), "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen([sys.executable, "-c", _START], env=environment, stderr=log, cwd=folder)
    try:
        wait_until(lambda: (folder / "socket").exists() or process.poll() is not None)
        yield process
    finally:
        process.kill()
        process.wait()


def connect(folder: Path) -> atelier_client.Worker:
    """A connection to the worker that runs."""
    return atelier_finding.connect(installation(folder))


def wait_until(condition, seconds: float = 20.0) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it never was.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.01)
