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

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

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
        at_once: how many of them are worked on side by side.
    """

    def __init__(self, total: int, at_once: int) -> None:
        self.counts: Counter[str] = Counter()
        self._total, self._at_once, self._start = total, at_once, time.monotonic()
        self._first_done, self._last_done = 0.0, 0.0

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
    def pace(self) -> float | None:
        """Photos a second, without the start; None until a photo is done that was begun after the first was done."""
        since_first = self.counts["done"] - 1
        seconds = self._last_done - self._first_done
        return since_first / seconds if since_first >= self._at_once and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long it will take; None while that cannot be told."""
        left = self._total - self.num_told
        if left == 0:
            return 0.0
        return None if self.pace is None else left / self.pace

    def tell(self, outcome: PhotoOutcome) -> None:
        """Tell what came of a photo."""
        self.counts[outcome.state] += 1
        if outcome.state == "done":
            self._last_done = time.monotonic()
            self._first_done = self._first_done or self._last_done

    @abstractmethod
    def remark(self, text: Text) -> None:
        """Tell something of the whole run."""

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
    def __init__(self, style_name: str, total: int, at_once: int, progress: Progress) -> None:
        super().__init__(total, at_once)
        self._progress, self._last_line = progress, self._start
        self._skipped: Counter[Text] = Counter()
        self._bar: TaskID = progress.add_task(style_name, total=total, rate="", left="")

    def remark(self, text: Text) -> None:
        note(text)

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
        rate = "" if self.pace is None else for_terminal(Text("{rate:.1f} a second", rate=self.pace))
        left = "" if self.seconds_left is None else _clock(self.seconds_left)
        self._progress.update(self._bar, completed=self.num_told, rate=rate, left=left)
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
        done, total, left = self.num_told, self._total, self.seconds_left
        if left is None or self.pace is None:
            tell(Text("{done} of {total} photos", done=done, total=total))
            return
        tell(
            Text(
                "{done} of {total} photos, {rate:.1f} a second, {left} left",
                done=done,
                total=total,
                rate=self.pace,
                left=_clock(left),
            )
        )

    def _say_total(self) -> None:
        count, seconds = self.counts["done"], self.seconds
        tell(Text("{count} photos in {time}, {rate:.1f} a second", count=count, time=_clock(seconds), rate=self.rate))


class _Json(BatchReport):
    def remark(self, text: Text) -> None:
        print_json({"state": "remark", "notes": [str(text)]})

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
def report_on_terminal(style_name: str, total: int, at_once: int = 1) -> Iterator[BatchReport]:
    """Tell of a batch in lines for people, with a progress bar if stderr is a terminal."""
    fields = (TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[left]}", style="progress.remaining"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *fields)
    with Progress(*columns, console=err, transient=True, disable=is_quiet() or not err.is_terminal) as progress:
        report = _Terminal(style_name, total, at_once, progress)
        yield report
    report.end()


@contextmanager
def json_report(_style_name: str, total: int, at_once: int = 1) -> Iterator[BatchReport]:
    """Tell of a batch in lines of JSON on stdout, which are never translated."""
    report = _Json(total, at_once)
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
