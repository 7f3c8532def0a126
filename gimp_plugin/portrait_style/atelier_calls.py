"""The procedures without dialogs: check arguments, run, change the image in one undo step."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import atelier_layers as layers
from atelier_client import Answer, Progress, Worker
from atelier_controls import OUTPUTS, Request, absolute, checked_number
from atelier_edit import Edited
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_memory import remember
from atelier_pixels import Restyled, has_effects
from atelier_undo import one_step
from atelier_words import BadArgument, Problem, WorkerLost, _
from gi.repository import Gimp

MAX_STEPS = 10_000
SmallPhoto = tuple[int, int, bytes]  # width, height, float32 RGBA in sRGB
_log = logging.getLogger("portrait-style")
_SHARES = {"read": (0.0, 0.25), "photos": (0.25, 0.25), "restyle": (0.25, 0.7), "write": (0.7, 1.0)}


def checked_learning(config: Any) -> dict[str, Any]:
    """Check the arguments of learning; return the fields of the request."""
    folder, name = (config.get_property("folder") or "").strip(), (config.get_property("name") or "").strip()
    if not folder:
        raise BadArgument(_("folder must be a folder of finished photos."))
    if not name:
        raise BadArgument(_("name must be what the style shall be called."))
    steps = config.get_property("steps")
    checked_number("steps", steps, MAX_STEPS)
    way = "trained" if config.get_property("trained") else "instant"
    values = {"folder": absolute(folder), "name": name, "training": way, "steps": steps, "check_faces": True}
    content = absolute((config.get_property("content") or "").strip())
    return {**values, "content": content, "overwrite": config.get_property("overwrite")}


@dataclass(frozen=True)
class _Prepared:
    """A layer and its result.

    Attributes:
        source: the layer.
        new: a layer outside the image; None where pixels are replaced, which then wait in the shadow buffer; or the
            result itself, where that needs a changed image.
        region, title: mask and name of a new layer, as `Restyled` has them.
    """

    source: Any
    new: Any
    region: bytes | None
    title: str


@dataclass(frozen=True)
class Part:
    """A call that is one of several.

    Attributes:
        worker: theirs, in which a series is known already.
        show: called with the share of the call that is done, 0 to 1.
    """

    worker: Worker
    show: Callable[[float], None]


def restyle_layers(
    image: Any,
    drawables: list[Any],
    request: Request,
    told: Sequence[str] = (),
    *,
    edited: Sequence[Edited | None] = (),
    part: Part | None = None,
) -> list[str]:
    """Restyle layers; the image is changed only when all results are complete.

    Args:
        image: of the layers.
        drawables: the layers.
        request: what is done.
        told: remarks on how the style fits that the user has seen already.
        edited: the layers that get the results, in the order of the drawables, their sources; None for one that gets
            a new layer, or new pixels, and empty if all do.
        part: of a longer work, whose progress is shown; None for a call by itself.

    Returns:
        Notes for the user.

    Raises:
        Problem: it failed, and the image is unchanged.
    """
    layers.require_layers(image, drawables)
    edited = edited or [None] * len(drawables)
    without = [layer for layer, before in zip(drawables, edited, strict=True) if before is None]
    changed = [one.layer for one in edited if one] + (without if request.replaces else [])
    layers.require_writable(changed)
    if part is None:
        Gimp.progress_init(_("Portrait Style"))
    notes = layers.notes_of_replacement(without) if request.replaces else []
    becomes_color = request.rgb and image.get_base_type() == Gimp.ImageBaseType.GRAY
    prepared = _prepared_layers(image, drawables, request, becomes_color, edited, notes, told, part)
    started = time.perf_counter()
    with one_step(image):
        if becomes_color:
            image.convert_rgb()
        _commit(image, prepared, request, edited)
    Gimp.displays_flush()
    if part is None:
        Gimp.progress_end()
    _log.debug("seconds to insert: %.3f", time.perf_counter() - started)
    return notes


def _prepared_layers(
    image: Any,
    drawables: list[Any],
    request: Request,
    becomes_color: bool,
    edited: Sequence[Edited | None],
    notes: list[str],
    told: Sequence[str],
    part: Part | None,
) -> list[_Prepared]:
    """Return each layer with its result; results that need a changed image type or layer are converted later."""
    prepared: list[_Prepared] = []
    started = time.perf_counter()
    try:
        with _worker_of(part) as worker:
            _log.debug("seconds to connect: %.3f", time.perf_counter() - started)
            for layer in drawables if request.series and len(drawables) > 1 and part is None else ():
                with _named(layer, drawables):
                    layers.add_to_series(worker, image, layer, _no_progress)
            for number, (layer, before) in enumerate(zip(drawables, edited, strict=True)):
                asked = request if before is None else _as_new_layer(request)
                progress = _share_of_progress(number, len(drawables), part)
                with _named(layer, drawables):
                    result = layers.restyle(worker, image, layer, asked, progress, selects=before is None)
                said = result.notes + _of_layer(layer, drawables, result.remarks)
                notes += [note for note in said if note not in notes and note not in told]
                waits = becomes_color or before is not None or (request.replaces and has_effects(layer))
                new = result if waits else _prepared(image, layer, result, request, progress)
                prepared.append(_Prepared(layer, new, result.region, result.title))
        if request.replaces:
            without = [layer for layer, before in zip(drawables, edited, strict=True) if before is None]
            layers.require_writable(without)  # layers may have been locked meanwhile
    except BaseException:
        _discard(prepared)
        raise
    return prepared


@contextmanager
def _worker_of(part: Part | None) -> Iterator[Worker]:
    if part is not None:
        yield part.worker
        return
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        yield worker


@contextmanager
def _named(layer: Any, drawables: list[Any]):
    """Name the layer in a problem, if several layers are restyled."""
    try:
        yield
    except WorkerLost:
        raise
    except Problem as problem:
        if len(drawables) == 1:
            raise
        raise Problem(*_of_layer(layer, drawables, [str(problem)])) from problem


def _of_layer(layer: Any, drawables: list[Any], texts: list[str]) -> list[str]:
    """Name the layer in texts, if several layers are restyled."""
    if len(drawables) == 1:
        return texts
    return [_("“{name}”: {problem}").format(name=layer.get_name(), problem=text) for text in texts]


def _discard(prepared: list[_Prepared]) -> None:
    """Free unused results, since GIMP would keep layers until it ends."""
    for one in prepared:
        if isinstance(one.new, Restyled):
            one.new.close()
        elif one.new is not None:
            one.new.delete()


def _prepared(image: Any, layer: Any, result: Restyled, request: Request, progress: Callable) -> Any:
    """Create the result in GIMP, outside the image: a layer, or None for replaced pixels."""
    started = time.perf_counter()
    try:
        if request.replaces:
            return layers.prepare_replacement(layer, result, progress)
        return layers.new_layer(image, result, progress)
    finally:
        result.close()
        _log.debug("seconds to write: %.3f", time.perf_counter() - started)


def _commit(image: Any, prepared: list[_Prepared], request: Request, edited: Sequence[Edited | None]) -> None:
    selected = image.get_selected_layers() if request.replaces else []
    for one, before in zip(prepared, edited, strict=True):
        if before is not None:
            _renew(image, one, _as_new_layer(request), before)
            selected.append(before.layer)
        elif request.replaces:
            _replace(image, one, request)
        else:
            selected.append(_insert(image, one, request))
    if not all(edited):
        image.set_selected_layers(selected)


def _as_new_layer(request: Request) -> Request:
    """Return a request as a layer of ours remembers it: its pixels are ours, whatever others' become."""
    return replace(request, output=OUTPUTS[0])


