"""What the command line tells of a batch: results, notes and errors as they come, and how fast it goes."""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ...batch.places import shown
from ...batch.request import PhotoOutcome, PhotoTask
from ...languages import for_terminal
from ...texts import Text, printable, verbatim
from .console import err, fail, is_quiet, note, out, say, say_path, tell

_NOT_SHOWN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # by terminals; JSON escapes the others itself
_LINE_EVERY = 10.0  # seconds, between lines of progress where there is no terminal


class BatchReport(ABC):
    """Counts outcomes, and tells of each; subclasses say how.

    Args:
        total: number of photos.
    """

    def __init__(self, total: int) -> None:
        self.counts: Counter[str] = Counter()
        self._total, self._start = total, time.monotonic()

    @property
    def num_failed(self) -> int:
        """How many photos failed."""
        return self.counts["failed"]

    @property
    def num_told(self) -> int:
        """How many photos have an outcome."""
        return sum(self.counts.values())

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self._start

    @property
    def rate(self) -> float:
        """Photos a second that were worked on; 0 at first."""
        worked = self.num_told - self.counts["skipped"]
        return worked / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take; None while that cannot be told."""
        return (self._total - self.num_told) / self.rate if self.rate > 0 else None

    def tell(self, outcome: PhotoOutcome) -> None:
        """Tell what came of a photo."""
        self.counts[outcome.state] += 1

    @abstractmethod
    def plan(self, tasks: Iterable[PhotoTask]) -> None:
        """Tell what would be done."""

    @abstractmethod
    def stop(self) -> None:
        """Tell that the disk is full, so that the rest is not begun."""

    @abstractmethod
    def end(self) -> None:
        """Tell what came of all."""


class _Terminal(BatchReport):
    def __init__(self, style_name: str, total: int, progress: Progress) -> None:
        super().__init__(total)
        self._progress, self._last_line = progress, self._start
        self._skipped: Counter[Text] = Counter()
        self._bar: TaskID = progress.add_task(style_name, total=total, rate="")

    def tell(self, outcome: PhotoOutcome) -> None:
        super().tell(outcome)
        if outcome.error is not None:
            fail(outcome.error)
        elif outcome.state == "skipped":
            self._skipped.update(outcome.notes)
        else:
            for text in outcome.notes:
                note("{path}: {text}", path=shown(outcome.task.source), text=text)
            self._say_path(outcome.task.output)
        rate = for_terminal(Text("{rate:.1f} a second", rate=self.rate)) if self.rate else ""
        self._progress.update(self._bar, completed=self.num_told, rate=rate)
        if self._progress.disable and time.monotonic() - self._last_line > _LINE_EVERY:
            self._last_line = time.monotonic()
            self._tell_pace()

    def _say_path(self, path: Path) -> None:
        """Print a result on stdout; above the bar, where both are on one screen."""
        if out.is_terminal and not self._progress.disable:
            err.print(printable(shown(path), on_one_line=True), markup=False)
        else:
            say_path(shown(path))

    def plan(self, tasks: Iterable[PhotoTask]) -> None:
        for task in tasks:
            say("{photo}: would become {output}", photo=shown(task.source), output=shown(task.output))

    def stop(self) -> None:
        fail("the disk is full, the other photos were not begun; make room, and the same command goes on")

    def end(self) -> None:
        for text, count in self._skipped.items():
            note(
                "{count} photos were left alone: {text}",
                one="{count} photo was left alone: {text}",
                count=count,
                text=text,
            )
        if self.counts["done"] > 1:
            self._say_total()
        if self.num_failed and self._total > 1:
            fail("{failed} of {total} photos could not be restyled", failed=self.num_failed, total=self._total)

    def _tell_pace(self) -> None:
        left = self.seconds_left
        tell(
            Text(
                "{done} of {total} photos, {rate:.1f} a second, {left} left",
                done=self.num_told,
                total=self._total,
                rate=self.rate,
                left="?" if left is None else _clock(left),
            )
        )

    def _say_total(self) -> None:
        count, seconds = self.counts["done"], self.seconds
        tell(Text("{count} photos in {time}, {rate:.1f} a second", count=count, time=_clock(seconds), rate=self.rate))


class _Json(BatchReport):
    def tell(self, outcome: PhotoOutcome) -> None:
        super().tell(outcome)
        left = self.seconds_left
        print_json(
            {
                **values_of(outcome),
                "finished": self.num_told,
                "total": self._total,
                "photos_per_second": round(self.rate, 3),
                "seconds_left": None if left is None else round(left, 1),
            }
        )

    def plan(self, tasks: Iterable[PhotoTask]) -> None:
        for task in tasks:
            print_json({"state": "planned", **_paths(task)})

    def stop(self) -> None:
        print_json({"state": "stopped", "error": "the disk is full"})

    def end(self) -> None:
        counts = {state: self.counts[state] for state in ("done", "failed", "skipped")}
        print_json({"state": "ended", **counts, "total": self._total, "seconds": round(self.seconds, 1)})


@contextmanager
def report_on_terminal(style_name: str, total: int) -> Iterator[BatchReport]:
    """Tell of a batch in lines for people, with a progress bar if stderr is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(
        *columns, TimeRemainingColumn(), console=err, transient=True, disable=is_quiet() or not err.is_terminal
    ) as progress:
        report = _Terminal(style_name, total, progress)
        yield report
    report.end()


@contextmanager
def json_report(_style_name: str, total: int) -> Iterator[BatchReport]:
    """Tell of a batch in lines of JSON on stdout, which are never translated."""
    report = _Json(total)
    yield report
    report.end()


def values_of(outcome: PhotoOutcome) -> dict[str, Any]:
    """Return an outcome as JSON values."""
    return {
        "state": outcome.state,
        **_paths(outcome.task),
        "notes": [str(text) for text in outcome.notes],
        "error": None if outcome.error is None else str(outcome.error),
    }


def _paths(task: PhotoTask) -> dict[str, str]:
    return {"photo": shown(task.source), "output": shown(task.output)}


def print_json(values: dict[str, Any]) -> None:
    """Print a line of JSON on stdout."""
    line = json.dumps(values, ensure_ascii=False)
    say(verbatim(_NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)))


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
