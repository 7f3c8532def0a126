"""A worker process, and the plug-in's client."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import portrait_atelier
from portrait_atelier.core.worker.server import WorkerServer
from scenes import portrait

PLUGIN = Path(portrait_atelier.__path__[0]) / "gimp_plugin" / "portrait_style"
if str(PLUGIN) not in sys.path:
    sys.path.append(str(PLUGIN))  # as GIMP does for the plug-in

import atelier_client  # noqa: E402
import atelier_endpoint  # noqa: E402
import atelier_finding  # noqa: E402

__all__ = [
    "atelier_client",
    "atelier_endpoint",
    "atelier_finding",
    "connect",
    "in_thread",
    "installation",
    "running",
    "wait_until",
]
_PARENT = str(Path(portrait_atelier.__path__[0]).resolve().parent)
# The checkout need not be installed, and the clean environment of a worker has no PYTHONPATH.
_START = f"import sys; sys.path.insert(0, {_PARENT!r}); from portrait_atelier.core.worker.__main__ import main; main()"

DEPTHS = {"u8": np.uint8, "u16": np.uint16, "float": np.float32}


def installation(folder: Path, **changes: object) -> atelier_endpoint.Installation:
    """The manifest of this checkout, with the endpoint in `folder`."""
    from portrait_atelier.core.version import installed_version

    values = {"python": sys.executable, "version": installed_version(), "protocol": 1, "run": str(folder), **changes}
    return atelier_endpoint.Installation(**values)  # type: ignore[arg-type]


@contextmanager
def running(folder: Path, *, threads: int | None = 1) -> Iterator[subprocess.Popen]:
    """Run a worker with its endpoint in `folder`; None threads is its default."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "worker.log").open("wb") as log:
        own = {"ATELIER_STYLES": str(folder.parent / "styles"), "ATELIER_CACHE": str(folder.parent / "cache")}
        limits = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
        environment = {**os.environ, **own, "ATELIER_RUN": str(folder), **limits}
        process = subprocess.Popen([sys.executable, "-c", _START], env=environment, stderr=log, cwd=folder)
    try:
        wait_until(lambda: (folder / "socket").exists() or process.poll() is not None)
        yield process
    finally:
        process.kill()
        process.wait()


def in_thread(folder: Path, idle_seconds: float) -> tuple[WorkerServer, threading.Thread]:
    """A worker in this process."""
    worker = WorkerServer(folder, idle_seconds)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    wait_until((folder / "socket").exists)
    return worker, thread


def connect(folder: Path) -> atelier_client.Worker:
    """A connection to the worker that runs."""
    return atelier_finding.connect(installation(folder))


def wait_until(condition, seconds: float = 300.0) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it never was.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.01)


def pixels(depth: str, channels: int, size: tuple[int, int] = (48, 40)) -> np.ndarray:
    """(H, W, C): a portrait, its right half less and less opaque."""
    color = portrait(3)[: size[0], : size[1]]
    color = color[..., 1:2] if channels < 3 else color
    alpha = np.broadcast_to(np.linspace(1, 0.2, size[1])[None, :, None], (*size, 1))
    values = np.concatenate([color, alpha], -1)[..., :channels] if channels in (2, 4) else color
    scale = 1 if depth == "float" else np.iinfo(DEPTHS[depth]).max
    return np.ascontiguousarray((values * scale).astype(DEPTHS[depth]))


def layout_of(array: np.ndarray, depth: str) -> dict:
    return {"height": array.shape[0], "width": array.shape[1], "channels": array.shape[2], "depth": depth}


def restyled(worker, array, depth, *, profile=None, progress=None, **values):
    """The array restyled by the worker, as GIMP would have it."""
    layout = {**layout_of(array, depth), "rgb": values.get("rgb", False), "alpha": values.pop("alpha", False)}
    memory = worker.allocate(layout)
    memory.write(0, array.tobytes())
    request = {**layout, "style": "golden-hour", "strength": 1.0, "variation": 0, **values}
    answer = worker.ask("restyle", request, [profile] if profile else [], progress=progress)
    shape = (*array.shape[:2], answer["channels"])
    found = np.frombuffer(memory.read(0, int(np.prod(shape)) * array.itemsize), array.dtype).reshape(shape)
    memory.close()
    return found, answer
