"""The plug-in's words in five languages: none is missing, none has lost its place-holders."""

import ast
import gettext
import string
from functools import cache
from pathlib import Path

import gimp_cells
import pytest
from gimp_host import GimpHost
from portrait_atelier.gimp_plugin.install import plugin_source

LANGUAGES = ("de", "es", "fr", "ja", "zh_CN")
TRANSLATIONS = Path(__file__).resolve().parents[2] / "gimp_plugin" / "translations"


@cache
def words(pattern: str = "*.py") -> frozenset[str]:
    """Every text in `_("…")` of the plug-in, or of some of its modules."""
    found = set()
    for path in plugin_source().glob(pattern):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                (argument,) = node.args
                assert isinstance(argument, ast.Constant), f"{path.name}:{node.lineno}: not a plain text"
                found.add(argument.value)
    return frozenset(found)


def catalog(language: str) -> dict[str, str]:
    """What the plug-in will find, by its English text."""
    with (plugin_source() / "locale" / language / "LC_MESSAGES" / "portrait-atelier.mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    return {text: translations.gettext(text) for text in words() if translations.gettext(text) != text}


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_there_are_words():
    assert len(words()) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language):
    same = {"Training", "Styles", "_Style", "_Name", "_Name:"}  # words that some languages share with English
    assert words() - set(catalog(language)) - same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_place_holders_access_keys_and_ends_are_kept(language):
    for english, translated in catalog(language).items():
        assert fields(translated) == fields(english), english
        assert translated.count("_") == english.count("_"), english
        assert translated.endswith("…") == english.endswith("…"), english
        assert translated.endswith((".", "。")) == english.endswith("."), english
        assert translated.count("\n") == english.count("\n"), english


@pytest.mark.parametrize(
    ("modules", "other"),
    [
        (("dialog", "control_box", "preview", "styles"), ""),
        (("batch_dialog", "control_box", "preview", "styles"), "Layers _match: all get one look"),
        (("learn", "learn_check", "trio"), ""),
    ],
    ids=["one", "many", "learn"],
)
@pytest.mark.parametrize("language", [None, *LANGUAGES])
def test_no_two_controls_of_a_dialog_have_one_access_key(language, modules, other):
    shown = set().union(*(words(f"atelier_{module}.py") for module in modules)) - {"_Cancel", "_Open", other}
    translated = catalog(language) if language else {}
    texts = [translated.get(text, text) for text in shown if text.count("_") == 1]
    keys = [text[text.index("_") + 1].lower() for text in texts]
    assert len(keys) >= 7
    assert len(set(keys)) == len(keys), sorted(zip(keys, texts, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_that_of_the_source_and_nothing_in_it_is_doubtful(language):
    pofile = pytest.importorskip("babel.messages.pofile")
    with (TRANSLATIONS / f"{language}.po").open("rb") as file:
        source = pofile.read_po(file, language)
    messages, compiled = {message.id: message for message in source if message.id}, catalog(language)
    assert set(messages) == words()
    for text, message in messages.items():
        assert message.string, text
        assert not message.fuzzy, text
        assert compiled.get(text, text) == message.string
    assert [error for message in messages.values() for error in message.check()] == []


@pytest.mark.gimp
def test_gimp_in_german_gets_german_messages(gimp: GimpHost):
    gimp_cells.write_picture(gimp.tmp)
    (line,) = gimp.python("german.py", LANGUAGE="de").check().of("indexed")
    assert line["message"].startswith("Bilder mit indizierten Farben können keinen Stil erhalten.")
    assert line["label"] == "Porträt_stil …"
