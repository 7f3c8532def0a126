"""What the panel's own errors say, and what core says in it, in the language of the page."""

from html import escape
from pathlib import Path

import pytest
from portrait_atelier.core.languages import LANGUAGES, in_language, templates_of
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.panel.cards import style_card
from portrait_atelier.panel.words import Words
from said_texts import said_in_sources, without_names

pytest.importorskip("gradio")
PANEL = Path(__file__).resolve().parents[2] / "panel"
TRANSLATED = LANGUAGES[1:]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_error_of_the_panel_is_translated(language: str) -> None:
    known = {without_names(text) for text in templates_of(PANEL / "locale" / "messages", language)}
    texts = [(place, text) for place, text in said_in_sources(PANEL) if text.replace("{}", "").strip()]
    assert len(texts) > 20
    assert [(place, text) for place, text in texts if text not in known] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogs_of_the_panel_have_the_same_texts(language: str) -> None:
    folder = PANEL / "locale" / "messages"
    assert templates_of(folder, language).keys() == templates_of(folder, "de").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_description_and_words_in_the_language_of_the_page(language: str) -> None:
    entry = find_style("platinum-print")
    style = load_style(entry.path)
    card = style_card(entry, style, Words(language))
    for text in (style.description, style.words):
        assert f"<p>{escape(in_language(text, language))}</p>" in card
        assert (escape(text) in card) == (language == "en")


def test_texts_of_core_and_panel_come_line_by_line() -> None:
    text = "b.jpg: is empty (0 bytes); copy it again from its source; left out\nchoose a style first"
    assert Words("de-CH,de;q=0.9").translate(text) == (
        "b.jpg: ist leer (0 Byte); kopieren Sie es noch einmal von der Quelle; weggelassen\n"
        "wählen Sie zuerst einen Stil"
    )
    assert Words("en").translate(text) == text


def test_without_a_page_texts_are_english() -> None:
    assert Words.of_page().language == "en"


@pytest.mark.parametrize(
    ("accepted", "number", "share"), [("en", "3.1", "50%"), ("de", "3,1", "50\u00a0%"), ("ja", "3.1", "50%")]
)
def test_numbers_are_written_as_in_the_language(accepted: str, number: str, share: str) -> None:
    words = Words(accepted)
    assert (words.number(3.14), words.number(3.14, 2)[-2:], words.share(0.499)) == (number, "14", share)
