"""Texts of the panel in all languages, from `locale/*.json`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.languages import LANGUAGES, read_catalog, translate
from ..core.texts import Text

if TYPE_CHECKING:
    import gradio as gr

_OWN_FOLDERS = re.compile(  # of a tab, of Gradio's copy of an upload, of a training; and the subject that such a one is
    r"(?:[A-Za-z]:)?[\\/][^:\n]*?[\\/](?:tab-[0-9a-f]{32}|[0-9a-f]{64}|\d{8}-\d{6}-[0-9a-f]{16})"
    r"(?:[\\/](?:[a-z0-9-]+(?=[\\/:]|$))?)*(?:: )?"
)
_FOLDER = Path(__file__).resolve().parent / "locale"


@cache
def labels_of(language: str) -> dict[str, str]:
    """Return the texts of the page in a language by name, without texts that have plural forms."""
    names = read_catalog(_FOLDER / "en.json")
    found = read_catalog(_FOLDER / f"{language}.json")
    return {name: text for name, text in found.items() if name in names and isinstance(text, str)}


def without_own_folders(text: str) -> str:
    """Return a message without the paths and ids of the panel's own folders; names of files in them stay."""
    return _OWN_FOLDERS.sub("", text)


class Words:
    """Texts of one language; those of the page by their names in `locale/en.json`.

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

    def __call__(self, name: str, /, **values: object) -> str:
        """Return the text of a name, with values filled in."""
        return self.translate(Text.of(name, values))

    def translate(self, text: Text | BaseException) -> str:
        """Translate a text or an error."""
        return translate(text, self.language)

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

    every = {language: labels_of(language) for language in LANGUAGES}
    return gr.I18n(**every, **{"zh-CN": every["zh"]})


def label(key: str) -> str:
    """Return a placeholder that the browser replaces by the text of a key, for labels."""
    from gradio.i18n import I18nData

    return I18nData(key)  # pyright: ignore[reportReturnType] - Gradio takes it wherever it takes a label
