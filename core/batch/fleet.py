"""A batch on many machines by Ray: paths travel and never pixels, and what a killed worker had in hand is done anew."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import AtelierError
from ..imaging.cores import at_most_cores
from ..imaging.rendering.look import Look
from ..imaging.rendering.render import load_kernel_beside
from ..styles.style import Style
from ..styles.style_file import SUFFIX, load_style
from ..texts import Text, verbatim
from ..version import installed_version
from .cluster import ClusterOptions, connected
from .collisions import noted
from .journal import Journal
from .places import is_remote
from .planning import Plan
from .request import BatchRequest, PhotoOutcome, PhotoTask
from .restyling import guarded, needs_texture_kernels, restyle_task
from .running import total_pixels
from .series import SeriesLooks

MAX_DEATHS = 3  # of workers, of one photo
_IN_HAND = 2  # photos of a worker: the one it restyles, and the next, so that it need not wait
_PATIENCE = 1.0  # seconds until a worker that is started anew is asked again
_LONGEST = 300  # characters of an error of Ray
_COLOR = re.compile(r"\x1b\[[\d;]*m")
_log = logging.getLogger(__name__)


def run_fleet(
    plan: Plan,
    request: BatchRequest,
    style: Style,
    journal: Journal | None = None,
    options: ClusterOptions | None = None,
) -> Iterator[PhotoOutcome]:
    """Restyle the photos of a plan on a Ray cluster; closing the iterator ends the work.

    Each worker is a process that holds the style and restyles one photo after another on one CPU. It reads and writes
    the photos itself, so their paths must lead to the same files on all machines. The journal is written here alone.

    Args:
        plan, request, style, journal: as of `run_batch`.
        options: which cluster, and how much of it.

    Yields:
        As of `run_batch`.

    Raises:
        AtelierError: there is no cluster, none of its workers starts, or the journal cannot be written.
    """
    looks = SeriesLooks(plan.series, style, request.controls)

    def again(task: PhotoTask) -> PhotoOutcome:
        return guarded(task, lambda: restyle_task(task, request, style, looks.look_for(task)))

    with connected(options or ClusterOptions()) as (ray, num_workers):
        crew = Crew(ray, min(num_workers, max(len(plan.tasks), 1)), style, request, total_pixels(plan))
        try:
            yield from noted(crew.outcomes(plan.tasks, looks, journal), journal, again)
        finally:
            crew.dismiss()


class PhotoWorker:
    """What a process of the cluster holds. Ray makes it, calls its methods one after another, and makes it anew."""

    def __init__(self) -> None:
        self._job: tuple[Style, BatchRequest] | None = None

    def begin(self, style_file: bytes, request: BatchRequest, num_pixels: int) -> str:
        """Get ready to restyle.

        Args:
            style_file: content of a style file.
            request: the request; its photos are not used.
            num_pixels: of all photos, which the choice of a renderer depends on.

        Returns:
            The version that is installed here.
        """
        import cv2

        cv2.setNumThreads(1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"style{SUFFIX}"
            path.write_bytes(style_file)
            style = load_style(path)
        loading = load_kernel_beside(num_pixels, texture=needs_texture_kernels(request, style))
        if loading is not None:
            loading.join()
        self._job = style, request
        return installed_version()

    def restyle(self, task: PhotoTask, look: Look | None) -> PhotoOutcome | None:
        """Restyle one photo, as `restyle_task`; None if this was made anew and has not begun."""
        if self._job is None:
            return None
        style, request = self._job
        with at_most_cores(1):
            return restyle_task(task, request, style, look)


@dataclass(frozen=True)
class _Turn:
    """A photo, whether a worker had it in hand before, and how many workers died of it."""

    task: PhotoTask
    is_begun: bool = False
    num_deaths: int = 0


class Crew:
    """The workers of a cluster, and the photos that each has in hand.

    Args:
        ray: the module, connected.
        num_workers: to be made.
        style, request: of the batch.
        num_pixels: of all photos.
    """

    def __init__(self, ray: Any, num_workers: int, style: Style, request: BatchRequest, num_pixels: int) -> None:
        self._ray = ray
        kind = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=0)(PhotoWorker)
        self._job = ray.put(_file_of(style)), _sent(request), num_pixels
        self._workers = [kind.remote() for _ in range(num_workers)]
        self._asked: dict[Any, Any] = {}  # by call: those that are to begin
        for worker in self._workers:
            self._ask(worker)
        self._hands: dict[Any, dict[Any, _Turn]] = {}  # of those at work: calls in the order in which they are done
        self._look: tuple[str, Any] = ("", None)  # of the last series, where all workers find it

    def outcomes(
        self, tasks: tuple[PhotoTask, ...], looks: SeriesLooks, journal: Journal | None
    ) -> Iterator[PhotoOutcome]:
        """Have photos restyled, whatever becomes of single workers."""
        waiting = deque(_Turn(task) for task in tasks)
        while waiting or any(self._hands.values()):
            yield from self._hand_out(waiting, looks, journal)
            calls = {call: worker for worker, turns in self._hands.items() for call in turns}
            for call in self._finished([*calls, *self._asked]):
                if call in self._asked:
                    self._welcome(call)
                elif call in self._hands.get(calls[call], {}):
                    yield from self._received(call, calls[call], waiting)

    def dismiss(self) -> None:
        """End all workers and what they do."""
        for worker in self._workers:
            self._ray.kill(worker)

    def _hand_out(self, waiting: deque[_Turn], looks: SeriesLooks, journal: Journal | None) -> Iterator[PhotoOutcome]:
        for count in range(1, _IN_HAND + 1):  # so that each has one before any has two
            for worker, turns in self._hands.items():
                if waiting and len(turns) < count:
                    turn = waiting.popleft()
                    look = self._shared_look(turn.task, looks)
                    if isinstance(look, PhotoOutcome):
                        yield look
                        continue
                    if journal is not None and not turn.is_begun:
                        journal.begin(turn.task)
                    turns[worker.restyle.remote(_absolute(turn.task), look)] = turn

    def _shared_look(self, task: PhotoTask, looks: SeriesLooks) -> Any:
        """Return the look of a photo's series where all workers find it; the photo's outcome if there can be none."""
        if not task.series:
            return None
        if task.series != self._look[0]:
            look = guarded(task, lambda: looks.look_for(task))
            if isinstance(look, PhotoOutcome):
                return look
            self._look = task.series, self._ray.put(look)
        return self._look[1]

    def _finished(self, calls: list[Any]) -> list[Any]:
        """Wait for some of the calls, a while at most."""
        if not calls:
            return []
        self._ray.wait(calls, num_returns=1, timeout=_PATIENCE)
        return self._ray.wait(calls, num_returns=len(calls), timeout=0)[0]

    def _ask(self, worker: Any) -> None:
        self._asked[worker.begin.remote(*self._job)] = worker

    def _welcome(self, call: Any) -> None:
        """Give a worker that has begun its place; ask one again that is being made anew."""
        worker = self._asked.pop(call)
        try:
            version = self._ray.get(call)
        except self._ray.exceptions.ActorUnavailableError:
            time.sleep(_PATIENCE)
            self._ask(worker)
        except self._ray.exceptions.RayError as error:
            self._lose(worker, _cause_of(error))
        else:
            if version == installed_version():
                self._hands[worker] = {}
            else:
                self._lose(
                    worker, Text("it has version {other}, this is {own}", other=version, own=installed_version())
                )

    def _lose(self, worker: Any, cause: Text) -> None:
        """Go on without a worker that will never start."""
        self._workers.remove(worker)
        if not self._workers:
            raise AtelierError(
                "none of the cluster's workers starts ({cause}); install the same version of Portrait Atelier on all "
                "its machines",
                cause=cause,
            )
        _log.warning("%s", Text("a worker of the cluster does not start ({cause})", cause=cause))

    def _received(self, call: Any, worker: Any, waiting: deque[_Turn]) -> Iterator[PhotoOutcome]:
        """Take what came of a photo; if the worker has died, put back what it had in hand."""
        try:
            outcome = self._ray.get(call)
        except self._ray.exceptions.RayError as error:
            yield from self._mourn(worker, waiting, error)
            return
        if outcome is None:
            waiting.extendleft(map(_begun, reversed(self._hands.pop(worker).values())))
            self._ask(worker)
        else:
            yield replace(outcome, task=self._hands[worker].pop(call).task)

    def _mourn(self, worker: Any, waiting: deque[_Turn], error: Exception) -> Iterator[PhotoOutcome]:
        """Put back what a worker had in hand that has died; the first of it may be why, and comes last."""
        turns = list(self._hands.pop(worker).values())
        self._ask(worker)
        waiting.extendleft(map(_begun, reversed(turns[1:])))
        suspect = replace(_begun(turns[0]), num_deaths=turns[0].num_deaths + 1)
        if suspect.num_deaths < MAX_DEATHS:
            waiting.append(suspect)
            _log.warning("%s", Text("{path}: a worker died; trying again", path=suspect.task.source))
            return
        yield PhotoOutcome.failed(
            suspect.task,
            AtelierError(
                "{path}: {count} workers died of it ({cause}); give workers more memory, or leave it out",
                path=suspect.task.source,
                count=MAX_DEATHS,
                cause=_cause_of(error),
            ),
        )


def _sent(request: BatchRequest) -> BatchRequest:
    """Return what workers, which may run in another folder, need of a request."""
    mask = Path(os.path.abspath(request.mask)) if isinstance(request.mask, Path) else request.mask
    return replace(request, photos=(), mask=mask)


def _absolute(task: PhotoTask) -> PhotoTask:
    """Return a task whose local paths do not depend on the folder that a worker runs in."""
    source, output = (path if is_remote(path) else Path(os.path.abspath(path)) for path in (task.source, task.output))
    return replace(task, source=source, output=output)


def _begun(turn: _Turn) -> _Turn:
    """Let a photo be done again that may have been written already, by the worker that had it in hand."""
    return replace(turn, task=replace(turn.task, was_begun=not turn.task.overwrite), is_begun=True)


def _cause_of(error: Exception) -> Text:
    """Return what an error of Ray ends with, which is the error of the worker where there was one."""
    lines = [line.strip() for line in _COLOR.sub("", str(error)).splitlines() if line.strip()]
    return verbatim(lines[-1][:_LONGEST] if lines else type(error).__name__)


def _file_of(style: Style) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return style.save(Path(folder) / f"style{SUFFIX}").read_bytes()
