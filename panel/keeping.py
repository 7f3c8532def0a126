"""The part of a training's view that puts its style into the library, also anew when training has improved it."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.errors import AtelierError, StyleError
from ..core.styles.library import StyleEntry, find_own_style, store_style
from ..core.styles.sources import StyleSource, remember_source
from ..core.styles.style import Style
from ..core.styles.style_file import load_style
from .cards import error_card
from .context import Panel, show_errors
from .improvements import earlier_form, put_improved, remember_kept
from .library_changes import is_installed, is_taken, store_in_place
from .orders import NO_NAME
from .taken_name import TakenName
from .trainings import Training
from .words import Words, label


class Keeping:
    """The components and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self.kept = gr.State(None)  # name of the style that was just put into the library
        self._news = gr.HTML(padding=False, elem_id="keep-news")
        self._keep = gr.Button(label("trainings.keep"), elem_id="keep")
        self._taken = TakenName("keep-taken")
        self._message = gr.HTML(padding=False, elem_id="keep-message")

    @property
    def outputs(self) -> list[Any]:
        """The components that `about` fills."""
        return [self._news, self._keep]

    def about(self, training: Training, style: Style | None, words: Words) -> tuple[Any, ...]:
        """Return what is said and offered: the library may hold an earlier form of a training's style."""
        earlier = None if style is None else earlier_form(training, style)
        if earlier is None:
            return "", gr.Button(words("trainings.keep"))
        return improved_card(earlier.name, words), gr.Button(words("improved.put"))

    @property
    def nothing(self) -> tuple[Any, ...]:
        """What `outputs` are filled with where there is no training: the column that holds them is hidden."""
        return "", gr.skip()

    @property
    def told(self) -> list[Any]:
        """The components that `cleared` empties."""
        return [self._message, *self._taken.outputs]

    def cleared(self) -> tuple[Any, ...]:
        """Return no message and no question, for `told`."""
        return "", *self._taken.answered()

    def connect(self, inputs: list[Any]) -> list[Any]:
        """Wire the events; return those that keep a style, after which `kept` has its name.

        Args:
            inputs: token of the browser, and key of the training that is shown.
        """
        kept: dict[str, Any] = {"outputs": [self.kept, *self.told], "show_progress_on": self._message}
        return [
            self._keep.click(self._keep_style, inputs, **kept),
            self._taken.rename.click(self._keep_as, [*inputs, self._taken.name], **kept),
            self._taken.replace.click(self._keep_over, inputs, **kept),
        ]

    @show_errors
    def _keep_style(self, token: str, key: str | None, request: gr.Request) -> Any:
        """Put a style into the library; ask where another one there has its name."""
        words, training = Words.of(request), self._panel.training(key, token)
        if training is None:
            return None, error_card(words("trainings.none")), *self._taken.answered()
        style = load_style(training.style_path)
        if (earlier := earlier_form(training, style)) is not None:
            return self._told_of(put_improved(training, earlier.name), style, training, words, key="improved.done")
        if is_taken(style.name) and not is_installed(style):
            return None, "", *self._taken.ask(style.name, words)
        entry = find_own_style(style.name) if is_installed(style) else store_style(style)
        return self._told_of(entry, style, training, words)

    def _keep_as(self, token: str, key: str | None, name: str, request: gr.Request) -> Any:
        words, training = Words.of(request), self._panel.training(key, token)
        if training is None:
            return None, error_card(words("trainings.none")), *self._taken.answered()
        try:
            if not name.strip():
                raise StyleError(NO_NAME)
            style = load_style(training.style_path).renamed(name.strip())
            entry = store_style(style)
        except AtelierError as error:
            return None, "", *self._taken.refused(error)
        return self._told_of(entry, style, training, words)

    def _keep_over(self, token: str, key: str | None, request: gr.Request) -> Any:
        words, training = Words.of(request), self._panel.training(key, token)
        if training is None:
            return None, error_card(words("trainings.none")), *self._taken.answered()
        try:
            style = load_style(training.style_path)
            entry = store_in_place(style)
        except AtelierError as error:
            return None, "", *self._taken.refused(error)
        return self._told_of(entry, style, training, words)

    def _told_of(
        self, entry: StyleEntry, style: Style, training: Training, words: Words, key: str = "trainings.kept"
    ) -> Any:
        """Say that a style is in the library, and remember which form of it, and where its photos lie."""
        remember_source(style, source_of_training(training))
        remember_kept(training, style)
        card = (
            f'<div class="pa-card pa-good" role="status">{escape(words(key, name=entry.name))}'
            f'<div class="pa-path">{escape(str(entry.path))}</div></div>'
        )
        return entry.name, card, *self._taken.answered()


def improved_card(name: str, words: Words) -> str:
    """Return the card that says that training has improved a style of the library."""
    return f'<div class="pa-card pa-good" role="status">{escape(words("improved.told", name=name))}</div>'


def source_of_training(training: Training) -> StyleSource:
    """Return where the photos of a training lie, without copies, which are deleted."""
    request = training.request
    paths = (path if isinstance(path, Path) else None for path in (request.photos, request.content))
    photos, content = (None if path is None or training.folder in path.parents else path for path in paths)
    return StyleSource(photos, content, request.generator, request.instant, asdict(request.options))
