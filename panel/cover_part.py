"""The part of the Library that makes the cover of a style anew."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..core.imaging.files.reading import read_photo
from .context import paths_of, show_errors
from .library_changes import change_cover
from .pictures import checked, photo_to_drop
from .words import label


class CoverPart:
    """The components and their handlers."""

    def __init__(self) -> None:
        with gr.Accordion(label("cover.title"), open=False, elem_id="cover") as self.box:
            gr.Markdown(label("cover.help"), elem_classes="pa-quiet")
            self._photo = photo_to_drop("cover.photo", "cover-photo")
            with gr.Row():
                self._make = gr.Button(label("cover.make"), min_width=140, elem_id="make-cover")
                self._usual = gr.Button(label("cover.usual"), min_width=140, elem_id="usual-cover")

    def connect(self, chosen: gr.State, **options: Any) -> list[Any]:
        """Wire the events; return them.

        Args:
            chosen: name of the style that is shown.
            options: of events that change the selection.
        """
        checked(self._photo)
        return [
            self._make.click(self._change_cover, [chosen, self._photo], [chosen, self._photo], **options),
            self._usual.click(self._reset_cover, chosen, [chosen, self._photo], **options),
        ]

    @show_errors
    def _change_cover(self, name: str, photo: Any) -> Any:
        paths = paths_of(photo)
        return change_cover(name, read_photo(paths[0]) if paths else None).name, None

    @show_errors
    def _reset_cover(self, name: str) -> Any:
        return change_cover(name, None).name, None
