"""The page: three tabs and the events between them."""

from __future__ import annotations

import secrets
from html import escape
from typing import Any

import gradio as gr

from .context import Panel
from .learn_tab import LearnTab
from .library_tab import LibraryTab
from .training_view import TrainingView
from .try_tab import TryTab
from .words import Words, label

_TOKEN_BYTES = 24
_SIGN_OF_LIFE = 300  # seconds between two heartbeats of an open page
_KEPT = (3600, 24 * 3600)  # seconds: interval of the deletion of Gradio's copies of files, and their maximum age


def build_app(panel: Panel, secret: str) -> gr.Blocks:
    """Build the Gradio app of a panel, without serving it.

    Args:
        panel: the panel.
        secret: key of the token in the storage of browsers; must survive restarts.
    """
    blocks = gr.Blocks(title="Portrait Atelier", analytics_enabled=False, delete_cache=_KEPT)
    with blocks:
        token = gr.BrowserState("", storage_key="portrait-atelier", secret=secret)
        head = gr.HTML(_head(Words()), elem_id="pa-head", padding=False)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(label("tab.learn"), id="learn") as learn_page:
                learn = LearnTab(panel)
                gr.Markdown(label("trainings.title"), elem_classes="pa-title", elem_id="trainings-title")
                view = TrainingView(panel)
            with gr.Tab(label("tab.try"), id="try") as try_page:
                attempt = TryTab(panel)
            with gr.Tab(label("tab.library"), id="library") as library_page:
                library = LibraryTab(panel)
        learn.connect(token, view)
        kept = view.connect(token)
        attempt.connect(token)
        openings = [blocks.load, library_page.select]
        library.connect(openings, attempt.load_outputs, attempt.on_load, token, view.selected)
        library.show_kept(kept, view.kept)
        _lead(blocks, (learn, view, attempt), (tabs, learn_page, try_page), token, kept)
        blocks.load(_on_load, None, head, show_progress="hidden")

        def end(request: gr.Request) -> None:
            panel.sessions.end(request)

        def keep(request: gr.Request) -> None:
            panel.sessions.keep(request)

        gr.Timer(_SIGN_OF_LIFE).tick(keep, None, None, show_progress="hidden")
    blocks.unload(end)
    _progress_on(token, blocks)
    return blocks


def _progress_on(place: Any, blocks: gr.Blocks) -> None:
    """Have events that show no progress tell of it to a component that stays.

    One that goes away meanwhile would ask the browser for the next frame for as long as the page is open.
    """
    for event in blocks.fns.values():
        if event.show_progress == "hidden":
            event.show_progress_on = [place]


def _lead(blocks: gr.Blocks, parts: Any, pages: Any, token: gr.BrowserState, kept: Any) -> None:
    """Wire the events between tabs, and those of the page load."""
    learn, view, attempt = parts
    tabs, learn_page, try_page = pages
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    filled: dict[str, Any] = {
        "fn": attempt.on_load,
        "inputs": [token, attempt.style, attempt.second],
        "outputs": attempt.load_outputs,
        **quiet,
    }
    remembered = blocks.load(_remembered, token, token, **quiet)
    remembered.then(learn.on_load, None, learn.load_outputs, **quiet)
    remembered.then(**view.refresh(token))
    learn_page.select(**view.refresh(token))
    blocks.load(**filled)
    view.versions.change(**filled).then(**attempt.look_again(token))
    blocks.load(attempt.on_open, None, attempt.open_outputs, **quiet)
    try_page.select(**filled)
    for event in kept:
        event.success(**filled)

    name = gr.State(None)
    view.try_it.click(
        lambda key: (gr.Tabs(selected="try"), view.style_name(key)),
        view.shown,
        [tabs, name],
        js="(key) => { scrollTo(0, 0); return [key]; }",
    ).then(attempt.on_load_style, [token, name, attempt.second], attempt.load_outputs, **quiet)


def _remembered(token: str | None) -> str:
    """Return the browser's token, generated at its first visit."""
    return token or secrets.token_urlsafe(_TOKEN_BYTES)


def _on_load(request: gr.Request) -> str:
    return _head(Words.of(request))


def _head(words: Words) -> str:
    return f"<h1>Portrait Atelier</h1><p>{escape(words('head'))}</p>"
