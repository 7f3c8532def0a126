"""The theme of the panel: neutral grays, one accent color, system fonts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.languages import LANGUAGES
from .panel_settings import USER
from .uploads import PHOTO_TYPES, RAW_TYPES, STYLE_TYPES, ZIP
from .words import labels_of

if TYPE_CHECKING:
    from gradio.themes import Base

_LETTERS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_CODE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_BRASS = {
    "c50": "#faf6ee",
    "c100": "#f1e8d6",
    "c200": "#e2d0ab",
    "c300": "#cfb47f",
    "c400": "#bb9858",
    "c500": "#9d7b3e",
    "c600": "#806231",
    "c700": "#654d28",
    "c800": "#4a3920",
    "c900": "#33281a",
    "c950": "#211a11",
}


def build_theme() -> Base:
    """Build the theme, light and dark."""
    from gradio.themes import Base
    from gradio.themes.utils import colors, sizes

    brass = colors.Color(name="brass", **_BRASS)
    theme = Base(
        primary_hue=brass,
        secondary_hue=colors.neutral,
        neutral_hue=colors.neutral,
        radius_size=sizes.radius_md,
        spacing_size=sizes.spacing_md,
        text_size=sizes.text_md,
        font=_LETTERS,
        font_mono=_CODE,
    )
    return theme.set(
        body_background_fill="*neutral_100",
        body_background_fill_dark="#161616",
        block_background_fill="white",
        block_background_fill_dark="#202020",
        background_fill_primary_dark="#202020",
        background_fill_secondary_dark="#1a1a1a",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="#333333",
        border_color_primary_dark="#3d3d3d",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_200",
        block_title_text_weight="600",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        input_background_fill="white",
        input_background_fill_dark="#181818",
        input_border_color="*neutral_300",
        input_border_color_dark="#454545",
        button_primary_background_fill="*neutral_900",
        button_primary_background_fill_hover="*neutral_700",
        button_primary_background_fill_dark="*neutral_200",
        button_primary_background_fill_hover_dark="white",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_primary_border_color="transparent",
        button_primary_border_color_dark="transparent",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="#2a2a2a",
        button_secondary_background_fill_hover_dark="#383838",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="#4a4a4a",
        button_cancel_background_fill="white",
        button_cancel_background_fill_hover="#fbeeee",
        button_cancel_background_fill_dark="#2a2a2a",
        button_cancel_background_fill_hover_dark="#3d2a2a",
        button_cancel_text_color="#a12626",
        button_cancel_text_color_dark="#f09a9a",
        button_cancel_border_color="#dcb4b4",
        button_cancel_border_color_dark="#6a4040",
        input_border_width="1px",
        input_border_width_dark="1px",
        button_border_width="1px",
        button_border_width_dark="1px",
        button_large_padding="9px 16px",
        button_large_text_size="*text_md",
        button_large_text_weight="550",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_active_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
        color_accent="*primary_600",
        color_accent_soft_dark="#3a3224",
        border_color_accent="*primary_600",
        border_color_accent_dark="*primary_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        slider_color="*primary_500",
        slider_color_dark="*primary_400",
        checkbox_background_color_dark="#181818",
        checkbox_border_color_dark="#7a7a7a",
        checkbox_background_color_selected="*neutral_800",
        checkbox_background_color_selected_dark="*primary_500",
        checkbox_border_color_selected="*neutral_800",
        checkbox_label_background_fill_selected="*neutral_100",
        checkbox_label_background_fill_selected_dark="#333333",
        checkbox_label_text_color_selected="*neutral_900",
        checkbox_label_text_color_selected_dark="*neutral_50",
    )


def style_sheet() -> str:
    """Return the style sheet of rules that a theme cannot express."""
    return "\n".join(_read(name) for name in ("panel.css", "try.css"))


def page_script() -> str:
    """Return the scripts of the page: names of pictures for screen readers, and the Try tab."""
    names = ("panel.js", "try_stage.js", "try_mask.js", "try_styles.js")
    offered = {  # by the classes of places for files: what the browser offers to choose
        "pa-takes-photos": (*PHOTO_TYPES, *RAW_TYPES, ZIP),
        "pa-takes-photo": (*PHOTO_TYPES, *RAW_TYPES),
        "pa-takes-styles": STYLE_TYPES,
    }
    types = json.dumps({name: ",".join(suffixes) for name, suffixes in offered.items()})
    return f"<script>const FILE_TYPES = {types};\n{''.join(map(_read, names))}</script>"


def login_extras() -> str:
    """Return style and script of the page that asks for the password."""
    keys = ("slow", "many", "gone")
    texts = {language: {key: labels_of(language)[f"login.{key}"] for key in keys} for language in LANGUAGES}
    told = json.dumps({"user": USER, "texts": texts})
    return f"<style>{_read('login.css')}</style><script>const LOGIN = {told};\n{_read('login.js')}</script>"


def _read(name: str) -> str:
    return (Path(__file__).resolve().parent / name).read_text(encoding="utf-8")
