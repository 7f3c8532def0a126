"""How the panel starts processes: Ctrl-C in its terminal ends the panel alone, which then ends them in its own way."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows only


def start_apart(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that signals to the panel's group, as Ctrl-C sends them, do not reach.

    Args:
        command: program and arguments.
        stdin, stderr: as subprocess takes them.
        cwd: where it runs; None for where the panel does.
    """
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        cwd=cwd,
        start_new_session=True,  # Windows passes over it
        creationflags=_NEW_GROUP,
    )
