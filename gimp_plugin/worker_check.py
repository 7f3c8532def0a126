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
from ..core.texts import Text, cause_of, verbatim
from ..core.worker.endpoint import KEY_NAME, address_of
from ..core.worker.messages import PROTOCOL, receive
from .manifest import Manifest

_PATIENCE = 60.0  # seconds: the first start compiles all Python files of torch
_EVERY = 0.05
_TO_END = 10.0


def check_worker(manifest: Manifest, *, patience: float = _PATIENCE) -> Text:
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
        raise WorkerError(
            "{python}: starts another version ({version}); atelier gimp install",
            python=manifest.python,
            version=hello.get("version"),
        )
    return Text(
        "starts and answers in {seconds:.1f} s (version {version}, {python})",
        seconds=time.monotonic() - started,
        version=hello.get("version"),
        python=manifest.python,
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
        raise WorkerError(
            "{python}: cannot be started ({cause}); atelier gimp install", python=manifest.python, cause=cause_of(error)
        ) from error


def _hello(process: subprocess.Popen[bytes], folder: Path, log: Path, deadline: float) -> dict[str, object]:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace").strip().splitlines()
            last = verbatim(said[-1]) if said else Text("exit code {code}", code=process.returncode)
            raise WorkerError(
                "does not start ({cause}); install Portrait Atelier again, then: atelier gimp install", cause=last
            )
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
