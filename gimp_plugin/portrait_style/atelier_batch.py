"""One style for many photos: all open images (`atelier_images.py`), or the files of a folder, by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atelier_client import Answer, Progress, Worker
from atelier_controls import Request, absolute, checked_request
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_images import Bar, named, reasons_of, restyle_images, shortened
from atelier_words import Problem, WorkerLost, _
from gi.repository import Gimp


@dataclass(frozen=True)
class Batch:
    """What is asked of many photos.

    Attributes:
        request: of each photo; `series` is of all together.
        folder: of photo files; empty for all open images.
        results: the folder of the results of a folder; empty for beside each photo.
        overwrite: whether files may be replaced.
    """

    request: Request
    folder: str = ""
    results: str = ""
    overwrite: bool = False

    def values(self) -> dict[str, Any]:
        """Return the fields of a request to the worker, for a folder."""
        return {
            **self.request.values(),
            "folder": self.folder,
            "results": self.results,
            "overwrite": self.overwrite,
        }


def checked_batch(config: Any) -> Batch:
    """Check the arguments of the procedure.

    Raises:
        BadArgument: an argument is invalid.
    """
    return batch_of(config, checked_request(config))


def batch_of(config: Any, request: Request) -> Batch:
    """Return what the arguments say of many photos, each of which gets a request."""
    folder, results = ((config.get_property(name) or "").strip() for name in ("folder", "results"))
    return Batch(request, absolute(folder), absolute(results), config.get_property("overwrite"))


def restyle_all(batch: Batch) -> list[str]:
    """Restyle a folder, or all open images, with GIMP's progress bar.

    Returns:
        Notes for the user.

    Raises:
        Problem: some photos could not be restyled; the text names each with the reason, and the others are done.
    """
    Gimp.progress_init(_("Many Photos in One Style"))
    if not batch.folder:
        found = restyle_images(Gimp.get_images(), batch.request, Bar())
        Gimp.progress_end()
        if found.is_incomplete:
            raise Problem("\n".join(reasons_of(found)))
        return [named(name, text) for name, text in found.told]
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        answer = ask_for_files(worker, batch, _show)
    Gimp.progress_end()
    if answer["failures"]:
        raise Problem("\n".join(said_of(answer)))
    return [named(one["photo"], one["text"]) for one in answer["told"]]


def _show(done: int, total: int, _what: str) -> None:
    Gimp.progress_set_text(_("{done} of {total} photos").format(done=done, total=total))
    Gimp.progress_update(done / max(total, 1))


def ask_for_files(worker: Worker, batch: Batch, progress: Progress) -> Answer:
    """Request to restyle the files of a folder, from any thread.

    Raises:
        Problem: it failed; the text says what was kept.
    """
    gone_through = 0

    def told(done: int, total: int, what: str) -> None:
        nonlocal gone_through
        gone_through = done
        progress(done, total, what)

    try:
        return worker.ask("batch", batch.values(), progress=told)
    except WorkerLost as lost:
        if not gone_through:
            raise
        text = _("What was finished until then is kept.")
        raise lost.but(f"{text} {goes_on()}") from lost


def goes_on() -> str:
    """Return what is said where the files of a folder were not finished."""
    return _("Begun again with the same settings, it goes on from there.")


def said_of(answer: Answer) -> list[str]:
    """Return what came of the files of a folder: one line of numbers, one for each reason."""
    text = _("{done} of {total} photos were restyled.").format(done=answer["done"], total=answer["total"])
    if answer["skipped"]:
        text += " " + _("{count} were done before.").format(count=answer["skipped"])
    if answer["is_full"]:
        text += " " + _("The disk is full: free some space, then begin again; it goes on from there.")
    return [text, *shortened([named(one["photo"], one["text"]) for one in answer["failures"]])]
