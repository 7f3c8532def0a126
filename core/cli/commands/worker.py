"""`atelier worker`: runs the worker in a terminal, for a GIMP that cannot start it, and to see its log."""

from __future__ import annotations

import logging
from pathlib import Path

from ...errors import WorkerError
from ...worker.endpoint import run_folder
from ...worker.server import run_worker
from .console import say


def run_worker_command(folder: Path | None, idle_minutes: float) -> None:
    """Serve until the worker is idle, or Ctrl-C.

    Raises:
        WorkerError: a worker is running already, or the folder cannot be used.
    """
    logging.getLogger().setLevel(logging.INFO)
    chosen = folder or run_folder()
    say(
        "the worker listens in {folder} until it was not needed for {minutes:g} minutes; Ctrl-C ends it",
        folder=chosen,
        minutes=idle_minutes,
    )
    if not run_worker(folder=chosen, idle_seconds=60 * idle_minutes):
        raise WorkerError(
            "{folder}: a worker is running there already; it serves every program of yours", folder=chosen
        )
