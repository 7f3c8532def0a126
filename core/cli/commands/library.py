"""The commands of the library of styles: styles, show, add, rename, remove, blend."""

from __future__ import annotations

import json
from pathlib import Path

from rich.cells import cell_len
from rich.table import Table

from ...errors import StyleError
from ...languages import for_terminal
from ...learning.resolve import open_entry, resolve_style
from ...reports.words import KIND_NAMES, score_lines, stored_facts, style_facts
from ...styles.cover import with_cover
from ...styles.library import StyleEntry, add_style, list_styles, remove_style, rename_style, style_target
from ...styles.style import Style, blend_styles, description_of
from ...styles.style_file import save_style
from ...texts import Text, printable
from .console import fail, out, say, say_path

_LABELS = 29  # columns


def run_styles(*, as_json: bool) -> None:
    """Print the installed styles."""
    loaded = [(entry, _load_or_say(entry)) for entry in list_styles()]
    if as_json:
        out.print_json(json.dumps([_as_object(entry, style) for entry, style in loaded]))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(for_terminal(Text("style")), no_wrap=True, overflow="fold")  # on one line, to be copied
    for column in (Text("from"), Text("kind"), Text("photos"), Text("description")):
        table.add_column(for_terminal(column), overflow="fold")
    for entry, style in loaded:
        if style is not None:
            photos = str(style.num_photos) if style.num_photos else ""
            kind, description = for_terminal(KIND_NAMES[style.kind]), for_terminal(description_of(style))
            table.add_row(printable(entry.name, on_one_line=True), entry.origin, kind, photos, description)
    out.print(table)


def run_show(text: str, *, plot: Path | None = None, as_json: bool = False, overwrite: bool = False) -> None:
    """Print the facts of a style; as JSON, those that are stored."""
    style = resolve_style(text)
    if as_json:
        out.print_json(json.dumps(stored_facts(style)))
    else:
        _print_facts(style)
    if plot is not None:
        from ...reports.score_plot import write_score_plot  # imports cv2

        write_score_plot(style, plot, overwrite=overwrite)
        if not as_json:
            say_path(str(plot))


def _print_facts(style: Style) -> None:
    facts = {for_terminal(label): fact for label, fact in style_facts(style).items()}
    width = max(_LABELS, *(cell_len(f"{label}: ") for label in facts))
    for label, fact in facts.items():
        start = f"{label}:" if label else ""
        say("{start}{space}{fact}", start=start, space=" " * (width - cell_len(start)), fact=fact)
    for line in score_lines(style):
        say(line)


def run_add(file: Path, *, name: str | None, input_space: str | None, overwrite: bool) -> None:
    """Copy a style file into the library, or make a style of a color table."""
    entry = add_style(file, name=name, input_space=input_space, overwrite=overwrite)
    say("{name}: {path}", name=entry.name, path=entry.path)


def run_rename(name: str, new_name: str, *, overwrite: bool) -> None:
    """Rename one of the user's own styles."""
    entry = rename_style(name, new_name, overwrite=overwrite)
    say("{name}: {path}", name=entry.name, path=entry.path)


def run_remove(name: str) -> None:
    """Delete one of the user's own styles."""
    say("removed {path}", path=remove_style(name))


def run_blend(first: str, second: str, weight: float, name: str, *, output: Path | None, overwrite: bool) -> None:
    """Blend two styles to a new one."""
    target = style_target(name, output, overwrite=overwrite)
    style = with_cover(blend_styles(resolve_style(first), resolve_style(second), weight, name))
    say("{name}: {path}", name=name, path=save_style(style, target, overwrite=overwrite))


def _load_or_say(entry: StyleEntry) -> Style | None:
    try:
        return open_entry(entry)
    except StyleError as error:
        fail(error)
        return None


def _as_object(entry: StyleEntry, style: Style | None) -> dict[str, object]:
    known = {} if style is None else {"kind": style.kind, "photos": style.num_photos, "description": style.description}
    return {"name": entry.name, "path": str(entry.path), "origin": entry.origin, "usable": style is not None, **known}
