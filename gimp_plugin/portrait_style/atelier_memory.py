"""What a styled layer remembers: its style and settings, and the layer it was made from; kept in XCF files."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from atelier_controls import Request, checked  # noqa: E402
from atelier_words import BadArgument, Problem, _  # noqa: E402
from gi.repository import Gimp  # noqa: E402

_MADE, _SOURCE = "portrait-atelier-style", "portrait-atelier-source"
_VERSION = 1
_PERSISTENT_AND_UNDOABLE = 1 | 2


@dataclass(frozen=True)
class Memory:
    """What a layer was made with.

    Attributes:
        request: the style and its settings.
        source: the mark of the layer it was made from.
        source_name: what that layer was called.
        title: what the new layer was called; the user may have renamed it since.
    """

    request: Request
    source: str
    source_name: str
    title: str


def remember(layer: Any, source: Any, request: Request, title: str) -> None:
    """Let a layer remember what it was made with, and mark its source; both are undone with the layer."""
    mark = _mark_of(source)
    if mark is None:
        mark = uuid.uuid4().hex
        _attach(source, _SOURCE, mark)
    made = {"version": _VERSION, "request": asdict(request), "source": mark, "source_name": source.get_name()}
    _attach(layer, _MADE, json.dumps({**made, "title": title}))


def memory_of(layer: Any) -> Memory | None:
    """Return what a layer was made with; None if it is not one of ours, of a newer version, or nothing we would write.

    Files come from others, who may have written anything there.
    """
    text = _read(layer, _MADE)
    try:
        values = json.loads(text or "")
        if values["version"] != _VERSION:
            return None
        source, source_name, title = (_plain(values[name]) for name in ("source", "source_name", "title"))
        return Memory(_request_of(values["request"]), source, source_name, title)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadArgument):
        return None


def _request_of(values: dict[str, Any]) -> Request:
    """Return a request from JSON values.

    Raises:
        ValueError, TypeError, BadArgument: a value is none that the filter takes.
    """
    kinds = {field.name: type(field.default) for field in fields(Request)}
    found = {name: value for name, value in values.items() if name in kinds}
    for name, value in found.items():
        wanted = (int, float) if kinds[name] is float else kinds[name]
        if not isinstance(value, wanted) or isinstance(value, bool) != (kinds[name] is bool):
            raise TypeError(f"{name} must be {kinds[name].__name__}, got {type(value).__name__}")
        if kinds[name] is str:
            _plain(value)
    if not found.get("style"):
        raise ValueError("style must not be empty")
    return checked(Request(**found))


def _plain(text: Any) -> str:
    """Return a text that GIMP can show."""
    if not isinstance(text, str) or "\0" in text:
        raise TypeError("must be a text without zeros")
    text.encode()  # refuses halves of characters
    return text


def source_of(image: Any, layer: Any, memory: Memory) -> Any:
    """Return the layer that another was made from.

    Raises:
        Problem: it is not in the image any more.
    """
    for other in _layers_in(image.get_layers()):
        if other.get_id() != layer.get_id() and _mark_of(other) == memory.source:
            return other
    text = _("“{name}” was made from the layer “{source}”, which is not in this image any more. Restyle another layer.")
    raise Problem(text.format(name=layer.get_name(), source=memory.source_name))


def _layers_in(layers: list[Any]) -> Iterator[Any]:
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from _layers_in(layer.get_children())


def _mark_of(layer: Any) -> str | None:
    return _read(layer, _SOURCE)


def _attach(layer: Any, name: str, text: str) -> None:
    layer.attach_parasite(Gimp.Parasite.new(name, _PERSISTENT_AND_UNDOABLE, text.encode()))


def _read(layer: Any, name: str) -> str | None:
    parasite = layer.get_parasite(name)
    if parasite is None:
        return None
    return bytes(parasite.get_data()).decode("utf-8", errors="replace").rstrip("\0")
