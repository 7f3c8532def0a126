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
    widgets, values = list(_widgets(info)), node.get("widgets_values", [])
    assert len(values) <= len(widgets), f"{node['type']}: {widgets} {values}"
    later = [default for _, default in widgets[len(values) :]]  # of inputs that are younger than the workflow
    inputs = {name: value for (name, _), value in zip(widgets, [*values, *later], strict=True) if name}
    linked = {entry["name"]: sources[entry["link"]] for entry in node["inputs"] if entry.get("link") is not None}
    return {"class_type": node["type"], "inputs": {**inputs, **linked}}


def _widgets(info: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and defaults in the order of saved values; no name for a value of no input, such as an upload button's."""
    given = info["input"]
    for name, (kind, *options) in {**given.get("required", {}), **given.get("optional", {})}.items():
        if isinstance(kind, list) or kind in _WIDGETS:
            extra = options[0] if options else {}
            yield name, extra.get("default")
            if any(extra.get(key) for key in ("image_upload", "video_upload", "control_after_generate")):
                yield "", None
