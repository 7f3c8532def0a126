"""Texts of the panel in all languages, from `locale/*.json`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.languages import FOLDER as CORE_MESSAGES
from ..core.languages import in_language

if TYPE_CHECKING:
    import gradio as gr

LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")  # zh is Simplified Chinese
_FOLDER = Path(__file__).resolve().parent / "locale"
_MESSAGES = (CORE_MESSAGES, _FOLDER / "messages")


@cache
def texts_of(language: str) -> dict[str, str]:
    """Return all texts of a language by key."""
    return json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))


class Words:
    """Texts of one language, with English for missing ones.

    Args:
        accept_language: header of a browser, such as "de-CH,de;q=0.9,en;q=0.8"; None for English.
    """

    def __init__(self, accept_language: str | None = None) -> None:
        self.language = language_of(accept_language)

    @classmethod
    def of_page(cls) -> Words:
        """Return the texts for the page of the current event."""
        from gradio.context import LocalContext

        return cls.of(LocalContext.request.get(None))

    @classmethod
    def of(cls, request: gr.Request | None) -> Words:
        """Return the texts for the browser of a request."""
        headers = {} if request is None else request.headers
        return cls(headers.get("accept-language"))

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key, with values filled in."""
        text = texts_of(self.language).get(key) or texts_of("en")[key]
        return text.format(**values) if values else text

    def translate(self, text: str) -> str:
        """Translate texts of core and errors of the panel, one per line."""
        return "\n".join(in_language(line, self.language, _MESSAGES) for line in text.split("\n"))

    def number(self, value: float, digits: int = 1) -> str:
        """Format a number with the decimal separator of the language."""
        return f"{value:.{digits}f}".replace(".", self("number.decimal"))

    def share(self, value: float) -> str:
        """Format a share of 1 in percent."""
        return self("number.percent", number=f"{100 * value:.0f}")

    def seconds(self, seconds: float) -> str:
        """Format a remaining time, rounded to its accuracy."""
        if seconds < 50:
            return self("time.seconds", count=max(5, round(seconds / 5) * 5))
        if seconds < 90 * 60:
            return self("time.minutes", count=max(1, round(seconds / 60)))
        return self("time.hours", count=self.number(seconds / 3600))


def language_of(accept_language: str | None) -> str:
    """Return the first supported language of a list; else English."""
    for part in (accept_language or "").split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


def browser_texts() -> gr.I18n:
    """Return the texts for Gradio, which selects by the browser's language."""
    import gradio as gr

    every = {language: texts_of(language) for language in LANGUAGES}
    return gr.I18n(**every, **{"zh-CN": every["zh"]})


def label(key: str) -> str:
    """Return a placeholder that the browser replaces by the text of a key, for labels."""
    from gradio.i18n import I18nData

    return I18nData(key)  # pyright: ignore[reportReturnType] - Gradio takes it wherever it takes a label
