"""A style as a zip to give away, with pictures of a photo of the user's choice."""

from __future__ import annotations

import shutil
from html import escape
from typing import Any

import gradio as gr

from ..core.errors import LearningError
from ..core.imaging.files.reading import read_photo
from ..core.photos.search import find_photos
from ..core.reports.sharing import write_share_zip
from ..core.styles.library import StyleEntry
from ..core.styles.sources import source_of
from ..core.styles.style import Style
from ..core.texts import Text
from .context import Panel, paths_of, show_errors
from .library_changes import open_style
from .pictures import checked, files_to_take, photo_to_drop
from .words import Words, label

_PROGRESS = gr.Progress()


class Sharing:
    """The components and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        with gr.Accordion(label("share.title"), open=False, elem_id="share"):
            gr.Markdown(label("share.help"), elem_classes="pa-quiet")
            self._photo = photo_to_drop("share.photo", "share-photo")
            self._with_photos = gr.Checkbox(False, label=label("share.photos"), visible=False, elem_id="share-photos")
            self._make = gr.Button(label("share.make"), elem_id="make-zip")
            self._files = files_to_take("share.zip", "shared")
            self._told = gr.HTML(padding=False, elem_id="share-told")

    @property
    def outputs(self) -> list[Any]:
        """The components that `about` fills."""
        return [self._with_photos, self._files, self._told]

    def about(self, entry: StyleEntry | None, style: Style | None) -> tuple[Any, ...]:
        """Return what is shown of a style: photos are offered only where they are there."""
        has_photos = entry is not None and style is not None and entry.origin == "library" and self._has_photos(style)
        return gr.Checkbox(value=False, visible=has_photos), gr.File(visible=False), ""

    def connect(self, chosen: gr.State) -> None:
        """Wire the events."""
        checked(self._photo)
        self._make.click(self._write, [chosen, self._photo, self._with_photos], [self._files, self._told])

    def _has_photos(self, style: Style) -> bool:
        source = source_of(style)
        return source is not None and source.has_photos and self._panel.settings.is_local

    @show_errors
    def _write(
        self, name: str | None, photo: Any, with_photos: bool, request: gr.Request, progress: gr.Progress = _PROGRESS
    ) -> Any:
        if not name:
            return gr.File(visible=False), ""
        words, style, paths = Words.of(request), open_style(name), paths_of(photo)
        folder = self._panel.sessions.folder(request) / "share"
        shutil.rmtree(folder, ignore_errors=True)
        path = folder / f"{style.name}.zip"
        source = source_of(style) if with_photos and self._has_photos(style) else None
        photos = []

        def tell(done: int, total: int) -> None:
            progress((done, total))

        if source is not None and source.photos is not None:
            photos = find_photos(source.photos)
            if not photos:
                raise LearningError("{path}: no photos in this folder", path=source.photos)
        told = write_share_zip(
            style,
            path,
            shown=read_photo(paths[0]) if paths else None,
            photos=photos,
            say=words.translate,
            progress=tell,
        )
        return gr.File(value=str(path), visible=True), told_card(words("share.holds"), told, words)


def told_card(head: str, told: list[Text], words: Words) -> str:
    """Return a card of a heading and a list of texts."""
    rows = "".join(f"<li>{escape(words.translate(text))}</li>" for text in told)
    return f'<div class="pa-card" role="status"><p>{escape(head)}</p><ul>{rows}</ul></div>'
