"""The styles that the Try tab offers: those of the library, and those of trainings, from the first look on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.styles.cover import cover_path
from ..core.styles.style_file import load_style, style_hash
from .context import TRAINING, Panel
from .library_changes import known_styles
from .words import Words

NONE = "—"  # no second style


@dataclass(frozen=True)
class StyleChoices:
    """What there is to choose from.

    Attributes:
        styles: each one's value, its name for people, the path of its cover, and whether it takes seconds, as painting
            does.
        kept: names of styles of the library by the values that they had before.
    """

    styles: list[tuple[str, str, str, bool]]
    kept: dict[str, str]


def known_choices(panel: Panel, token: str, folder: Path, words: Words) -> StyleChoices:
    """List the styles of trainings that are not in the library, the newest first, then those of the library.

    Args:
        panel: the panel.
        token: of the browser, whose trainings are listed.
        folder: for covers, of the browser tab.
        words: texts in the language of the page.
    """
    known = known_styles()
    own = {style_hash(style): entry.name for entry, style in known if entry.origin == "library"}
    found = [(entry.name, entry.name, cover_path(style, folder), style.pixel is not None) for entry, style in known]
    kept: dict[str, str] = {}
    not_kept = []
    for training in panel.store.all(panel.owner(token)):
        if not training.has_style:
            continue
        style, value = load_style(training.style_path), f"{TRAINING}{training.key}"
        name = own.get(style_hash(style))
        if name is None:
            shown = words("try.not_kept", name=training.request.name)
            not_kept.append((value, shown, cover_path(style, folder), style.pixel is not None))
        else:
            kept[value] = name
    return StyleChoices([*reversed(not_kept), *found], kept)


def second_choices(listed: StyleChoices, second: str | None) -> gr.Dropdown:
    """Return the update of the choice of a second style: those of the library, none where the chosen one is gone."""
    others = [(NONE, ""), *[(name, value) for value, name, _, _ in listed.styles if not value.startswith(TRAINING)]]
    is_gone = second not in [value for _, value in others]
    mixed: dict[str, Any] = {"value": ""} if is_gone else {}
    return gr.Dropdown(choices=others, **mixed)
