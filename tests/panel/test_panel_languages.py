"""Texts of core and the panel in the language of the page."""

from html import escape

import pytest
from portrait_atelier.core.errors import AtelierError, PhotoError
from portrait_atelier.core.languages import LANGUAGES, translate
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.core.texts import Text, from_file, joined
from portrait_atelier.panel.cards import style_card
from portrait_atelier.panel.trainings import TrainingStatus
from portrait_atelier.panel.words import Words

pytest.importorskip("gradio")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_description_and_words_in_the_language_of_the_page(language: str) -> None:
    entry = find_style("platinum-print")
    style = load_style(entry.path)
    card = style_card(entry, style, Words(language))
    for text in (style.description, style.words):
        assert f"<p>{escape(translate(from_file(text), language))}</p>" in card
        assert (escape(text) in card) == (language == "en")


def test_texts_of_core_and_panel_come_line_by_line() -> None:
    error = PhotoError("{path}: is empty (0 bytes); copy it again from its source", path="b.jpg")
    text = joined([Text("{text}; left out", text=error), Text("choose a style first")], "{first}\n{rest}")
    assert Words("de-CH,de;q=0.9").translate(text) == (
        "b.jpg: ist leer (0 Byte); kopieren Sie es noch einmal von der Quelle; weggelassen\n"
        "wählen Sie zuerst einen Stil"
    )
    assert Words("en").translate(text) == text


def test_a_stored_status_is_read_in_any_language() -> None:
    failed = AtelierError("{folder}: cannot be made ({cause}); check your rights there", folder="x", cause="?").text
    note = Text("{count} RAW files were not read; export finished photos from them first", count=2)
    status = TrainingStatus("failed", message=failed, notes=(note,))
    again = TrainingStatus.from_json(status.to_json())
    assert again == status
    assert isinstance(again.message, Text)
    assert Words("fr").translate(again.message) == "x: impossible à créer (?) ; vérifiez-y vos droits"
    assert Words("de").translate(again.notes[0]).startswith("2 RAW-Dateien wurden nicht gelesen")


def test_a_status_of_an_older_version_is_shown_as_it_was_written() -> None:
    status = TrainingStatus.from_json({"state": "failed", "message": "it {broke}", "notes": ["few photos"]})
    assert status.message == "it {broke}"
    assert Words("de").translate(status.notes[0]) == "few photos"


def test_names_of_the_page_count_too() -> None:
    assert [Words("en")("check.usable", count=count) for count in (1, 2)] == [
        "1 photo to learn from",
        "2 photos to learn from",
    ]
    assert Words("fr")("report.pixel", count=1) == "Un style qui peint, de 1 image."


def test_without_a_page_texts_are_english() -> None:
    assert Words.of_page().language == "en"


@pytest.mark.parametrize(
    ("accepted", "number", "share"), [("en", "3.1", "50%"), ("de", "3,1", "50\u00a0%"), ("ja", "3.1", "50%")]
)
def test_numbers_are_written_as_in_the_language(accepted: str, number: str, share: str) -> None:
    words = Words(accepted)
    assert (words.number(3.14), words.number(3.14, 2)[-2:], words.share(0.499)) == (number, "14", share)
