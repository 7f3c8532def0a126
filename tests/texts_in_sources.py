"""Texts for users in the sources, found by their syntax trees, and their catalogs."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "comfy_nodes", "gimp_plugin", "panel")
SHOWN = ("BadParameter", "echo", "print", "error_card", "quiet_card", "Error", "Info", "Warning")  # finished texts
PROGRAM = "atelier: "  # stands before what went wrong, in every language
SAY = ("say", "note", "fail", "progress_bar")  # of the terminal
_NAME, _START = re.compile(r"[a-z]+(\.[a-z_\- \d]+)*"), re.compile(r"[a-z]+\.")  # of a text of the panel's page
_ROW = frozenset(("first", "rest"))
SUBJECT = re.compile(r"\{(\w+)(?:![rs])?\}: ")


@dataclass(frozen=True)
class Said:
    """One text of the sources.

    Attributes:
        place: its file, from the root, and line.
        template: the literal; of the panel's page, a name.
        one: the same for a count of 1, or None.
        values: names of the values; None if passed on as `**values`.
    """

    place: str
    template: str
    one: str | None = None
    values: frozenset[str] | None = None

    @property
    def room(self) -> str:
        return self.place.split("/")[0]

    @property
    def key(self) -> str:
        """The key in a catalog."""
        return SUBJECT.sub("", self.template, count=1) if SUBJECT.match(self.template) else self.template


def sources() -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every module of ours; the plug-in itself has GIMP's gettext."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if not place.startswith("gimp_plugin/portrait_style/"):
                yield place, ast.parse(path.read_text(encoding="utf-8"))


def error_classes() -> frozenset[str]:
    """Return AtelierError and its subclasses."""
    bases = {
        node.name: {getattr(base, "id", "") for base in node.bases}
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"AtelierError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def said_in_sources() -> tuple[list[Said], list[str]]:
    """Return all templates, and the places that use a formatted English text instead."""
    makers, said, finished = {*error_classes(), *SAY, "Text"}, [], []
    for place, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            where, name = f"{place}:{node.lineno}", getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in makers:
                found = _said(where, node)
                said += [found] if found else []
                finished += [where] if has_words(node.args[0]) and found is None else []
            elif name == "joined":
                said += [Said(where, row.value, None, _ROW) for row in node.args[1:] if isinstance(row, ast.Constant)]
            elif name in SHOWN or _keeps_texts(node, name):
                finished += [f"{where}" for argument in node.args if has_words(argument)]
    return said, finished


def has_words(node: ast.expr) -> bool:
    """Whether an expression contains a literal with letters, outside of calls."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(re.search(r"[^\W\d_]", node.value.removeprefix(PROGRAM)))
    if isinstance(node, ast.JoinedStr):
        return any(has_words(part) for part in node.values)
    if isinstance(node, ast.IfExp):
        return has_words(node.body) or has_words(node.orelse)
    if isinstance(node, ast.BinOp):
        return has_words(node.left) or has_words(node.right)
    return isinstance(node, ast.FormattedValue) and has_words(node.value)


def fields(template: str) -> set[str]:
    """Return the fields of a template with conversion and format: "name!r", "size:.1f"."""
    parts = Formatter().parse(template)
    return {
        f"{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}"
        for _, name, spec, conversion in parts
        if name is not None
    }


def needs_translation(template: str) -> bool:
    """Whether a template has words apart from its fields."""
    return any(re.search(r"[^\W\d_]", text) for text, *_ in Formatter().parse(template))


def _said(where: str, node: ast.Call) -> Said | None:
    first = node.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    one = given.pop("one", None)
    given.pop("shown", None)  # of a progress bar
    values = None if None in given else frozenset(name for name in given if name)
    return Said(where, first.value, one.value if isinstance(one, ast.Constant) else None, values)


def _keeps_texts(node: ast.Call, name: str) -> bool:
    """Whether a call adds texts to notes, warnings, problems or causes."""
    owner = getattr(node.func, "value", None)
    of_notes = getattr(owner, "id", getattr(owner, "attr", "")) in ("notes", "warnings", "problems", "causes")
    return of_notes and name in ("append", "extend")


@cache
def named_in_sources() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the names of the page's texts in the panel, and patterns of composed names."""
    exact, patterns = set(), []
    for place, tree in sources():
        if not place.startswith("panel/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
                exact.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values]
                patterns += [re.compile("".join(parts))] if _START.match(node.values[0].value) else []
    names = set(json.loads((ROOT / "panel" / "locale" / "en.json").read_text(encoding="utf-8")))
    return frozenset(exact & names), tuple(patterns)
