"""The procedures without their dialogs: arguments are checked, the work is done, the image changes in one step."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import atelier_layers as layers
from atelier_client import Worker
from atelier_finding import connect
from atelier_layers import Request, Restyled
from atelier_meeting import Installation
from atelier_words import BadArgument, _
from gi.repository import Gimp

MAX_STRENGTH, MAX_VARIATION = 1.5, 2**31 - 1
OUTPUTS = ("new-layer", "replace")
_log = logging.getLogger("portrait-style")
_SHARES = {"read": (0.0, 0.25), "photos": (0.25, 0.25), "restyle": (0.25, 0.7), "write": (0.7, 1.0)}


def checked_request(config: Any) -> Request:
    """The arguments of the filter.

    Raises:
        BadArgument: one cannot be used.
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
    """The arguments of learning, as the worker wants them."""
    folder, name = (config.get_property("folder") or "").strip(), (config.get_property("name") or "").strip()
    if not folder:
        raise BadArgument(_("folder must be a folder of finished photos."))
    if not name:
        raise BadArgument(_("name must be what the style shall be called."))
    way = "trained" if config.get_property("trained") else "instant"
    return {"folder": absolute(folder), "name": name, "training": way, "overwrite": config.get_property("overwrite")}


def absolute(text: str) -> str:
    """A path that exists, seen from here, in full, since the worker lives in another folder; else the text itself."""
    expanded = os.path.expanduser(text)
    return os.path.abspath(expanded) if os.path.exists(expanded) else text


def restyle_layers(image: Any, drawables: list[Any], request: Request) -> None:
    """Restyle layers; the image is touched only when every result is complete.

    Raises:
        Problem: it was not done, and the image is as it was.
    """
    layers.require_layers(image, drawables)
    if request.output == "replace":
        layers.require_writable(drawables)
    Gimp.progress_init(_("Portrait Style"))
    becomes_color = request.rgb and image.get_base_type() == Gimp.ImageBaseType.GRAY
    notes: list[str] = []
    prepared: list[tuple[Any, Any]] = []
    started = time.perf_counter()
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        _log.debug("seconds to connect: %.3f", time.perf_counter() - started)
        for layer in drawables if request.series and len(drawables) > 1 else ():
            layers.add_to_series(worker, image, layer, _unseen)
        for number, layer in enumerate(drawables):
            progress = _share_of_progress(number, len(drawables))
            result, said = layers.restyle(worker, image, layer, request, progress)
            notes += [note for note in said if note not in notes]
            prepared.append((layer, result if becomes_color else _prepared(image, layer, result, request, progress)))
    started = time.perf_counter()
    with _one_step(image):
        if becomes_color:
            image.convert_rgb()
            prepared = [(layer, _prepared(image, layer, result, request, _unseen)) for layer, result in prepared]
        _commit(image, prepared, request)
    Gimp.displays_flush()
    Gimp.progress_end()
    _log.debug("seconds to insert: %.3f", time.perf_counter() - started)
    if notes:
        Gimp.message("\n".join(notes))


def _prepared(image: Any, layer: Any, result: Restyled, request: Request, progress: Callable) -> Any:
    """The result in GIMP, not yet in the image: a layer, or None for pixels that wait to replace others."""
    started = time.perf_counter()
    try:
        if request.output == "new-layer":
            return layers.new_layer(image, layer, result, progress)
        return layers.prepare_replacement(layer, result, progress)
    finally:
        result.close()
        _log.debug("seconds to write: %.3f", time.perf_counter() - started)


def _commit(image: Any, prepared: list[tuple[Any, Any]], request: Request) -> None:
    selected = image.get_selected_layers()
    for layer, new in prepared:
        if request.output == "new-layer":
            layers.insert_above(image, layer, new)
        else:
            layers.finish_replacement(layer)
    image.set_selected_layers(selected)


@contextmanager
def _one_step(image: Any):
    """What is done in here is one step of undo."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def _share_of_progress(number: int, count: int) -> Callable[[int, int, str], None]:
    """How far one layer of several is, shown as how far everything is."""

    def show(done: int, total: int, what: str) -> None:
        low, high = _SHARES.get(what, (0.25, 0.7))
        Gimp.progress_update((number + low + (high - low) * done / max(total, 1)) / count)

    return show


def _unseen(_done: int, _total: int, _what: str) -> None:
    """Progress of what takes no time to speak of."""


def list_styles(worker: Worker) -> list[str]:
    """The names of the installed styles."""
    return [style["name"] for style in worker.ask("styles")["styles"]]


def learn(worker: Worker, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Learn a style, with GIMP's progress bar.

    Returns:
        What was learnt, and what the user should know.
    """
    texts = {
        "photos": _("Reading photos"),
        "faces": _("Finding faces"),
        "training": _("Training"),
    }
    shown = ""

    def show(done: int, total: int, what: str) -> None:
        nonlocal shown
        if what != shown:
            shown = what
            Gimp.progress_set_text(texts.get(what, what))
        Gimp.progress_update(done / max(total, 1))

    answer = worker.ask("learn", values, progress=show)
    return answer.head, answer.notes
