"""Translation of texts into the reader's language.

A catalog is a JSON object of translations by English templates: `locale/LANGUAGE.json` of each room; those of all
rooms are merged. Templates are stored without their subject, which is the same in every language. A text with a count
has plural forms, `{"one": …, "other": …}`. English texts are in the sources, except texts whose template is a name, as
those of the panel's page. Texts that differ between graphical programs and the command line, which mentions its own
options, have their graphical form in `locale/graphical/LANGUAGE.json`, in English too.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from .texts import SUBJECT, Text, printable, text_of, with_printable_values

LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")  # zh is Simplified Chinese
_ROOT = Path(__file__).resolve().parent.parent
_WITHOUT_PLURAL = ("ja", "zh")


def translate(text: Text | BaseException, language: str, *, in_terminal: bool = False) -> str:
    """Translate a text.

    Args:
        text: a Text or an error; values that are a Text or an error are translated too.
        language: such as "de", "fr_CA.UTF-8" or "zh-Hans"; English if it is not supported.
        in_terminal: use the form of the command line, not that of graphical programs.
    """
    said = text_of(text) if isinstance(text, BaseException) else text
    code = code_of(language)
    return str(said) if code == "en" and in_terminal else _said(said, code, in_terminal)


def for_terminal(text: Text | BaseException) -> str:
    """Translate a text for the command line, into the language of the environment: LC_ALL, LC_MESSAGES or LANG.

    Control characters, which names of files may hold, are escaped.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = with_printable_values(text_of(text) if isinstance(text, BaseException) else text)
    return printable(translate(said, next(filter(None, map(os.environ.get, names)), ""), in_terminal=True))


def code_of(language: str) -> str:
    """Return the entry of LANGUAGES that matches; "en" for any other, and for "C" and "POSIX"."""
    code = re.split("[-_.@]", language.lower())[0]
    return code if code in LANGUAGES else "en"


def read_catalog(path: Path) -> dict[str, str | dict[str, str]]:
    """Read a catalog: a translation, or its plural forms, by template; empty if there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def _catalog(code: str, in_terminal: bool) -> dict[str, str | dict[str, str]]:
    """Return the merged catalogs of all rooms in a language."""
    names = [f"{code}.json"] if in_terminal else [f"{code}.json", f"graphical/{code}.json"]
    paths = [path for name in names for path in sorted(_ROOT.glob(f"*/locale/{name}"))]
    return {template: text for path in paths for template, text in read_catalog(path).items()}


def _said(text: Text, code: str, in_terminal: bool) -> str:
    subject = SUBJECT.match(text.template)
    start = subject[0] if subject else ""
    template = text.template.removeprefix(start)
    found = _catalog(code, in_terminal).get(template) or _catalog("en", in_terminal).get(template)
    form = text.form if found is None else start + _form(found, code, text.values.get("count"))
    values = {
        name: _said(value, code, in_terminal) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    return form.format(**values)


def _form(forms: str | dict[str, str], code: str, count: Any) -> str:
    if isinstance(forms, str):
        return forms
    is_one = count == 1 or (code == "fr" and count == 0)
    return forms["one" if is_one and code not in _WITHOUT_PLURAL else "other"]
