"""Waiting for what happens in another thread or process."""

import signal
import time
from collections.abc import Callable


def until(condition: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait until something is so; fails when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def hear_ctrl_c() -> None:
    """Reset SIGINT to its default in a child process, as the tests may run where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
