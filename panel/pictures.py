"""Components of all tabs: galleries, before/after sliders, downloads."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from ..core.errors import AtelierError
from ..core.imaging.files.reading import read_reduced
from .context import paths_of, plain_text
from .words import label

_SMALL = 64  # pixels, at which a JPEG is decoded fast

_FIT = {"fit_columns": False, "elem_classes": "pa-gallery"}


def picture_gallery(
    key: str,
    elem_id: str,
    *,
    columns: int,
    is_chosen_from: bool = True,
    fit: Literal["cover", "contain"] = "cover",
    visible: bool = True,
) -> gr.Gallery:
    """Make a gallery of named pictures; `panel.css` sets the height by its id.

    Args:
        key: of its label.
        elem_id: for style sheet and tests.
        columns: on a wide page.
        is_chosen_from: whether a click selects a picture; else it enlarges it.
        fit: whether pictures are cropped to squares.
        visible: initially.
    """
    shown: dict[str, Any] = {"allow_preview": not is_chosen_from, "buttons": [] if is_chosen_from else ["fullscreen"]}
    return gr.Gallery(
        label=label(key), columns=columns, object_fit=fit, visible=visible, elem_id=elem_id, **shown, **_FIT
    )


def picture_slider(key: str, elem_id: str, *, height: int, visible: bool = True) -> gr.ImageSlider:
    """Make a slider between two pictures, with a full-screen button.

    Args:
        key: of its label.
        elem_id: for style sheet and tests.
        height: largest height in pixels.
        visible: initially.
    """
    return gr.ImageSlider(
        label=label(key),
        interactive=False,
        max_height=height,
        visible=visible,
        elem_id=elem_id,
        elem_classes="pa-slider",
        buttons=["fullscreen"],
    )


def photos_to_drop(key: str, elem_id: str, *, height: int) -> gr.File:
    """Make a place for photos, zips among them.

    It takes every file, so that a stray one among them is left out and named rather than an error of Gradio; what the
    browser offers when files are chosen, `panel.js` limits.

    Args:
        key: of its label.
        elem_id: for style sheet and tests.
        height: in pixels.
    """
    return gr.File(
        label=label(key), file_count="multiple", height=height, elem_id=elem_id, elem_classes="pa-takes-photos"
    )


def photo_to_drop(key: str, elem_id: str) -> gr.File:
    """Make a place for one photo, which `checked` looks at: Gradio would refuse others by their endings alone."""
    return gr.File(label=label(key), file_count="single", height=150, elem_id=elem_id, elem_classes="pa-takes-photo")


def checked(photo: gr.File) -> Any:
    """Have a place for one photo say what is wrong with a file that is none, and let it go; return the event."""
    return photo.upload(_only_photo, photo, photo, show_progress="hidden")


def _only_photo(file: Any) -> Any:
    try:
        for path in paths_of(file):
            read_reduced(path, _SMALL)
    except AtelierError as error:
        gr.Warning(plain_text(error), duration=12)
        return None
    return gr.skip()


def files_to_take(key: str, elem_id: str) -> gr.File:
    """Make a list of downloads, hidden while it is empty."""
    return gr.File(label=label(key), visible=False, interactive=False, elem_id=elem_id)
