"""`atelier apply`: one style on any number of photos; a bad photo does not stop the rest."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

from ...batch.cluster import ClusterOptions
from ...batch.journal import Journal
from ...batch.planning import Plan, journal_folder, plan
from ...batch.request import BatchRequest, PhotoOutcome
from ...batch.restyling import needs_texture_kernels
from ...batch.running import Pace, run_batch, total_pixels
from ...styles.style import Style
from .batch_progress import BatchReport, json_report, report_on_terminal
from .batch_setup import load_kernel, opened, read_style, told_of_formats
from .console import note


@dataclass(frozen=True)
class ApplyOptions:
    """How a batch is done and told of.

    Attributes:
        pace: how much is done at once.
        cluster: that does it; None for this computer's cores.
        is_dry: whether it is only told what would be done.
        as_json: whether a line of JSON is printed for each photo.
    """

    pace: Pace = field(default_factory=Pace)
    cluster: ClusterOptions | None = None
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
    style = read_style(style_text)
    folder = journal_folder(request)
    journal = None if folder is None else Journal.read(folder, request, style)
    planned = plan(request, style.name, journal)
    total = len(planned.tasks) + len(planned.settled)
    at_once = options.pace.num_workers(style) if options.cluster is None else options.cluster.workers or 1
    with (json_report if options.as_json else report_on_terminal)(style.name, total, at_once) as report:
        converted = told_of_formats(request, planned.tasks)
        if converted is not None:
            report.remark(converted)
        for outcome in planned.settled:
            report.tell(outcome)
        if options.is_dry:
            report.plan(planned.tasks)
        else:
            with opened(journal if planned.tasks else None):
                _run(request, style, planned, journal, options, report)
    return 1 if report.num_failed else 0


def _run(
    request: BatchRequest,
    style: Style,
    planned: Plan,
    journal: Journal | None,
    options: ApplyOptions,
    report: BatchReport,
) -> None:
    with closing(_outcomes(request, style, planned, journal, options)) as outcomes:
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


def _outcomes(
    request: BatchRequest, style: Style, planned: Plan, journal: Journal | None, options: ApplyOptions
) -> Generator[PhotoOutcome, None, None]:
    if not planned.tasks:
        return
    if options.cluster is not None:
        from ...batch.fleet import run_fleet

        yield from run_fleet(planned, request, style, journal, options.cluster)
        return
    _load_kernel(request, style, planned)
    yield from run_batch(planned, request, style, journal, options.pace)


def _load_kernel(request: BatchRequest, style: Style, planned: Plan) -> None:
    """Load the renderer, for one photo while it is read; tell if it has to be compiled before."""
    loading = load_kernel(total_pixels(planned), texture=needs_texture_kernels(request, style))
    if loading is not None and len(planned.tasks) > 1:
        loading.join()
