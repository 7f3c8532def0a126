"""One style for all open images, layer by layer, each image in one undo step; and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import atelier_calls as calls
import atelier_layers as layers
from atelier_client import Worker
from atelier_controls import Request
from atelier_edit import Edited, restyled_before
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_memory import memory_of
from atelier_words import Problem, Stopped, WorkerLost, _
from gi.repository import Gimp

_SHOWN = 20  # reasons in a message


class Watch(Protocol):
    """Who is told of the images on the way, and may stop them."""

    is_stopped: bool

    def wait(self) -> None:
        """Called ten times a second while the worker starts; may raise Stopped."""

    def look_in(self, worker: Worker) -> None:
        """Called ten times a second while the worker works; may cancel its request."""

    def show(self, number: int, count: int, share: float) -> None:
        """Show that so many of the images are done, and a share of the next, 0 to 1."""


class Bar:
    """GIMP's progress bar."""

    is_stopped = False  # its Cancel ends the plug-in

    def wait(self) -> None:
        """Let it move."""
        Gimp.progress_pulse()

    def look_in(self, worker: Worker) -> None:
        """Do nothing."""

    def show(self, number: int, count: int, share: float) -> None:
        """Show how much of all is done."""
        Gimp.progress_update((number + share) / count)


@dataclass
class Outcome:
    """What came of open images.

    Attributes:
        waiting: the names of those that nothing was done to, by their ids.
        total: how many images there were.
        done: how many were restyled.
        added, renewed, replaced: how many layers are new, were in a style and are made anew, have new pixels.
        failures: the names of those that could not be restyled, and why not.
        told: names of restyled ones, and what there is to say of them.
        is_stopped: whether the user stopped on the way.
        lost: why the worker was lost on the way; None if it was not.
    """

    waiting: dict[int, str]
    total: int = 0
    done: int = 0
    added: int = 0
    renewed: int = 0
    replaced: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    is_stopped: bool = False
    lost: WorkerLost | None = None

    def count(self, edited: Sequence[Edited | None], request: Request) -> None:
        """Count an image that is done, and its layers."""
        self.done += 1
        renewed = sum(before is not None for before in edited)
        self.renewed += renewed
        if request.replaces:
            self.replaced += len(edited) - renewed
        else:
            self.added += len(edited) - renewed

    @property
    def is_incomplete(self) -> bool:
        """Whether some images were not restyled."""
        return bool(self.failures or self.waiting)

    @contextmanager
    def of(self, image: Any) -> Iterator[None]:
        """Collect the problem of an image; one of the worker itself concerns all, and is raised."""
        try:
            yield
        except WorkerLost:
            raise
        except Problem as problem:
            self.failures.append((self.waiting.pop(image.get_id()), str(problem)))


def restyle_images(images: Sequence[Any], request: Request, watch: Watch) -> Outcome:
    """Restyle the selected layers of images, each image in one undo step; with `series` all get one look.

    Layers that are in a style already are made anew from their sources, as Edit Portrait Style does.

    Returns:
        What came of them.

    Raises:
        Problem: there is no image, or the worker was lost before any was restyled.
    """
    if not images:
        raise Problem(_("No image is open. Open the photos first, or choose a folder."))
    found = Outcome({image.get_id(): image.get_name() for image in images}, len(images))
    try:
        with connect(Installation.read(), watch.wait) as worker:
            worker.tick = partial(watch.look_in, worker)
            _restyle_each(worker, images, request, watch, found)
    except Stopped:
        found.is_stopped = True
    except WorkerLost as lost:
        if not found.done:
            raise
        found.lost = lost.but(summary_of(found))
    return found


def _restyle_each(worker: Worker, images: Sequence[Any], request: Request, watch: Watch, found: Outcome) -> None:
    for image in images if request.series else ():
        with found.of(image):
            _add_to_series(worker, image)
    rest = [image for image in images if image.get_id() in found.waiting]
    for number, image in enumerate(rest):
        if watch.is_stopped:
            raise Stopped
        part = calls.Part(worker, partial(watch.show, number, len(rest)))
        with found.of(image):
            asked = layers_to_restyle(image)
            drawables, edited = [layer for layer, _before in asked], [before for _layer, before in asked]
            notes = _notes_of_stacked(asked)
            notes += calls.restyle_layers(image, drawables, request, edited=edited, part=part)
            name = found.waiting.pop(image.get_id())
            found.told += [(name, text) for text in notes]
            found.count(edited, request)


def _add_to_series(worker: Worker, image: Any) -> None:
    """Let the worker know the layers of an image that get one look with others."""
    drawables = [layer for layer, _before in layers_to_restyle(image)]
    layers.require_layers(image, drawables)
    for layer in drawables:
        layers.add_to_series(worker, image, layer, lambda *_progress: None)


def layers_to_restyle(image: Any) -> list[tuple[Any, Edited | None]]:
    """Return what is restyled of an image: layers, and those in a style already that are made anew from them."""
    return restyled_before(image, layers.opened(list(image.get_selected_layers())))


def _notes_of_stacked(found: list[tuple[Any, Edited | None]]) -> list[str]:
    """Return notes on layers that are in a style already, and get another upon it."""
    text = _(
        "“{name}” was in a style already, and the layer that it was made from is gone: this style is upon that one."
    )
    memories = [(layer, memory_of(layer)) for layer, before in found if before is None]
    return [
        text.format(name=layer.get_name())
        for layer, memory in memories
        if memory is not None and not memory.request.table
    ]


def summary_of(found: Outcome) -> str:
    """Return how many images were restyled, as a sentence."""
    return _("{done} of {total} open images were restyled.").format(done=found.done, total=found.total)


def where_of(found: Outcome) -> list[str]:
    """Return where what was done to images is, and how it is taken back; nothing if nothing was done."""
    counted = (
        (found.added, _("New layers, each above the one that it was made from: {count}")),
        (found.renewed, _("Layers that were in a style, made anew in this one: {count}")),
        (found.replaced, _("Layers whose pixels were replaced: {count}")),
    )
    lines = [text.format(count=count) for count, text in counted if count]
    return [*lines, _("Edit > Undo takes it back, image by image.")] if lines else []


def not_done() -> str:
    """Return what is said of an image that nothing was done to."""
    return _("not restyled; it is as it was.")


def reasons_of(found: Outcome) -> list[str]:
    """Return which images were not restyled: a headline, and one line with the reason for each."""
    text = _("{count} of {total} open images could not be restyled:")
    headline = text.format(count=len(found.failures), total=found.total) if found.lost is None else str(found.lost)
    left = [named(name, not_done()) for name in found.waiting.values()]
    return [headline, *shortened([*(named(*failure) for failure in found.failures), *left])]


def named(name: str, text: str) -> str:
    """Return a text about a photo."""
    return _("“{name}”: {problem}").format(name=name, problem=text)


def shortened(lines: list[str]) -> list[str]:
    """Return lines for a message, which has room for some."""
    return lines[:_SHOWN] + ["…"] * (len(lines) > _SHOWN)
