"""What the panel says, in the languages of its users: `locale/*.json`, one each."""

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
    """All texts of a language by their keys."""
    return json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))


class Words:
    """Texts of one language; what it lacks is said in English.

    Args:
        accept_language: as a browser sends it, such as "de-CH,de;q=0.9,en;q=0.8"; None for English.
    """

    def __init__(self, accept_language: str | None = None) -> None:
        self.language = language_of(accept_language)

    @classmethod
    def of_page(cls) -> Words:
        """Those of the page whose event is being worked on."""
        from gradio.context import LocalContext

        return cls.of(LocalContext.request.get(None))

    @classmethod
    def of(cls, request: gr.Request | None) -> Words:
        """Those that the browser of a request asks for."""
        headers = {} if request is None else request.headers
        return cls(headers.get("accept-language"))

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with values filled in."""
        text = texts_of(self.language).get(key) or texts_of("en")[key]
        return text.format(**values) if values else text

    def translate(self, text: str) -> str:
        """What core, or an error of the panel's own, says: one text a line."""
        return "\n".join(in_language(line, self.language, _MESSAGES) for line in text.split("\n"))

    def number(self, value: float, digits: int = 1) -> str:
        """A number with so many decimals, after the point or comma of the language."""
        return f"{value:.{digits}f}".replace(".", self("number.decimal"))

    def share(self, value: float) -> str:
        """A share of 1 in percent."""
        return self("number.percent", number=f"{100 * value:.0f}")

    def seconds(self, seconds: float) -> str:
        """A time that is left, as people say it: never more exact than it is known."""
        if seconds < 50:
            return self("time.seconds", count=max(5, round(seconds / 5) * 5))
        if seconds < 90 * 60:
            return self("time.minutes", count=max(1, round(seconds / 60)))
        return self("time.hours", count=self.number(seconds / 3600))


def language_of(accept_language: str | None) -> str:
    """The first language of a list that the panel speaks; English else."""
    for part in (accept_language or "").split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


def browser_texts() -> gr.I18n:
    """The texts for Gradio, which chooses by the browser's language."""
    import gradio as gr

    every = {language: texts_of(language) for language in LANGUAGES}
    return gr.I18n(**every, **{"zh-CN": every["zh"]})


def label(key: str) -> str:
    """A text that the browser fills in; for the labels of components."""
    from gradio.i18n import I18nData

    return I18nData(key)  # pyright: ignore[reportReturnType] - Gradio takes it wherever it takes a label
