"""A batch on all cores: photos are read, rendered and written side by side, within a budget of pixels in memory."""

from __future__ import annotations

import math
import os
import struct
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..imaging.cores import at_most_cores, process_cores
from ..imaging.photo import PHOTO_SUFFIXES
from ..imaging.rendering.render import KERNEL_PIXELS
from ..styles.style import Style
from .collisions import noted
from .journal import Journal
from .planning import Plan
from .request import BatchRequest, PhotoOutcome, PhotoTask
from .restyling import Stopped, guarded, restyle_task
from .series import SeriesLooks

PIXEL_BUDGET = 64_000_000  # of photos that are in memory together; a larger photo has it alone
_PIXELS_OF_A_BYTE = 4  # of a file whose size in pixels cannot be told cheaply
_DEEP = 2  # times the memory of 8 bits, of formats that hold 16
_WAITING = 1  # photos that wait for a thread, so that none waits for a photo


@dataclass(frozen=True)
class Pace:
    """How much is done at once.

    Attributes:
        workers: photos that are worked on side by side; None for one on each core, and one that is read or written.
        pixel_budget: of all photos in memory.
    """

    workers: int | None = None
    pixel_budget: int = PIXEL_BUDGET

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers must be at least 1, got {self.workers}")

    def num_workers(self, style: Style) -> int:
        """Return how many photos are done at once; a painting takes all cores, and much memory."""
        return 1 if style.pixel is not None else self.workers or process_cores() + 1


def run_batch(
    plan: Plan,
    request: BatchRequest,
    style: Style,
    journal: Journal | None = None,
    pace: Pace | None = None,
    stop: threading.Event | None = None,
) -> Generator[PhotoOutcome, None, None]:
    """Restyle the photos of a plan; closing the iterator, or an exception in it, ends the work at once.

    Args:
        plan: from `plan`.
        request: the request.
        style: of any kind.
        journal: opened; each photo is written down before and after. None for no journal.
        pace: how much is done at once.
        stop: set by another thread to end the work at once, also in the middle of a photo; None if none does.

    Yields:
        The outcome of each task, as they are done. Those that the plan has settled are not among them.

    Raises:
        AtelierError: the journal cannot be written.
        Stopped: `stop` was set.
    """
    pace = pace or Pace()
    looks = SeriesLooks(plan.series, style, request.controls)
    num_workers = min(pace.num_workers(style), max(len(plan.tasks), 1))
    ended = threading.Event()

    def check_stopped() -> None:
        check_told()
        if ended.is_set():
            raise Stopped

    def check_told() -> None:
        if stop is not None and stop.is_set():
            raise Stopped

    def work(task: PhotoTask) -> PhotoOutcome:
        check_stopped()
        stopping = check_stopped if num_workers > 1 or stop is not None else None
        return guarded(task, lambda: restyle_task(task, request, style, looks.look_for(task), stopping))

    def again(task: PhotoTask) -> PhotoOutcome:
        return guarded(task, lambda: restyle_task(task, request, style, looks.look_for(task), check_told))

    if num_workers == 1:
        outcomes = _one_by_one(plan.tasks, work, journal)
    else:
        outcomes = _side_by_side(plan.tasks, work, journal, num_workers, pace.pixel_budget, ended)
    with closing(outcomes):
        yield from noted(outcomes, journal, again)


def _one_by_one(
    tasks: tuple[PhotoTask, ...], work: Callable[[PhotoTask], PhotoOutcome], journal: Journal | None
) -> Generator[PhotoOutcome, None, None]:
    for task in tasks:
        if journal is not None:
            journal.begin(task)
        yield work(task)


def _side_by_side(
    tasks: tuple[PhotoTask, ...],
    work: Callable[[PhotoTask], PhotoOutcome],
    journal: Journal | None,
    num_workers: int,
    budget: int,
    ended: threading.Event,
) -> Generator[PhotoOutcome, None, None]:
    running: dict[Future[PhotoOutcome], int] = {}
    pool = ThreadPoolExecutor(num_workers, thread_name_prefix="photo")
    try:
        with one_thread_each():
            for task in tasks:
                cost = announced_pixels(task.source)
                while len(running) > num_workers + _WAITING - 1 or (running and sum(running.values()) + cost > budget):
                    yield from _finished(running)
                if journal is not None:
                    journal.begin(task)
                running[pool.submit(on_one_core, work, task)] = cost
            while running:
                yield from _finished(running)
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def _finished(running: dict[Future[PhotoOutcome], int]) -> Iterator[PhotoOutcome]:
    """Wait for at least one photo, and take those that are done out of what is running."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        del running[future]
        yield future.result()


def on_one_core(work: Callable[[PhotoTask], PhotoOutcome], task: PhotoTask) -> PhotoOutcome:
    """Do the work of one photo on the thread that calls."""
    with at_most_cores(1):
        return work(task)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Have OpenCV compute on the thread that calls it."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def total_pixels(plan: Plan) -> int:
    """Add up the pixels of a plan's photos, as far as it matters to the choice of a renderer.

    The photos of an earlier run count, so that the same command always has the same renderer.
    """
    settled = (outcome.task for outcome in plan.settled)
    total = 0
    for task in (*plan.tasks, *settled):
        total += announced_pixels(task.source)
        if total >= KERNEL_PIXELS:
            break
    return total


def announced_pixels(path: Path) -> int:
    """Return the number of pixels of a photo, from its header or else guessed from the size of the file; 0 for none."""
    if PHOTO_SUFFIXES.get(path.suffix.lower()) == "JPEG":
        from ..imaging.files.jpeg_file import size_of_jpeg

        with suppress(OSError, ValueError, struct.error):
            return math.prod(size_of_jpeg(path))
        return 0
    from PIL import Image

    with suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on large photos
        with Image.open(path) as image:
            return math.prod(image.size) * (1 if image.format in ("JPEG", "WEBP") else _DEEP)
    with suppress(OSError):
        return os.path.getsize(path) * _PIXELS_OF_A_BYTE
    return 0
