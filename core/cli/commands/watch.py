"""`atelier watch`: photos are restyled as they arrive in a folder, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ...batch.journal import Journal
from ...batch.places import shown
from ...batch.request import BatchRequest, PhotoOutcome
from ...batch.restyling import needs_texture_kernels
from ...batch.watching import FolderWatch, WatchNews, WatchOptions, require_watchable
from ...imaging.rendering.render import KERNEL_PIXELS
from ...texts import Text
from .batch_progress import print_json, values_of
from .batch_setup import load_kernel, opened, read_style, told_of_formats
from .console import fail, note, say_path, tell

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def run_watch(request: BatchRequest, style_text: str, options: WatchOptions, *, as_json: bool = False) -> int:
    """Restyle the photos of a folder as they arrive, until a signal ends it.

    Args:
        request: its only photo is the folder, and its output another one.
        style_text: a name, a style file, a photo or a folder of photos.
        options: how it is watched.
        as_json: whether lines of JSON are printed.

    Returns:
        The exit code: 0.

    Raises:
        AtelierError: the request is invalid, or the journal cannot be written.
    """
    require_watchable(request)
    assert request.output is not None
    style = read_style(style_text)
    journal = Journal.read(request.output, request, style)
    load_kernel(KERNEL_PIXELS, texture=needs_texture_kernels(request, style))
    counts: Counter[str] = Counter()
    remarks: set[Text] = set()
    tell_of = _as_json if as_json else _in_lines
    with opened(journal), _stopped_by_signals() as stop:
        if not as_json:
            tell(Text("{folder}: watching; Ctrl-C ends it", folder=request.photos[0]))
        for event in FolderWatch(request, style, journal, options).run(stop):
            if isinstance(event, PhotoOutcome):
                counts[event.state] += 1
                converted = told_of_formats(request, [event.task]) if event.state == "done" else None
                if converted is not None and converted not in remarks:
                    remarks.add(converted)
                    tell_of(converted)
            tell_of(event)
    if as_json:
        print_json({"state": "ended", **{state: counts[state] for state in ("done", "failed", "skipped")}})
    else:
        tell(Text("{count} photos restyled", one="{count} photo restyled", count=counts["done"]))
    return 0


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set; a second one ends the program at once."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_lines(event: PhotoOutcome | WatchNews | Text) -> None:
    if isinstance(event, Text):
        note(event)
    elif isinstance(event, WatchNews):
        note(event.text)
    elif event.error is not None:
        fail(event.error)
    elif event.state == "done":
        for text in event.notes:
            note("{path}: {text}", path=shown(event.task.source), text=text)
        say_path(shown(event.task.output))


def _as_json(event: PhotoOutcome | WatchNews | Text) -> None:
    if isinstance(event, Text):
        print_json({"state": "remark", "notes": [str(event)]})
    elif isinstance(event, WatchNews):
        print_json({"state": event.kind, "notes": [str(event.text)]})
    else:
        print_json(values_of(event))
