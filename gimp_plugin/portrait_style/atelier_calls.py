"""The procedures without dialogs: check arguments, run, change the image in one undo step."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import atelier_layers as layers
from atelier_client import Answer, Progress, Worker
from atelier_endpoint import Installation
from atelier_finding import connect
from atelier_layers import Request
from atelier_pixels import Restyled, has_effects
from atelier_words import BadArgument, Problem, WorkerLost, _
from gi.repository import Gimp

MAX_STRENGTH, MAX_VARIATION, MAX_STEPS = 1.5, 2**31 - 1, 10_000
OUTPUTS = ("new-layer", "replace")
_log = logging.getLogger("portrait-style")
_SHARES = {"read": (0.0, 0.25), "photos": (0.25, 0.25), "restyle": (0.25, 0.7), "write": (0.7, 1.0)}


def checked_request(config: Any) -> Request:
    """Check the arguments of the filter.

    Raises:
        BadArgument: an argument is invalid.
    """
    style = (config.get_property("style") or "").strip()
    strength, variation = config.get_property("strength"), config.get_property("variation")
    output = config.get_property("output")
    if not style:
        raise BadArgument(_("style must be the name of a style, a style file, a photo or a folder of photos."))
    if not (math.isfinite(strength) and 0 <= strength <= MAX_STRENGTH):
        raise BadArgument(_("strength must be 0 to 1.5, got {value}.").format(value=f"{strength:g}"))
    if not 0 <= variation <= MAX_VARIATION:
        raise BadArgument(_("variation must be 0 to 2147483647, got {value}.").format(value=variation))
    if output not in OUTPUTS:
        raise BadArgument(_("output must be “new-layer” or “replace”, got “{value}”.").format(value=output))
    rgb, series = config.get_property("rgb"), config.get_property("series")
    return Request(absolute(style), strength, variation, output, rgb, series)


def checked_learning(config: Any) -> dict[str, Any]:
    """Check the arguments of learning; return the fields of the request."""
    folder, name = (config.get_property("folder") or "").strip(), (config.get_property("name") or "").strip()
    if not folder:
        raise BadArgument(_("folder must be a folder of finished photos."))
    if not name:
        raise BadArgument(_("name must be what the style shall be called."))
    steps = config.get_property("steps")
    if not 0 <= steps <= MAX_STEPS:
        raise BadArgument(_("steps must be 0 to 10000, got {value}.").format(value=steps))
    way = "trained" if config.get_property("trained") else "instant"
    values = {"folder": absolute(folder), "name": name, "training": way, "steps": steps}
    return {**values, "overwrite": config.get_property("overwrite")}


def absolute(text: str) -> str:
    """Return an existing path as absolute, since the worker has another working directory; else the text."""
    expanded = os.path.expanduser(text)
    return os.path.abspath(expanded) if os.path.exists(expanded) else text


def restyle_layers(image: Any, drawables: list[Any], request: Request) -> None:
    """Restyle layers; the image is changed only when all results are complete.

    Raises:
        Problem: it failed, and the image is unchanged.
    """
    layers.require_layers(image, drawables)
    if request.replaces:
        layers.require_writable(drawables)
    Gimp.progress_init(_("Portrait Style"))
    notes = layers.notes_of_replacement(drawables) if request.replaces else []
    becomes_color = request.rgb and image.get_base_type() == Gimp.ImageBaseType.GRAY
    prepared = _prepared_layers(image, drawables, request, becomes_color, notes)
    started = time.perf_counter()
    with _one_step(image):
        if becomes_color:
            image.convert_rgb()
        _commit(image, prepared, request)
    Gimp.displays_flush()
    Gimp.progress_end()
    _log.debug("seconds to insert: %.3f", time.perf_counter() - started)
    if notes:
        Gimp.message("\n".join(notes))


def _prepared_layers(
    image: Any, drawables: list[Any], request: Request, becomes_color: bool, notes: list[str]
) -> list[tuple[Any, Any]]:
    """Return each layer with its result; results that need a changed image type are converted later."""
    prepared = []
    started = time.perf_counter()
    try:
        with connect(Installation.read(), Gimp.progress_pulse) as worker:
            _log.debug("seconds to connect: %.3f", time.perf_counter() - started)
            for layer in drawables if request.series and len(drawables) > 1 else ():
                with _named(layer, drawables):
                    layers.add_to_series(worker, image, layer, _no_progress)
            for number, layer in enumerate(drawables):
                progress = _share_of_progress(number, len(drawables))
                with _named(layer, drawables):
                    result, said = layers.restyle(worker, image, layer, request, progress)
                notes += [note for note in said if note not in notes]
                waits = becomes_color or (request.replaces and has_effects(layer))
                prepared.append((layer, result if waits else _prepared(image, layer, result, request, progress)))
        if request.replaces:
            layers.require_writable(drawables)  # layers may have been locked meanwhile
    except BaseException:
        _discard(prepared)
        raise
    return prepared


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
        raise Problem(_("“{name}”: {problem}").format(name=layer.get_name(), problem=problem)) from problem


def _discard(prepared: list[tuple[Any, Any]]) -> None:
    """Free unused results, since GIMP would keep layers until it ends."""
    for _layer, new in prepared:
        if isinstance(new, Restyled):
            new.close()
        elif new is not None:
            new.delete()


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


def _commit(image: Any, prepared: list[tuple[Any, Any]], request: Request) -> None:
    selected = image.get_selected_layers()
    for layer, new in prepared:
        if request.replaces and has_effects(layer):
            layer.merge_filters()
        if isinstance(new, Restyled):
            new = _prepared(image, layer, new, request, _no_progress)
        if request.replaces:
            layers.finish_replacement(layer)
        else:
            layers.insert_above(image, layer, new)
    image.set_selected_layers(selected)


@contextmanager
def _one_step(image: Any):
    """Group changes to one undo step."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def _share_of_progress(number: int, count: int) -> Callable[[int, int, str], None]:
    """Return the progress of all layers for that of one."""

    def show(done: int, total: int, what: str) -> None:
        low, high = _SHARES.get(what, (0.25, 0.7))
        Gimp.progress_update((number + low + (high - low) * done / max(total, 1)) / count)

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


def ask_to_learn(worker: Worker, values: dict[str, Any], progress: Progress) -> Answer:
    """Request to learn a style, from any thread.

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
        return worker.ask("learn", values, progress=told)
    except WorkerLost as lost:
        if not trains:
            raise
        kept = _("Training was saved on the way: Learn with the same folder and name goes on from there.")
        raise WorkerLost(f"{lost}\n{kept}") from lost


def step_of_learning(done: int, total: int, what: str) -> str:
    """Return the text of a step of learning."""
    if what == "training" and done:
        return _("Training, step {done} of {total}").format(done=done, total=total)
    texts = {"photos": _("Reading photos"), "training": _("Training")}
    return texts.get(what, _("Starting…"))
