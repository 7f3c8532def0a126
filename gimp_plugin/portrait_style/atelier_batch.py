"""One style for many photos: all open images, layer by layer, or the files of a folder, by the worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import atelier_calls as calls
import atelier_layers as layers
from atelier_client import Answer, Progress, Worker
from atelier_controls import Request, absolute, checked_request
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_words import Problem, WorkerLost, _
from gi.repository import Gimp

_SHOWN = 20  # reasons in a message


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
    if not batch.folder:
        return restyle_images(Gimp.get_images(), batch.request)
    Gimp.progress_init(_("Many Photos in One Style"))
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        answer = ask_for_files(worker, batch, _show)
    Gimp.progress_end()
    if answer["failures"]:
        raise Problem("\n".join(said_of(answer)))
    return [_named(one["photo"], one["text"]) for one in answer["told"]]


def _show(done: int, total: int, _what: str) -> None:
    Gimp.progress_set_text(_("{done} of {total} photos").format(done=done, total=total))
    Gimp.progress_update(done / max(total, 1))


def ask_for_files(worker: Worker, batch: Batch, progress: Progress) -> Answer:
    """Request to restyle the files of a folder, from any thread."""
    return worker.ask("batch", batch.values(), progress=progress)


def said_of(answer: Answer) -> list[str]:
    """Return what came of the files of a folder: one line of numbers, one for each reason."""
    text = _("{done} of {total} photos were restyled.").format(done=answer["done"], total=answer["total"])
    if answer["skipped"]:
        text += " " + _("{count} were done before.").format(count=answer["skipped"])
    if answer["is_full"]:
        text += " " + _("The disk is full: free some space, then begin again; it goes on from there.")
    return [text, *_shortened([_named(one["photo"], one["text"]) for one in answer["failures"]])]


def restyle_images(images: Sequence[Any], request: Request) -> list[str]:
    """Restyle the selected layers of images, each image in one undo step; with `series` all get one look.

    Returns:
        Notes for the user.

    Raises:
        Problem: some could not be restyled; the text names each with the reason, and the others are done.
    """
    if not images:
        raise Problem(_("No image is open. Open the photos first, or choose a folder."))
    failures: list[str] = []
    notes: list[str] = []
    Gimp.progress_init(_("Many Photos in One Style"))
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        for number, image in enumerate(_in_series(worker, images, request, failures)):
            part = calls.Part(worker, number, len(images))
            with _collected(image, failures):
                found = calls.restyle_layers(image, _layers_of(image), request, part=part)
                notes += [_named(image.get_name(), text) for text in found]
    Gimp.progress_end()
    if failures:
        text = _("{count} of {total} open images could not be restyled:")
        raise Problem("\n".join([text.format(count=len(failures), total=len(images)), *_shortened(failures)]))
    return notes


def _in_series(worker: Worker, images: Sequence[Any], request: Request, failures: list[str]) -> list[Any]:
    """Let the worker know all layers that get one look; return the images that can be restyled."""
    if not request.series:
        return list(images)
    found = []
    for image in images:
        with _collected(image, failures):
            drawables = _layers_of(image)
            layers.require_layers(image, drawables)
            for layer in drawables:
                layers.add_to_series(worker, image, layer, lambda *_progress: None)
            found.append(image)
    return found


@contextmanager
def _collected(image: Any, failures: list[str]) -> Iterator[None]:
    """Collect the problem of an image with its name; one of the worker itself concerns all, and is raised."""
    try:
        yield
    except WorkerLost:
        raise
    except Problem as problem:
        failures.append(_named(image.get_name(), str(problem)))


def _layers_of(image: Any) -> list[Any]:
    return layers.opened(list(image.get_selected_layers()))


def _named(name: str, text: str) -> str:
    return _("“{name}”: {problem}").format(name=name, problem=text)


def _shortened(lines: list[str]) -> list[str]:
    return lines[:_SHOWN] + ["…"] * (len(lines) > _SHOWN)
