"""Saved workflows (what the canvas keeps) as prompts (what is queued), for tests without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_NOTES = {"Note", "MarkdownNote"}
_WIDGETS = {"COMBO", "INT", "FLOAT", "STRING", "BOOLEAN"}


def prompt_of(workflow: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Translate a workflow; `known` is what /object_info answers."""
    sources = {link[0]: [str(link[1]), link[2]] for link in workflow["links"]}
    nodes = [node for node in workflow["nodes"] if node["type"] not in _NOTES]
    return {str(node["id"]): _prompt_node(node, known[node["type"]], sources) for node in nodes}


def _prompt_node(node: dict[str, Any], info: dict[str, Any], sources: dict[int, list[Any]]) -> dict[str, Any]:
    names = list(_widget_names(info))
    values = node["widgets_values"]
    assert len(names) == len(values), f"{node['type']}: {names} {values}"
    inputs = {name: value for name, value in zip(names, values, strict=True) if name}
    linked = {entry["name"]: sources[entry["link"]] for entry in node["inputs"] if entry.get("link") is not None}
    return {"class_type": node["type"], "inputs": {**inputs, **linked}}


def _widget_names(info: dict[str, Any]) -> Iterator[str]:
    """In the order of saved values; an empty name for a value that belongs to no input, such as an upload button's."""
    given = info["input"]
    for name, (kind, *options) in {**given.get("required", {}), **given.get("optional", {})}.items():
        if isinstance(kind, list) or kind in _WIDGETS:
            yield name
            extra = options[0] if options else {}
            if any(extra.get(key) for key in ("image_upload", "video_upload", "control_after_generate")):
                yield ""
