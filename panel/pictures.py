"""Galleries, before/after sliders and files to take away: set up in one way for all tabs."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

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
    """Pictures with their names; `panel.css` sets the height of each by its id.

    Args:
        key: of its label's text.
        elem_id: by which style sheet and tests know it.
        columns: of a wide page.
        is_chosen_from: a click chooses a picture; else it shows it large.
        fit: whether pictures fill their square, or are seen whole.
        visible: from the start.
    """
    shown: dict[str, Any] = {"allow_preview": not is_chosen_from, "buttons": [] if is_chosen_from else ["fullscreen"]}
    return gr.Gallery(
        label=label(key), columns=columns, object_fit=fit, visible=visible, elem_id=elem_id, **shown, **_FIT
    )


def picture_slider(key: str, elem_id: str, *, height: int, visible: bool = True) -> gr.ImageSlider:
    """Two pictures, one over the other, with a handle between them; they fill the screen on demand.

    Args:
        key: of its label's text.
        elem_id: by which style sheet and tests know it.
        height: pixels at most.
        visible: from the start.
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


def files_to_take(key: str, elem_id: str) -> gr.File:
    """Files that were made to be downloaded; seen once there are some."""
    return gr.File(label=label(key), visible=False, interactive=False, elem_id=elem_id)
