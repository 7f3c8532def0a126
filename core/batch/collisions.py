"""Results that another computer made meanwhile, where both work through the same photos with the same command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..errors import ExistsError
from ..texts import Text
from .journal import Journal
from .request import PhotoOutcome, PhotoTask

_DONE_ELSEWHERE = Text("done by another computer at the same time")
_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds; the journal of a network folder may come late


def noted(
    outcomes: Iterable[PhotoOutcome], journal: Journal | None, again: Callable[[PhotoTask], PhotoOutcome]
) -> Iterator[PhotoOutcome]:
    """Write outcomes into the journal; those of which more is known later come last.

    Args:
        outcomes: of photos that were begun.
        journal: opened; None for no journal.
        again: restyles a photo.

    Yields:
        The outcomes, as `settled` has them.

    Raises:
        AtelierError: the journal cannot be written.
    """
    later: list[PhotoOutcome] = []
    for outcome in outcomes:
        if journal is None:
            yield outcome
        elif isinstance(outcome.error, ExistsError) and journal.standing_elsewhere(outcome.task) != "done":
            later.append(outcome)
        else:
            yield settled(outcome, journal, again)
    if journal is not None:
        for outcome in later:
            yield settled(outcome, journal, again)


def settled(outcome: PhotoOutcome, journal: Journal, again: Callable[[PhotoTask], PhotoOutcome]) -> PhotoOutcome:
    """Write an outcome into the journal. A photo that another computer has done meanwhile is skipped.

    It has where the journal says so, or where what is there is what this one would make, byte for byte.

    Args:
        outcome: of a photo that was begun.
        journal: opened.
        again: restyles a photo.

    Returns:
        What came of the photo.

    Raises:
        AtelierError: the journal cannot be written.
    """
    if not isinstance(outcome.error, ExistsError):
        journal.end(outcome)
        return outcome
    task, made = outcome.task, outcome
    was_there = journal.places.exists(task.output)
    if _is_done_elsewhere(task, journal):
        made = replace(outcome, state="done", error=None)
    elif not task.was_begun:
        repeated = again(replace(task, was_begun=True))
        made = outcome if isinstance(repeated.error, ExistsError) else replace(repeated, task=task)
    journal.end(made)
    return PhotoOutcome.skipped(task, _DONE_ELSEWHERE) if made.state == "done" and was_there else made


def _is_done_elsewhere(task: PhotoTask, journal: Journal) -> bool:
    for pause in _PAUSES:
        time.sleep(pause)
        standing = journal.standing_elsewhere(task)
        if standing != "begun":
            return standing == "done"
    return False
