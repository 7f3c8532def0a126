"""Processes of the panel, which Ctrl-C in its terminal does not reach."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

NICENESS = 5  # of trainings, so that the page stays responsive beside them
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows only


def start_apart(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in another process group, which Ctrl-C does not reach.

    Args:
        command: program and arguments.
        stdin, stdout, stderr: as for subprocess.
        cwd: working directory; None for that of the panel.
    """
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        start_new_session=True,  # ignored on Windows
        creationflags=_NEW_GROUP,
    )


def lower_priority() -> None:
    """Let this process stand back behind others, where the system can."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
