"""The part of the Library that offers the improved form of a style."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..core.errors import StyleError
from ..core.styles.library import StyleEntry
from ..core.styles.sources import remember_source
from ..core.styles.style import Style
from .cards import quiet_card
from .context import Panel, show_errors
from .improvements import improving_training, put_improved
from .keeping import improved_card, source_of_training
from .library_changes import open_style
from .words import Words, label


class ImprovedOffer:
    """The components and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._told = gr.HTML(padding=False, elem_id="improved")
        self._put = gr.Button(label("improved.put"), variant="primary", visible=False, elem_id="put-improved")
        self._message = gr.HTML(padding=False, elem_id="improved-message")

    @property
    def outputs(self) -> list[Any]:
        """The components that `about` fills."""
        return [self._told, self._put]

    def about(self, entry: StyleEntry | None, style: Style | None, words: Words) -> tuple[Any, ...]:
        """Return what is shown of a style: the offer, where a training has improved it since it was kept.

        Where several share a panel, nobody sees the trainings of others: the offer is on the tab Learn alone.
        """
        training = None
        if entry is not None and style is not None and entry.origin == "library" and self._panel.settings.is_local:
            training = improving_training(self._panel.store, None, style)
        told = "" if training is None or entry is None else improved_card(entry.name, words)
        return told, gr.Button(visible=training is not None)

    def connect(self, chosen: gr.State, picked: Any, **options: Any) -> Any:
        """Wire the events.

        Args:
            chosen: name of the style that is shown.
            picked: the event that shows another style.
            options: of events that change the selection.

        Returns:
            The event that changes the style.
        """
        picked.then(lambda: "", None, self._message, show_progress="hidden")
        return self._put.click(self._put_improved, chosen, [chosen, self._message], **options)

    @show_errors
    def _put_improved(self, name: str | None, request: gr.Request) -> Any:
        training = improving_training(self._panel.store, None, open_style(name or ""))
        if training is None:
            raise StyleError("this training is not there any more; choose another style")
        entry = put_improved(training, name or "")
        remember_source(open_style(entry.name), source_of_training(training))
        return entry.name, quiet_card(Words.of(request)("improved.done", name=entry.name))
