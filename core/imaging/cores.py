"""The cores that work on one photo may use: all of this process, or one each where photos are done side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def num_cores() -> int:
    """Return the number of cores that the current thread may use for one photo."""
    return _own.most or process_cores()


def process_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def at_most_cores(most: int) -> Iterator[None]:
    """Hold what the current thread computes to so many cores."""
    before, _own.most = _own.most, most
    try:
        yield
    finally:
        _own.most = before


class _Own(threading.local):
    most = 0  # 0 is all


_own = _Own()
