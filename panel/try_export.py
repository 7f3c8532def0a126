"""The part of the Try tab that makes files at full size and depth: its button stays in view, with what it made."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from .context import Panel, show_errors
from .lanes import lanes_of
from .photo_states import SHARED, with_settings
from .pictures import files_to_take
from .restyling import Order, restyle_files
from .uploads import in_use
from .words import Words, label

_PROGRESS = gr.Progress()


class TryExport:
    """The components and their handlers.

    Args:
        panel: the panel.
        order_of: converts the token of a browser and the settings of the page to an order.
    """

    def __init__(self, panel: Panel, order_of: Callable[..., Order]) -> None:
        self._panel, self._order_of = panel, order_of
        with gr.Column(visible=False, elem_id="export-bar") as self.bar:
            self._made = gr.HTML(padding=False, elem_id="made-message")
            self._result = files_to_take("try.result", "result")
            self._make = gr.Button(label("try.make"), variant="primary", elem_id="make")

    def connect(self, looked: list[Any]) -> None:
        """Wire the events.

        Args:
            looked: photos, index of the one that is shown, masks, own settings, token, and all settings.
        """
        lane = lanes_of(self._panel.settings)["renders"]
        made = [self._result, self._made]
        self._make.click(self._write, looked, made, **lane, show_progress="full", show_progress_on=self._made)

    @show_errors
    def _write(self, request: gr.Request, progress: gr.Progress = _PROGRESS, *fields: Any) -> Any:
        photos, index, masks, own, token, *settings = fields
        words = Words.of(request)
        own = with_settings(own, photos[index], tuple(settings))
        asked = [(photo.path, masks.get(str(photo.path))) for photo in photos]
        orders = {Path(path): self._order_of(token, *values) for path, values in own.items() if path != SHARED}
        folder = self._panel.sessions.folder(request)

        def told_progress(done: int, total: int) -> None:
            progress((done, total), desc=words("try.making"))

        with in_use(photos[0].path.parent):
            shared = self._order_of(token, *own.get(SHARED, settings))
            path, notes = restyle_files(asked, shared, folder, told_progress, own=orders)
        told = [words("try.made", count=len(asked)), *map(words.translate, notes)]
        lines = escape("\n".join(told))
        return gr.File(value=str(path), visible=True), f'<div class="pa-card pa-quiet" role="status">{lines}</div>'