def _replace(image: Any, one: _Prepared, request: Request) -> None:
    if has_effects(one.source):
        one.source.merge_filters()
    if isinstance(one.new, Restyled):
        _prepared(image, one.source, one.new, request, _no_progress)
    layers.finish_replacement(one.source)


def _insert(image: Any, one: _Prepared, request: Request) -> Any:
    """Insert a new layer, and return it."""
    new = one.new
    if isinstance(new, Restyled):
        new = _prepared(image, one.source, new, request, _no_progress)
    layers.insert_above(image, one.source, new, one.region)
    remember(new, one.source, request, one.title)
    return new


def _renew(image: Any, one: _Prepared, request: Request, before: Edited) -> None:
    try:
        layers.renew(image, before.layer, one.new, _no_progress)
    finally:
        one.new.close()
    if request.region != before.memory.request.region:
        layers.renew_mask(image, before.layer, one.source, one.region)
    if _is_named(before.layer, before.memory.title):
        before.layer.set_name(one.title)
    remember(before.layer, one.source, request, one.title)


def _is_named(layer: Any, title: str) -> bool:
    """Whether a layer has a name of ours still; GIMP adds a number to one that another layer has."""
    return re.fullmatch(rf"{re.escape(title)}( #\d+)?", layer.get_name()) is not None


