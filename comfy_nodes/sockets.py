"""The socket of styles, the category, and fields that older versions of ComfyUI lack."""

from __future__ import annotations

import inspect
from typing import Any

from comfy_api.latest import io

CATEGORY = "Portrait Atelier"
StyleSocket = io.Custom("ATELIER_STYLE")


def schema(node_id: str, display_name: str, *, search_aliases: list[str], **known: Any) -> io.Schema:
    """Declare a node, without fields that this ComfyUI's `io.Schema` lacks."""
    if "search_aliases" in inspect.signature(io.Schema).parameters:
        known["search_aliases"] = search_aliases
    return io.Schema(node_id=node_id, display_name=display_name, category=CATEGORY, **known)


def advanced(kind: Any, name: str, **known: Any) -> Any:
    """Declare an input of the advanced section; the front end decides, which may be newer than this ComfyUI."""
    if "advanced" in inspect.signature(kind.__init__).parameters:
        return kind(name, advanced=True, **known)
    declared = kind(name, **known)
    declared.extra_dict["advanced"] = True
    return declared


def first(values: Any) -> Any:
    """Return the value of a widget of a node with list inputs, which ComfyUI wraps into a list."""
    return values[0] if isinstance(values, list) and values else values
