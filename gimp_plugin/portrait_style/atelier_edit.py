"""Edit Portrait Style: another style or other settings for layers that were restyled before, from their sources."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from atelier_controls import KEPT, Request, absolute, checked
from atelier_memory import Memory, memory_of, source_of
from atelier_words import Problem, _

_NUMBERS = ("strength", "variation", "protect_skin", "grain", "share")
_TEXTS = ("style", "region", "second")
_SWITCHES = ("even", "rgb", "series")


@dataclass(frozen=True)
class Edited:
    """A layer that is restyled anew: it, what it remembers, and its source."""

    layer: Any
    memory: Memory
    source: Any


def edited_layers(image: Any, drawables: list[Any]) -> list[Edited]:
    """Return the layers with what they remember.

    Raises:
        Problem: one remembers nothing, its source is gone, or some are of color tables and others are not.
    """
    if not drawables:
        raise Problem(_("No layer is selected. Select the layer that shall be changed."))
    found = []
    for layer in drawables:
        memory = memory_of(layer)
        if memory is None:
            text = _("“{name}” was not made by Portrait Style. Select a layer that was, or restyle it first.")
            raise Problem(text.format(name=layer.get_name()))
        found.append(Edited(layer, memory, source_of(image, layer, memory)))
    if len({one.memory.request.table for one in found}) > 1:
        raise Problem(_("Some of these layers have a style and others a color table. Change them one after the other."))
    return found


def restyled_before(image: Any, layers: list[Any]) -> list[tuple[Any, Edited | None]]:
    """Return what is restyled where a style takes the place of another, and not upon it.

    Returns:
        Each layer that is read, and the one that is made anew from it, which was in a style; None for a layer that was
        not, for one with a color table, and for one whose source is gone. A layer is left out beside one that was made
        from it.
    """
    found = []
    for layer in layers:
        memory, before = memory_of(layer), None
        if memory is not None and not memory.request.table:
            with suppress(Problem):
                before = Edited(layer, memory, source_of(image, layer, memory))
        found.append((layer if before is None else before.source, before))
    sources = {before.source.get_id() for _layer, before in found if before is not None}
    return [one for one in found if one[1] is not None or one[0].get_id() not in sources]


def fill_config(config: Any, request: Request) -> None:
    """Set the arguments of the procedure to what a layer remembers, for a dialog to begin with."""
    for name, value in asdict(request).items():
        if name not in ("output", "table"):
            config.set_property(name.replace("_", "-"), value)
    if request.table:
        config.set_property("table", request.style)


def changed_request(config: Any, before: Request, *, has_all: bool) -> Request:
    """Return what a layer remembers, with what the arguments change.

    Args:
        config: the arguments; numbers and texts that were left out change nothing.
        before: what the layer remembers.
        has_all: whether the switches hold too, which a call without a dialog cannot leave out.

    Raises:
        BadArgument: an argument is invalid.
    """
    given = {name: config.get_property(name.replace("_", "-")) for name in (*_NUMBERS, *_TEXTS, *_SWITCHES)}
    changes = {name: given[name] for name in _NUMBERS if given[name] != KEPT}
    changes |= {name: given[name].strip() for name in _TEXTS if (given[name] or "").strip()}
    changes |= {name: given[name] for name in _SWITCHES if has_all}
    if before.table:
        changes["style"] = (config.get_property("table") or "").strip() or before.style
    found = replace(before, **changes)
    return checked(replace(found, style=absolute(found.style), second=absolute(found.second)))
