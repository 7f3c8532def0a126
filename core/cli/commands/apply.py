"""`atelier apply`: one style on any number of photos; a bad photo does not stop the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ...batch.journal import Journal
from ...batch.planning import Plan, journal_folder, plan
from ...batch.request import BatchRequest
from ...batch.running import Pace, announced_pixels, run_batch
from ...imaging.rendering.render import KERNEL_PIXELS, is_kernel_worth_it, load_kernel_beside
from ...learning.resolve import resolve_style
from ...reports.words import RENEW
from ...styles.style import Style
from .batch_progress import BatchReport, json_report, report_on_terminal
from .console import note, progress_bar


@dataclass(frozen=True)
class ApplyOptions:
    """How a batch is done and told of.

    Attributes:
        pace: how much is done at once.
        is_dry: whether it is only told what would be done.
        as_json: whether a line of JSON is printed for each photo.
    """

    pace: Pace = field(default_factory=Pace)
    is_dry: bool = False
    as_json: bool = False


def run_apply(request: BatchRequest, style_text: str, options: ApplyOptions) -> int:
    """Restyle all photos of a request.

    Args:
        request: photos, outputs and controls.
        style_text: a name, a style file, a photo or a folder of photos.
        options: how it is done and told of.

    Returns:
        The exit code: 0, or 1 if any photo failed.

    Raises:
        AtelierError: the request is invalid; nothing was written.
    """
    with progress_bar("reading the style") as progress:
        style = resolve_style(style_text, progress=progress)
    if style.is_outdated:
        note("{name}: {text}", name=style.name, text=RENEW)
    folder = journal_folder(request)
    journal = None if folder is None else Journal.read(folder, request, style)
    planned = plan(request, style.name, journal)
    total = len(planned.tasks) + len(planned.settled)
    with (json_report if options.as_json else report_on_terminal)(style.name, total) as report:
        for outcome in planned.settled:
            report.tell(outcome)
        if options.is_dry:
            report.plan(planned.tasks)
        else:
            _load_kernel(request, style, planned)
            _run(request, style, planned, journal, options.pace, report)
    return 1 if report.num_failed else 0


def _run(
    request: BatchRequest, style: Style, planned: Plan, journal: Journal | None, pace: Pace, report: BatchReport
) -> None:
    if not planned.tasks:
        return
    with _opened(journal):
        outcomes = run_batch(planned, request, style, journal, pace)
        try:
            for outcome in outcomes:
                report.tell(outcome)
                if outcome.disk_is_full:
                    report.stop()
                    return
        except KeyboardInterrupt:
            if journal is not None:
                note("the same command goes on where this one was stopped")
            raise
        finally:
            outcomes.close()


@contextmanager
def _opened(journal: Journal | None) -> Iterator[None]:
    if journal is None:
        yield
        return
    journal.open()
    try:
        yield
    finally:
        journal.close()


def _load_kernel(request: BatchRequest, style: Style, planned: Plan) -> None:
    """Load the renderer, for one photo while it is read; tell if it has to be compiled before.

    The photos of an earlier run count, so that the same command always has the same renderer.
    """
    settled = (outcome.task for outcome in planned.settled)
    num_pixels = _pixels_of(task.source for task in (*planned.tasks, *settled))
    texture = bool(style.textures) or request.controls.protect_skin > 0 or style.treats_ground_apart
    loading = load_kernel_beside(num_pixels, texture=texture)
    if texture and is_kernel_worth_it(num_pixels):
        with suppress(ImportError):  # numba is missing or broken
            from ...imaging.rendering.texture_cpu import has_compiled_kernels

            if not has_compiled_kernels():
                note("the renderer of texture is compiled, once on this computer: about 15 seconds")
    if loading is not None and len(planned.tasks) > 1:
        loading.join()


def _pixels_of(photos: Iterable[Path]) -> int:
    """Add up the pixels of photos, as far as it matters to the choice of a renderer."""
    total = 0
    for path in photos:
        total += announced_pixels(path)
        if total >= KERNEL_PIXELS:
            break
    return total