def _share_of_progress(number: int, count: int, part: Part | None) -> Callable[[int, int, str], None]:
    """Return the progress of all layers for that of one."""
    tell = Gimp.progress_update if part is None else part.show

    def show(done: int, total: int, what: str) -> None:
        low, high = _SHARES.get(what, (0.25, 0.7))
        tell((number + low + (high - low) * done / max(total, 1)) / count)

    return show


def _no_progress(_done: int, _total: int, _what: str) -> None:
    """Do nothing: progress of short work."""


def list_styles(worker: Worker) -> list[str]:
    """Return the names of the installed styles."""
    return [style["name"] for style in worker.ask("styles")["styles"]]


def learn(worker: Worker, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Learn a style, with GIMP's progress bar.

    Returns:
        The result, and notes for the user.
    """
    shown = ""

    def show(done: int, total: int, what: str) -> None:
        nonlocal shown
        text = step_of_learning(done, total, what)
        if text != shown:
            shown = text
            Gimp.progress_set_text(text)
        Gimp.progress_update(done / max(total, 1))

    answer = ask_to_learn(worker, values, show)
    return answer.head, answer.notes


def ask_to_learn(
    worker: Worker,
    values: dict[str, Any],
    progress: Progress,
    interim: Callable[[Answer], Any] | None = None,
    photo: SmallPhoto | None = None,
) -> Answer:
    """Request to learn a style, from any thread; `interim` gets each style that can be used meanwhile.

    Args:
        worker: does it.
        values: the fields of the request.
        progress: called with (done, total, what).
        interim: called with what there is to show of each.
        photo: to show the style on; None for the sample portrait.

    Raises:
        Problem: it failed; the text says what to do, and what was kept.
    """
    trains = False

    def told(done: int, total: int, what: str) -> None:
        nonlocal trains
        trains = trains or what == "training"
        _log.debug("progress: %s %d/%d", what, done, total)
        progress(done, total, what)

    try:
        shown = {} if photo is None else {"sizes": [photo[:2]]}
        blobs = [] if photo is None else [photo[2]]
        return worker.ask("learn", {**values, **shown}, blobs, progress=told, interim=interim)
    except WorkerLost as lost:
        if not trains:
            raise
        kept = _("Training was saved on the way: Learn with the same folder and name goes on from there.")
        raise lost.but(kept) from lost


def step_of_learning(done: int, total: int, what: str) -> str:
    """Return the text of a step of learning."""
    if what == "training" and done:
        return _("Training, step {done} of {total}").format(done=done, total=total)
    if what == "photos" and done < total:
        return _("Reading photo {number} of {total}").format(number=done + 1, total=total)
    texts = {
        "photos": _("Reading the look of the photos"),
        "preparing": _("Preparing the training, which takes a minute or more"),
        "training": _("Training"),
    }
    return texts.get(what, _("Starting…"))
