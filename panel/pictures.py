"""Components of all tabs: galleries, before/after sliders, downloads."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from .uploads import PHOTO_TYPES
from .words import label

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
    """Make a place for one photo."""
    return gr.File(label=label(key), file_count="single", file_types=PHOTO_TYPES, height=150, elem_id=elem_id)


def files_to_take(key: str, elem_id: str) -> gr.File:
    """Make a list of downloads, hidden while it is empty."""
    return gr.File(label=label(key), visible=False, interactive=False, elem_id=elem_id)
