"""Two styles side by side, of which the left one is the selected one."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.styles.applying import apply_style
from ..core.styles.cover import astronaut
from .context import Panel, paths_of, show_errors
from .library_changes import open_style
from .pictures import checked, photo_to_drop, picture_slider
from .words import Words, label


class Comparison:
    """The components and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._is_open = gr.State(False)
        with gr.Accordion(label("library.compare"), open=False, elem_id="compare") as self._box:
            with gr.Row():
                self.left = gr.Dropdown([], label=label("library.left"), min_width=200, elem_id="compare-left")
                self.right = gr.Dropdown([], label=label("library.right"), min_width=200, elem_id="compare-right")
            self._photo = photo_to_drop("library.photo", "compare-photo")
            self._sides = gr.HTML(padding=False, elem_id="sides")
            self._both = picture_slider("library.both", "comparison", height=560)

    def connect(self) -> None:
        """Wire the events."""
        self._box.expand(lambda: True, None, self._is_open)
        self._box.collapse(lambda: False, None, self._is_open)
        changes = [self.left.input, self.right.input, self._photo.clear, self._box.expand]
        gr.on(changes, **self._comparing(self._compare))
        checked(self._photo).then(**self._comparing(self._compare))

    def follow(self, selected: Any) -> None:
        """Compare anew after an event that selects another style, where the comparison is open.

        Args:
            selected: the event, after which `left` is the selected style.
        """
        options = self._comparing(self._compare_if_open)
        selected.then(**{**options, "inputs": [self._is_open, *options["inputs"]]})

    def _comparing(self, handler: Any) -> dict[str, Any]:
        return {
            "fn": handler,
            "inputs": [self.left, self.right, self._photo],
            "outputs": [self._sides, self._both],
            "trigger_mode": "always_last",
            "concurrency_id": "renders",
            "concurrency_limit": self._panel.settings.num_renders,
        }

    @show_errors
    def _compare(self, left: str | None, right: str | None, photo: Any, request: gr.Request) -> Any:
        from ..core.imaging.files.reading import read_photo
        from ..core.imaging.proxy import preview_of
        from .restyling import PREVIEW_SIZE

        if not left or not right:
            return gr.skip(), gr.skip()
        paths: list[Path] = paths_of(photo)
        shown = read_photo(paths[0]) if paths else astronaut()
        pictures = [preview_of(apply_style(shown, open_style(name)), PREVIEW_SIZE) for name in (left, right)]
        return _sides_card(left, right, Words.of(request)), (pictures[0], pictures[1])

    def _compare_if_open(
        self, is_open: bool, left: str | None, right: str | None, photo: Any, request: gr.Request
    ) -> Any:
        return self._compare(left, right, photo, request) if is_open else (gr.skip(), gr.skip())


def _sides_card(left: str, right: str, words: Words) -> str:
    """Return the names of what is on the two sides, each over its own."""
    named = zip((words("library.left"), words("library.right")), (left, right), strict=True)
    sides = "".join(f"<div><span>{escape(side)}</span> <b>{escape(name)}</b></div>" for side, name in named)
    return f'<div class="pa-sides">{sides}</div>'
