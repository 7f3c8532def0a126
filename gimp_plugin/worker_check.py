"""A test start of the worker, as the plug-in would start it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

from ..core.errors import WorkerError
from ..core.worker.endpoint import KEY_NAME, address_of
from ..core.worker.messages import PROTOCOL, receive
from .manifest import Manifest

_PATIENCE = 60.0  # seconds: the first start compiles all Python files of torch
_EVERY = 0.05
_TO_END = 10.0


def check_worker(manifest: Manifest, *, patience: float = _PATIENCE) -> str:
    """Start a worker in a temporary folder, wait for its greeting, and end it.

    Args:
        manifest: of the installed plug-in.
        patience: seconds to wait.

    Returns:
        A text about the success.

    Raises:
        WorkerError: the worker does not start, does not answer, or has another protocol.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="atelier-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        process = _start(manifest, Path(folder), log)
        try:
            hello = _hello(process, Path(folder), log, started + patience)
        finally:
            _end(process)
    if hello.get("protocol") != PROTOCOL:
        raise WorkerError(f"{manifest.python}: starts another version ({hello.get('version')}); atelier gimp install")
    return (
        f"starts and answers in {time.monotonic() - started:.1f} s (version {hello.get('version')}, {manifest.python})"
    )


def _start(manifest: Manifest, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "LD_", "GI_"))}
    try:
        with log.open("wb") as file:
            return subprocess.Popen(
                [manifest.python, "-m", "portrait_atelier.core.worker"],
                env={**kept, "ATELIER_RUN": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=folder,
            )
    except OSError as error:
        cause = (error.strerror or type(error).__name__).lower()
        raise WorkerError(f"{manifest.python}: cannot be started ({cause}); atelier gimp install") from error


def _hello(process: subprocess.Popen[bytes], folder: Path, log: Path, deadline: float) -> dict[str, object]:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace").strip().splitlines()
            last = said[-1] if said else f"exit code {process.returncode}"
            raise WorkerError(f"does not start ({last}); install Portrait Atelier again, then: atelier gimp install")
        try:
            with Client(address_of(folder), authkey=(folder / KEY_NAME).read_bytes()) as connection:
                if connection.poll(max(deadline - time.monotonic(), 0)):
                    return receive(connection).head
        except (OSError, EOFError, AuthenticationError):  # not listening yet
            time.sleep(_EVERY)
    raise WorkerError("does not answer; restart the computer, or tell us what `atelier doctor` says")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
