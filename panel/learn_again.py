"""More photos for a style of one's own, and learning it again from all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from ..core.photos.search import find_photos
from ..core.styles.library import StyleEntry, find_own_style
from ..core.styles.sources import StyleSource, source_of
from ..core.styles.style import Style
from .cards import error_card, quiet_card, raw_card, stray_card
from .context import Panel, paths_of, plain_text
from .library_changes import open_style
from .orders import Photos, begin_again
from .pictures import photos_to_drop
from .uploads import gather_photos, in_use, new_upload, remove_earlier, stray_names
from .words import Words, label

_LEARNT = ("instant", "learnt", "pixel")


class LearnAgain:
    """The components and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        with gr.Accordion(label("again.title"), open=False, visible=False, elem_id="again") as self._box:
            self._where = gr.HTML(padding=False, elem_id="again-where")
            self.files = photos_to_drop("again.files", "more-photos", height=150)
            self._begin = gr.Button(label("again.begin"), elem_id="learn-again")
            self._message = gr.HTML(padding=False, elem_id="again-message")

    @property
    def outputs(self) -> list[Any]:
        """The components that `about` fills."""
        return [self._box, self._where, self._message]

    def about(self, entry: StyleEntry | None, style: Style | None, words: Words) -> tuple[Any, ...]:
        """Return what is shown of a style; hidden where it is not one's own, or was not learnt."""
        if entry is None or style is None or entry.origin != "library" or style.kind not in _LEARNT:
            return gr.Accordion(visible=False), "", ""
        return gr.Accordion(visible=True), quiet_card(self._told(source_of(style), words)), ""

    def connect(self, chosen: gr.State, token: gr.BrowserState, selected: gr.State) -> None:
        """Wire the events.

        Args:
            chosen: name of the style that is shown.
            token: of the browser.
            selected: key of the training that is shown.
        """
        self._begin.click(self._learn, [token, chosen, self.files], [selected, self._message])

    def _photos_of(self, source: StyleSource | None) -> Path | None:
        """Return the folder of a style's photos if it is there, and this page may read it."""
        return source.photos if source is not None and source.has_photos and self._panel.settings.is_local else None

    def _told(self, source: StyleSource | None, words: Words) -> str:
        if source is None or not self._panel.settings.is_local:
            return words("again.unknown")
        if source.photos is None:
            return words("again.copies")
        return words("again.there" if source.has_photos else "again.gone", folder=source.photos)

    def _learn(self, token: str, name: str | None, files: Any, request: gr.Request) -> Any:
        words, dropped = Words.of(request), paths_of(files)
        if not name:
            return gr.skip(), ""
        try:
            plain = find_own_style(name).path.stem
            source = source_of(open_style(name)) or StyleSource(generator=_generator_of(open_style(name)))
            photos = self._gathered(self._photos_of(source), dropped, request)
            if photos is None:
                return gr.skip(), error_card(words("again.none"))
            content = source.content if self._panel.settings.is_local else None
            untouched = Photos(content, is_copy=False) if content is not None and content.exists() else None
            owner = self._panel.owner(token) or ""
            if photos.is_copy:
                with in_use(photos.folder):
                    training = begin_again(self._panel.store, plain, source, photos, untouched, owner)
            else:
                training = begin_again(self._panel.store, plain, source, photos, untouched, owner)
        except AtelierError as error:
            return gr.skip(), error_card(plain_text(error))
        left_out = raw_card(dropped, words) + stray_card(stray_names(dropped), words)
        return training.key, left_out + quiet_card(words("again.begun", name=plain))

    def _gathered(self, folder: Path | None, files: list[Path], request: gr.Request) -> Photos | None:
        """Return the photos of the folder and the dropped ones together; None if there are none."""
        if not files:
            return None if folder is None else Photos(folder, is_copy=False)
        target = new_upload(self._panel.sessions.folder(request), "again")
        gather_photos([*([] if folder is None else find_photos(folder)), *files], target)
        remove_earlier(target)
        return Photos(target, is_copy=True)


def _generator_of(style: Style) -> str:
    return "pixel" if style.kind == "pixel" else "look"
