"""The large preview of the Try tab as HTML: the picture, its tools, the strip of photos, the wall of styles.

`try_stage.js`, `try_mask.js` and `try_styles.js` bring it to life. What the server tells them comes by feeds, which are
components that show nothing; what they ask is an event of the stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from .masks import MASK_PARTS, MOST_FEATHER
from .words import Words

_ASKED = "['choose', 'pick', 'restore', 'spot', 'mask', 'region', 'covers']"  # events of the stage
_JOIN = (
    f"for (const name of {_ASKED}) element.addEventListener(`pa-${{name}}`, (event) => trigger(name, event.detail));"
)
_START = "const start = () => window.atelier.start(element); watch('value', start); start();"
_ICONS = {
    "before": '<path d="M12 3v18M4 6h5v12H4zM15 6h5v12h-5z"/>',
    "loupe": '<circle cx="10" cy="10" r="6"/><path d="M14.5 14.5 21 21M10 7v6M7 10h6"/>',
    "full": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
    "undo": '<path d="M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3"/>',
    "redo": '<path d="m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3"/>',
    "mask": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "own": '<path d="M4 8h9M17 8h3M4 16h3M11 16h9"/><circle cx="15" cy="8" r="2"/><circle cx="9" cy="16" r="2"/>',
    "files": '<path d="M12 6v12M6 12h12"/><rect x="3" y="3" width="18" height="18" rx="3"/>',
    "keys": '<path d="M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18h.01"/>',
}
_SWITCHES = ("before", "loupe", "full", "mask", "keys")
_KEYS = {"before": "\\", "loupe": "Z", "full": "F", "undo": "Ctrl+Z", "redo": "Ctrl+Y", "mask": "M", "keys": "?"}
_WORDS = {"files": "add"}
_MARKS = (("stage.masked", "mask"), ("stage.own", "own"))  # words and icon of what a photo has
_LISTED = (  # keys and the names of their words
    ("← →", "keys.photo"), ("↑ ↓", "keys.style"), ("\\", "keys.before"), ("Z", "keys.loupe"), ("F", "keys.full"),
    ("M", "keys.mask"), ("[ ]", "keys.brush"), ("Ctrl+Z", "keys.undo"), ("Ctrl+Y", "keys.redo"), ("?", "keys.keys"),
)  # fmt: skip


def stage() -> gr.HTML:
    """Make the component of the preview, empty."""
    return gr.HTML(padding=False, apply_default_css=False, elem_id="try-slider", js_on_load=_JOIN + _START)


def feed(name: str) -> gr.HTML:
    """Make a component that tells the scripts of the page what it is given, and shows nothing."""
    tell = (
        f"const tell = () => props.value && window.atelier.tell('{name}', props.value); watch('value', tell); tell();"
    )
    return gr.HTML(html_template="<i></i>", js_on_load=tell, padding=False, elem_classes="pa-feed")


def address(path: Path | str) -> str:
    """Return the address of a file in the folder of the browser tab."""
    return f"gradio_api/file={path}"


def stage_html(words: Words) -> str:
    """Return the preview without a photo, in the language of the page."""
    left = _button("before", words) + _button("loupe", words) + _button("full", words) + _button("mask", words)
    right = _button("files", words) + _button("undo", words) + _button("redo", words) + _button("keys", words)
    return (
        f'<div class="pa-stage" data-view="fit"><div class="pa-bar-of-tools" role="toolbar" '
        f'aria-label="{_said(words, "stage.tools")}">{left}<output class="pa-name"></output>{right}</div>'
        f"{_mask_tools(words)}"
        f'<div class="pa-view" tabindex="0" role="group" aria-label="{_said(words, "stage.how")}">'
        f'<div class="pa-photo" hidden><img class="pa-before" alt="{_said(words, "judge.before")}">'
        f'<img class="pa-near-before" alt="" hidden><img class="pa-after" alt="{_said(words, "judge.after")}">'
        f'<img class="pa-near-after" alt="" hidden>'
        f'<canvas class="pa-paint" tabindex="0" role="application" aria-label="{_said(words, "mask.how")}" hidden>'
        "</canvas></div>"
        f'<i class="pa-ring" hidden></i>{_divider(words)}'
        f'<div class="pa-empty"><p>{escape(words("try.hint"))}</p>'
        f'<button type="button" class="pa-tool pa-wide" data-do="files">{escape(words("stage.files"))}</button></div>'
        f'<p class="pa-busy" role="status" data-said="{_said(words, "stage.busy")}"></p>'
        f'<p class="pa-told" role="status"></p></div>{_keys_list(words)}</div>'
    )


def strip_html(
    photos: Sequence[tuple[str, Path]], chosen: int, marks: Sequence[tuple[bool, bool]], words: Words
) -> str:
    """Return the strip of photos; empty for one alone.

    Args:
        photos: each one's name and thumbnail.
        chosen: index of the one that is shown.
        marks: whether each has a mask, and settings of its own.
        words: texts in the language of the page.
    """
    if len(photos) < 2:
        return ""
    buttons = []
    for number, ((name, thumbnail), marked) in enumerate(zip(photos, marks, strict=True)):
        found = [mark for mark, is_there in zip(_MARKS, marked, strict=True) if is_there]
        said = ", ".join([name, *(words(key) for key, _ in found)])
        mark = "".join(
            f'<svg class="pa-mark" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[i]}</svg>' for _, i in found
        )
        state = ' aria-current="true"' if number == chosen else ""
        buttons.append(
            f'<button type="button" class="thumbnail-item" data-index="{number}"{state} title="{escape(said, True)}" '
            f'aria-label="{escape(said, True)}"><img src="{escape(address(thumbnail), True)}" alt="" loading="lazy">'
            f"{mark}</button>"
        )
    return f'<div class="pa-strip" role="group" aria-label="{_said(words, "try.photos")}">{"".join(buttons)}</div>'


def wall_html(words: Words) -> str:
    """Return the wall of styles, empty, in the language of the page."""
    data = " ".join(
        f'data-{name}="{escape(words(f"wall.{name}", name="{name}"), quote=True)}"'
        for name in ("star", "unstar", "none", "recent")
    )
    return (
        f'<div class="pa-wall" {data}><div class="pa-wall-head"><label>{escape(words("try.gallery"))}'
        f'<input type="search" placeholder="{_said(words, "wall.search")}" autocomplete="off" spellcheck="false">'
        f'</label><button type="button" class="pa-tool pa-stars" aria-pressed="false" '
        f'aria-label="{_said(words, "wall.only_stars")}" title="{_said(words, "wall.only_stars")}">★</button></div>'
        f'<div class="pa-recent" hidden role="group" aria-label="{_said(words, "wall.recent")}"></div>'
        f'<div class="pa-styles" role="group" aria-label="{_said(words, "try.gallery")}"></div>'
        '<p class="pa-quiet pa-none" role="status"></p></div>'
    )


def wall_feed(styles: Sequence[tuple[str, str, str, bool]], chosen: str | None) -> dict[str, Any]:
    """Return what the wall is to show.

    Args:
        styles: each one's value, its name for people, the path of its cover, and whether it takes seconds.
        chosen: value of the one that is applied.
    """
    keys = ("value", "name", "cover", "slow")
    listed = [dict(zip(keys, (value, name, address(cover), slow), strict=True)) for value, name, cover, slow in styles]
    return {"styles": listed, "chosen": chosen}


def _said(words: Words, key: str) -> str:
    return escape(words(key), quote=True)


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>'


def _button(name: str, words: Words) -> str:
    said, is_named = _said(words, f"stage.{_WORDS.get(name, name)}"), name in ("before", "loupe", "full", "mask")
    state = ' aria-pressed="false"' if name in _SWITCHES else " disabled" if name in ("undo", "redo") else ""
    text = f"<span>{said}</span>" if is_named else ""
    key = f" ({escape(_KEYS[name])})" if name in _KEYS else ""
    return (
        f'<button type="button" class="pa-tool" data-do="{name}" title="{said}{key}" '
        f'aria-label="{said}"{state}>{_icon(name)}{text}</button>'
    )


def _divider(words: Words) -> str:
    return (
        f'<b class="pa-tag pa-tag-before">{escape(words("judge.before"))}</b>'
        f'<b class="pa-tag pa-tag-after">{escape(words("judge.after"))}</b>'
        f'<div class="pa-divider" role="slider" tabindex="0" aria-label="{_said(words, "try.slider")}" '
        'aria-valuemin="0" aria-valuemax="100" aria-valuenow="50" hidden><i></i></div>'
    )


def _mask_tools(words: Words) -> str:
    parts = "".join(
        f'<button type="button" class="pa-tool pa-wide" data-part="{part}">{escape(words(f"mask.{part}"))}</button>'
        for part in MASK_PARTS
    )
    most = round(MOST_FEATHER * 1000)
    return (
        f'<div class="pa-mask-tools" role="toolbar" aria-label="{_said(words, "control.mask")}" hidden>'
        f'<div>{parts}<button type="button" class="pa-tool pa-wide" data-do="clear" disabled>'
        f"{escape(words('try.everywhere'))}</button></div><div>"
        f"<label>{escape(words('mask.brush'))} "
        '<input type="range" class="pa-brush" min="1" max="40" value="10"></label>'
        f'<label><input type="checkbox" class="pa-eraser"> {escape(words("mask.erase"))}</label>'
        f"<label>{escape(words('mask.feather'))} "
        f'<input type="range" class="pa-feather" min="0" max="{most}" value="0" data-per="1000"></label>'
        f'<label><input type="checkbox" class="pa-show-mask" checked> {escape(words("mask.show"))}</label>'
        f'<button type="button" class="pa-tool" data-do="unpaint" title="{_said(words, "mask.undo")}" '
        f'aria-label="{_said(words, "mask.undo")}" disabled>{_icon("undo")}</button></div></div>'
    )


def _keys_list(words: Words) -> str:
    rows = "".join(f"<dt><kbd>{escape(key)}</kbd></dt><dd>{escape(words(name))}</dd>" for key, name in _LISTED)
    return (
        f'<div class="pa-keys" role="dialog" aria-label="{_said(words, "stage.keys")}" hidden><dl>{rows}</dl>'
        f'<label><input type="checkbox" class="pa-keys-on" checked> {escape(words("keys.on"))}</label></div>'
    )
