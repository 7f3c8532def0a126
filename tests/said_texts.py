"""The errors and notes that stand in sources, as templates."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ERRORS = ("AtelierError", "PhotoError", "StyleError", "LearningError", "WeightsError", "WorkerError", "UploadError")


def template(node: ast.expr) -> str:
    """A text of the source with `{}` for what is filled in; empty for what is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join("{}" if isinstance(part, ast.FormattedValue) else template(part) for part in node.values)
    return ""


@cache
def said_in_sources(folder: Path, apart_from: tuple[str, ...] = ()) -> tuple[tuple[str, str], ...]:
    """(place, template) of each error and note under a folder, but for files whose paths begin with `apart_from`."""
    return tuple(_said(folder, apart_from))


def _said(folder: Path, apart_from: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder).as_posix()
        if place.startswith(apart_from or ("\0",)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            owner = getattr(getattr(node.func, "value", None), "id", getattr(node.func, "value", None))
            is_note = name == "append" and (owner == "notes" or getattr(owner, "attr", "") == "notes")
            if name in ERRORS or is_note:
                found = template(node.args[0])
                yield f"{place}:{node.lineno}", re.sub(r"^\{\}: ", "", found)


def without_names(text: str) -> str:
    """A catalog's template as `said_in_sources` gives it."""
    return re.sub(r"\{\w+\}", "{}", text)
