"""Threads that compute with torch on one core each.

torch's own threads meet after every small operation; on a busy machine each meeting waits for the slowest, which made
rendering ten times slower there. Threads of ours meet once for a photo.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _Threads:
    """torch's number of threads for the process, held at 1 for new threads while anybody maps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own = threading.local()
        self._num_users, self._num_threads = 0, 1

    @property
    def is_one(self) -> bool:
        """Whether the current thread computes on one core already."""
        return getattr(self._own, "is_one", False)

    def begin(self) -> None:
        """Remember the number of threads; called by who maps."""
        with self._lock:
            if self._num_users == 0:
                self._num_threads = torch.get_num_threads()
            self._num_users += 1

    def become_one(self) -> None:
        """Hold the current thread, which ends soon, to one core."""
        torch.set_num_threads(1)
        self._own.is_one = True

    def end(self) -> None:
        """Restore the number of threads for threads to come."""
        with self._lock:
            self._num_users -= 1
            if self._num_users == 0:
                torch.set_num_threads(self._num_threads)


_threads = _Threads()


@contextmanager
def on_one_core() -> Iterator[None]:
    """Hold the current thread to one core of torch: for many small operations, whose threads would only meet.

    The training of a look takes as long on two cores as on one (14.8 and 14.1 s); beside one busy program, 38 and 19 s.
    """
    num_threads = torch.get_num_threads()
    _threads.begin()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        _threads.end()
        torch.set_num_threads(num_threads)


def map_on_cores(work: Callable[[_Item], _Result], items: Sequence[_Item], num_threads: int) -> Iterator[_Result]:
    """Yield what `work` returns for each item, in their order; within such work, one after the other.

    Args:
        work: uses torch on the CPU.
        items: all of them.
        num_threads: at most.
    """
    if _threads.is_one:
        yield from map(work, items)
        return
    _threads.begin()
    pool = ThreadPoolExecutor(max(1, min(num_threads, len(items))), "torch", initializer=_threads.become_one)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
        _threads.end()
