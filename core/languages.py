"""What core says, in the language of who reads it.

Core writes its errors, notes and descriptions in English, each where it arises. A program with windows or pages passes
them through `in_language` when they are shown: a text is recognized by its template, and what was filled in (names,
sizes, causes) is filled into the translation. So a text may be stored, or sent between processes, and be read in
another language later. A template in `locale/LANGUAGE.json` is the English text with a name in braces for each thing
filled in; `en.json` holds what a program with windows says otherwise than the command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")  # zh is Simplified Chinese
FOLDER = Path(__file__).resolve().parent / "locale"
_FIELD = re.compile(r"\{(\w+)\}")
_MOST = 2000  # letters; what is longer was not written by core


@dataclass(frozen=True)
class _Template:
    patterns: tuple[re.Pattern[str], re.Pattern[str]]  # what is filled in as short as can be, and as long as can be
    names: tuple[str, ...]
    translation: str

    @classmethod
    def of(cls, text: str, translation: str) -> _Template:
        parts = _FIELD.split(text)  # literal, name, literal, name, ..., literal
        short, long = (_pattern(parts[::2], amount) for amount in ("+?", "+"))
        return cls((short, long), tuple(parts[1::2]), translation)

    def readings(self, text: str) -> list[dict[str, str]]:
        """What was filled in, in each way that it can be read."""
        found = [pattern.fullmatch(text) for pattern in self.patterns]
        return [dict(zip(self.names, one.groups(), strict=True)) for one in found if one is not None]


def _pattern(literals: Sequence[str], amount: str) -> re.Pattern[str]:
    fields = [f"(.{amount})"] * (len(literals) - 1)
    if not literals[0]:  # a file's name that stands before the text is no part of what was filled in
        fields[0] = f"((?:(?!: ).){amount})"
    escaped = [re.escape(literal) for literal in literals]
    return re.compile("".join(part for pair in zip(escaped, [*fields, ""], strict=True) for part in pair), re.DOTALL)


def in_language(text: str, language: str, folders: Sequence[Path] = (FOLDER,)) -> str:
    """Say a text of core's in another language.

    Args:
        text: an error's text, a note, a style's description or words; the name of a file may stand before it, with a
            colon.
        language: such as "de", "fr_CA" or "zh-Hans".
        folders: of catalogs, `LANGUAGE.json` each.

    Returns:
        The translation; the text itself where there is none.
    """
    code = re.split("[-_.]", language.lower())[0]
    if code not in LANGUAGES or len(text) > _MOST:
        return text
    ends = [0, *(found.end() for found in re.finditer(r": ", text))]
    for start in ends:  # what stands before is the name of a file, and is left as it is
        translation = _translated(text[start:], code, tuple(folders))
        if translation is not None:
            return text[:start] + translation
    return text


def templates_of(folder: Path, language: str) -> dict[str, str]:
    """The catalog of a folder: translations by templates; empty if it has none for the language."""
    path = folder / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _translated(text: str, language: str, folders: tuple[Path, ...]) -> str | None:
    plain, templates = _catalog(language, folders)
    if text in plain:
        return plain[text]
    for template in templates:
        found = [_inner(values, language, folders) for values in template.readings(text)]
        if found:
            values, _ = max(found, key=lambda reading: reading[1])
            return template.translation.format(**values)
    return None


def _inner(values: dict[str, str], language: str, folders: tuple[Path, ...]) -> tuple[dict[str, str], int]:
    """What was filled in, translated as far as it is core's own, and how much of it was."""
    translated = {name: _translated(value, language, folders) for name, value in values.items()}
    return {name: said or values[name] for name, said in translated.items()}, sum(map(bool, translated.values()))


@cache
def _catalog(language: str, folders: tuple[Path, ...]) -> tuple[dict[str, str], tuple[_Template, ...]]:
    """Texts with nothing to fill in, and templates, those with the most letters of their own first."""
    texts = {text: said for folder in folders for text, said in templates_of(folder, language).items()}
    plain = {text: said for text, said in texts.items() if not _FIELD.search(text)}
    open_texts = sorted(texts.keys() - plain.keys(), key=lambda text: len(_FIELD.sub("", text)), reverse=True)
    return plain, tuple(_Template.of(text, texts[text]) for text in open_texts)
