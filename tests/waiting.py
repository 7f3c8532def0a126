"""Waiting for what happens in another thread or process."""

import signal
import time
from collections.abc import Callable


def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until something is so; fails when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def hear_ctrl_c() -> None:
    """For a child process: take SIGINT as in a terminal, though the tests themselves may run where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
