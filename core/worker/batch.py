"""The request to restyle photo files, by the engine of the command line: side by side, with a journal."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..batch.journal import Journal
from ..batch.planning import Plan, journal_folder, plan
from ..batch.request import BatchRequest, PhotoOutcome
from ..batch.restyling import Stopped, needs_texture_kernels
from ..batch.running import run_batch, total_pixels
from ..errors import PhotoError
from ..imaging.rendering.render import load_kernel_beside
from ..styles.style import Style
from ..texts import Text
from .client_state import ClientState
from .job import Cancelled, Job
from .messages import Message
from .restyle import controls_of

_MOST_TOLD = 500  # photos that failed, and as many notes: a message has a limit


@dataclass
class _Tally:
    """What came of the photos so far."""

    job: Job
    total: int
    states: dict[str, int] = field(default_factory=lambda: {"done": 0, "skipped": 0, "failed": 0})
    failures: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    is_full: bool = False

    def take(self, outcome: PhotoOutcome) -> None:
        """Count a photo, and tell the client."""
        self.states[outcome.state] += 1
        self.is_full = self.is_full or outcome.disk_is_full
        if outcome.error is not None:
            self._tell(self.failures, outcome, outcome.error.text)
        for text in outcome.notes if outcome.state == "done" else ():
            self._tell(self.notes, outcome, text)
        with suppress(Cancelled):  # what is done by then is answered
            self.job.progress(sum(self.states.values()), self.total, "batch")

    def _tell(self, told: list[dict[str, str]], outcome: PhotoOutcome, text: Text) -> None:
        source = outcome.task.source
        short = text.without_subject() if str(text).startswith(f"{source}: ") else text
        if len(told) < _MOST_TOLD:
            told.append({"photo": source.name, "text": self.job.translate(short)})

    def facts(self) -> dict[str, Any]:
        """Return the fields of the answer."""
        found = {"total": self.total, "is_full": self.is_full, "failures": self.failures, "told": self.notes}
        return {**self.states, **found}


def restyle_files(job: Job, client: ClientState) -> Message:
    """Restyle the photos of a folder, at any depth, in a style and controls as of `restyle`.

    Further fields: `folder`; `results`, a folder for them, which may be missing: beside each photo then, with the
    style's name in theirs; `overwrite`, whether files may be replaced; `series`, whether all get one look. Begun again,
    it goes on where it was stopped or killed. With `only_plan` nothing is done, and the answer has the numbers of
    photos that are left (`todo`), that cannot be done (`refused`, for the first of them `why`) and of all (`total`),
    and the path of the `first`.

    Else the answer has the numbers of photos `done`, `skipped`, `failed` and of all (`total`), `failures` and what is
    `told` of others, each a list of `photo` and `text`, `is_full`, whether the disk was full, and `results`, the folder
    that has them. It also comes after a cancel with `keep`, with what was done until then.
    """
    folder = Path(job.str_field("folder")).expanduser()
    if not folder.is_dir():
        raise PhotoError("{folder}: no such folder; choose the folder with your photos", folder=folder)
    results = Path(job.str_field("results")).expanduser() if job.request.head.get("results") else None
    style = client.styles.of(job).style
    controls = replace(controls_of(job, style), series=job.bool_field("series"))
    request = BatchRequest((folder,), results, controls, overwrite=job.bool_field("overwrite"))
    journal = Journal.read(journal_folder(request) or folder, request, style)
    planned = plan(request, style.name, journal)
    if job.bool_field("only_plan"):
        return _told_of(planned, job)
    tally = _Tally(job, len(planned.tasks) + len(planned.settled))
    for outcome in planned.settled:
        tally.take(outcome)
    if planned.tasks:
        _run(job, planned, request, style, journal, tally)
    if job.stop.is_set() and not job.keep:
        raise Cancelled
    return Message({**tally.facts(), "name": style.name, "results": str(results or folder)})


def _told_of(planned: Plan, job: Job) -> Message:
    tasks = [*planned.tasks, *(outcome.task for outcome in planned.settled)]
    errors = [outcome.error for outcome in planned.settled if outcome.error is not None]
    numbers = {"todo": len(planned.tasks), "refused": len(errors), "total": len(tasks)}
    why = job.translate(errors[0].text) if errors else ""
    return Message({**numbers, "why": why, "first": str(min((task.source for task in tasks), default=""))})


def _run(job: Job, planned: Plan, request: BatchRequest, style: Style, journal: Journal, tally: _Tally) -> None:
    loading = load_kernel_beside(total_pixels(planned), texture=needs_texture_kernels(request, style))
    if loading is not None:
        loading.join()  # so that all photos have one renderer, as by the command line
    journal.open()
    outcomes = run_batch(planned, request, style, journal, stop=job.stop)
    with closing(journal), closing(outcomes), suppress(Stopped):
        for outcome in outcomes:
            tally.take(outcome)
            if tally.is_full:
                return
