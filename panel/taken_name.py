"""What to do where a style of the same name is in the library: another name, or replacing it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from .cards import error_card, quiet_card
from .context import plain_text
from .library_changes import free_name
from .words import Words, label


class TakenName:
    """The question, hidden until it is asked.

    Args:
        elem_id: for style sheet and tests.
    """

    def __init__(self, elem_id: str) -> None:
        with gr.Column(visible=False, elem_id=elem_id, elem_classes="pa-taken") as self._column:
            self._told = gr.HTML(padding=False)
            self.name = gr.Textbox(label=label("taken.name"), max_lines=1, max_length=80)
            with gr.Row():
                self.rename = gr.Button(label("taken.rename"), variant="primary", min_width=130)
                self.replace = gr.Button(label("taken.replace"), variant="stop", min_width=130)

    @property
    def outputs(self) -> list[Any]:
        """The components that `ask`, `answered` and `refused` fill."""
        return [self._column, self._told, self.name]

    def ask(self, name: str, words: Words) -> tuple[Any, ...]:
        """Show the question, with a free name filled in."""
        told = quiet_card(words("taken.exists", name=name))
        return gr.Column(visible=True), told, gr.Textbox(value=free_name(name))

    def refused(self, error: AtelierError) -> tuple[Any, ...]:
        """Say why the answer cannot be; the question stays, and so does what was typed."""
        return gr.Column(visible=True), error_card(plain_text(error)), gr.skip()

    def answered(self) -> tuple[Any, ...]:
        """Hide the question."""
        return gr.Column(visible=False), "", gr.skip()
