"""A watched folder: its photos are restyled as they arrive, each once, until it is told to stop."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..errors import AtelierError
from ..styles.style import Style
from ..texts import Text
from .arrivals import Arrivals
from .collisions import settled
from .finding import FolderPhotos, FoundPhoto
from .journal import Journal
from .planning import clash, plan_found
from .request import BatchRequest, PhotoOutcome, PhotoTask, fields_of, is_for_want_of_space
from .restyling import Stopped, restyle_task
from .running import Pace, announced_pixels, on_one_core, one_thread_each
from .sightings import Sightings

_SLICE = 0.5  # seconds, at most, until it is seen that it is to stop


@dataclass(frozen=True)
class WatchOptions:
    """How a folder is watched.

    Attributes:
        settle_seconds: how long a file must stand still until it is taken.
        give_up_seconds: how long one that cannot be read must stand still until it has failed.
        scan_seconds: between two looks through the folder.
        listens: whether the system is asked to tell of changes in between; of network folders it cannot.
        retry_seconds: until a full disk is tried again.
        pace: how much is done at once.
    """

    settle_seconds: float = 2.0
    give_up_seconds: float = 60.0
    scan_seconds: float = 10.0
    listens: bool = True
    retry_seconds: float = 15.0
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        if min(self.settle_seconds, self.scan_seconds, self.retry_seconds) <= 0:
            raise ValueError("settle_seconds, scan_seconds and retry_seconds must be above 0")


@dataclass(frozen=True)
class WatchNews:
    """What happens to the watching itself, rather than to a photo."""

    kind: Literal["folder_gone", "folder_back", "disk_full", "disk_free"]
    text: Text


def require_watchable(request: BatchRequest) -> None:
    """Check that the results of a request will not be taken for photos that arrive.

    Raises:
        AtelierError: the results would come into the watched folder itself.
    """
    folder, output = request.photos[0], request.output
    if output is None or folder.resolve() == output.resolve() or output.resolve() in folder.resolve().parents:
        raise AtelierError(
            "{folder}: results in this folder would be taken for new photos; choose another folder with -o, which may "
            "lie in it",
            folder=folder,
        )
    if "number" in fields_of(request.name or ""):
        raise AtelierError("photos that arrive have no {field}; leave it out of --name", field="{number}")
    if not os.path.isdir(folder):
        raise AtelierError("{folder}: no such folder (nothing is there); check the spelling", folder=folder)


class FolderWatch:
    """Restyles the photos of a folder as they arrive.

    Args:
        request: its only photo is the folder, and its output another one.
        style: of any kind.
        journal: opened; it says what earlier watching has done.
        options: how it is watched.
        restyle: what is done to each photo.
    """

    def __init__(
        self,
        request: BatchRequest,
        style: Style,
        journal: Journal,
        options: WatchOptions | None = None,
        restyle: Callable[..., PhotoOutcome] = restyle_task,
    ) -> None:
        self._request, self._style, self._journal = request, style, journal
        self._options = options or WatchOptions()
        self._restyle = restyle
        self._photos = FolderPhotos(request.photos[0], request)
        self._arrivals = Arrivals(self._options.settle_seconds, self._options.give_up_seconds)
        self._running: dict[Future[PhotoOutcome | None], tuple[PhotoTask, int]] = {}
        self._unwritten: list[PhotoOutcome] = []  # done, but the disk had no room to say so
        self._results: dict[Path, tuple[Path, int]] = {}  # by photo: what was made of it, and when that was written
        self._full_until: float | None = None
        self._was_there = True

    def run(self, stop: threading.Event) -> Iterator[PhotoOutcome | WatchNews]:
        """Restyle what is there and what arrives, until `stop` is set; a photo in hand is left for the next time.

        Yields:
            What came of each photo, and of the folder and the disk.

        Raises:
            AtelierError: the journal cannot be written, for another reason than want of space.
        """
        options = self._options
        sightings = Sightings(
            self._request.photos[0],
            lambda: (photo.path for photo in self._photos),
            scan_seconds=options.scan_seconds,
            listens=options.listens,
        )
        pool = ThreadPoolExecutor(options.pace.num_workers(self._style), thread_name_prefix="photo")
        with sightings, one_thread_each():
            try:
                while not stop.is_set():
                    for path in sightings.wait(_SLICE):
                        if self._photos.arrived(path) is not None:
                            self._arrivals.notice(path, time.monotonic())
                    yield from self._news_of(sightings)
                    yield from self._received()
                    yield from self._begun(pool, stop, sightings.wake)
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)
            yield from self._received()

    def _news_of(self, sightings: Sightings) -> Iterator[WatchNews]:
        folder = self._request.photos[0]
        if sightings.is_there == self._was_there:
            return
        self._was_there = sightings.is_there
        if sightings.is_there:
            yield WatchNews("folder_back", Text("{folder}: is there again", folder=folder))
        else:
            yield WatchNews("folder_gone", Text("{folder}: is gone; waiting until it is back", folder=folder))

    def _begun(
        self, pool: ThreadPoolExecutor, stop: threading.Event, wake: Callable[[], None]
    ) -> Iterator[PhotoOutcome | WatchNews]:
        """Begin with the photos that are complete, as many as may be done at once."""
        while (most := self._room()) > 0 and not stop.is_set():
            ready = self._arrivals.take(time.monotonic(), most)
            if not ready:
                return
            for path in ready:
                photo = self._photos.arrived(path)
                planned = None if photo is None else self._planned(photo)
                if isinstance(planned, PhotoTask):
                    yield from self._begin(planned, pool, stop, wake)
                    continue
                self._arrivals.done(path)
                if planned is not None:
                    yield planned

    def _planned(self, photo: FoundPhoto) -> PhotoTask | PhotoOutcome | None:
        """Plan a photo; None if it is a result itself. One that was exported again may replace what was made of it."""
        request = self._request
        output, written = self._results.get(photo.path, (None, 0))
        if output is not None and _changed_at(output) == written:
            request = replace(request, overwrite=True, skip_existing=False)
        planned = plan_found(request, [photo], self._style.name, self._journal)
        found = next(iter((*planned.settled, *planned.tasks)), None)
        if isinstance(found, PhotoTask):
            other = self._journal.source_of(found.output)
            if other is not None and other != os.path.abspath(found.source) and os.path.exists(other):
                return PhotoOutcome.failed(found, clash(found, Path(other)))
        return found

    def _begin(
        self, task: PhotoTask, pool: ThreadPoolExecutor, stop: threading.Event, wake: Callable[[], None]
    ) -> Iterator[WatchNews]:
        try:
            self._journal.begin(task)
        except AtelierError as error:
            if not is_for_want_of_space(error):
                raise
            self._arrivals.put_back(task.source)
            yield from self._full()
            return
        future = pool.submit(self._work, task, stop)
        self._running[future] = task, announced_pixels(task.source)
        future.add_done_callback(lambda _: wake())

    def _room(self) -> int:
        """Return how many photos may be begun now; a single one, to see whether a disk that was full has room again."""
        if self._full_until is not None and (time.monotonic() < self._full_until or self._running):
            return 0
        if self._running and sum(cost for _, cost in self._running.values()) >= self._options.pace.pixel_budget:
            return 0
        most = 1 if self._full_until is not None else self._options.pace.num_workers(self._style)
        return most - len(self._running)

    def _work(self, task: PhotoTask, stop: threading.Event) -> PhotoOutcome | None:
        def check_stopped() -> None:
            if stop.is_set():
                raise Stopped

        try:
            check_stopped()
            return on_one_core(
                lambda task: self._restyle(task, self._request, self._style, check_stopped=check_stopped), task
            )
        except Stopped:
            return None

    def _again(self, task: PhotoTask) -> PhotoOutcome:
        return self._restyle(task, self._request, self._style)

    def _received(self) -> Iterator[PhotoOutcome | WatchNews]:
        """Take what is done, and write it down."""
        for future in [future for future in self._running if future.done()]:
            task, _ = self._running.pop(future)
            outcome = None if future.cancelled() else future.result()
            if outcome is None:
                self._arrivals.put_back(task.source)
            elif outcome.disk_is_full:
                self._arrivals.put_back(task.source)
                yield from self._full()
            else:
                self._unwritten.append(outcome)
        while self._unwritten:
            try:
                outcome = settled(self._unwritten[0], self._journal, self._again)
            except AtelierError as error:
                if not is_for_want_of_space(error):
                    raise
                yield from self._full()
                return
            del self._unwritten[0]
            yield from self._told(outcome)

    def _told(self, outcome: PhotoOutcome) -> Iterator[PhotoOutcome | WatchNews]:
        path = outcome.task.source
        if outcome.state == "failed" and self._arrivals.try_again(path, time.monotonic()):
            return
        self._arrivals.done(path)
        if outcome.state == "done":
            self._results[path] = outcome.task.output, _changed_at(outcome.task.output)
            if self._full_until is not None:
                self._full_until = None
                yield WatchNews("disk_free", Text("{folder}: there is room again", folder=self._request.output))
        yield outcome

    def _full(self) -> Iterator[WatchNews]:
        """Wait before anything is begun again."""
        was_full, self._full_until = self._full_until is not None, time.monotonic() + self._options.retry_seconds
        if not was_full:
            yield WatchNews(
                "disk_full",
                Text("{folder}: the disk is full; make room, it is tried again", folder=self._request.output),
            )


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
