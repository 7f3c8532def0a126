"""What core says is known in every language: each template that stands in its sources, and texts as they arise."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.languages import FOLDER, LANGUAGES, in_language, templates_of
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.photos.folder import read_photo_folder
from portrait_atelier.core.styles.library import list_styles
from portrait_atelier.core.styles.style_file import load_style
from said_texts import said_in_sources, without_names

CORE = Path(__file__).resolve().parents[1] / "core"
TRANSLATED = LANGUAGES[1:]
COMMAND_LINE_ONLY = (  # what trains what we ship, and what only a terminal or a script shows
    "cli/",
    "learning/checkpoint",
    "networks/features",
    "pretraining/",
    "reports/score_plot",
    "scripting/",
)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_error_and_note_of_the_sources_is_translated(language: str) -> None:
    known = {without_names(text) for text in templates_of(FOLDER, language)}
    texts = [
        (place, text) for place, text in said_in_sources(CORE, COMMAND_LINE_ONLY) if text.replace("{}", "").strip()
    ]
    assert len(texts) > 70
    assert [(place, text) for place, text in texts if text not in known] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogs_have_the_same_texts_and_fill_in_the_same_things(language: str) -> None:
    catalog, german = templates_of(FOLDER, language), templates_of(FOLDER, "de")
    assert catalog.keys() == german.keys()
    for text, said in catalog.items():
        assert said.strip()
        assert set(re.findall(r"\{(\w+)\}", said)) == set(re.findall(r"\{(\w+)\}", text)), text


def test_programs_with_windows_are_not_sent_to_options_of_the_command_line() -> None:
    english = templates_of(FOLDER, "en")
    for text in templates_of(FOLDER, "de"):
        assert not re.search(r"(^|\s)--?[a-z]+\b", english.get(text, text)), text
    for language in TRANSLATED:
        assert not re.search(r"\s--?[a-z]+\b", " ".join(templates_of(FOLDER, language).values()))


@pytest.mark.parametrize("language", TRANSLATED)
def test_ready_styles_describe_themselves(language: str) -> None:
    bundled = [entry for entry in list_styles() if entry.origin == "bundled"]
    styles = [load_style(entry.path) for entry in bundled]
    assert len(styles) >= 15
    texts = [text for style in styles for text in (style.description, style.words)]
    assert all(texts)
    assert [text for text in texts if in_language(text, language) == text] == []


def folder_with_trouble(folder: Path) -> Path:
    folder.mkdir()
    noise = np.random.default_rng(3).integers(0, 255, (300, 260, 3), np.uint8)
    Image.fromarray(noise).save(folder / "one.png")
    Image.fromarray(noise).save(folder / "same pixels.png", compress_level=1)
    Image.fromarray(noise[:40, :40]).save(folder / "small.png")
    (folder / "empty.jpg").touch()
    (folder / "raw.nef").write_bytes(b"II*\0" + bytes(64))
    return folder


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_found_in_a_folder_is_told(tmp_path: Path, language: str) -> None:
    found = read_photo_folder(folder_with_trouble(tmp_path / "photos"))
    texts = [finding.text for finding in found.findings] + list(found.warnings)
    assert len(texts) == 4
    for text in texts:
        assert in_language(text, language) != text
        assert in_language(text, "en") == text


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 " + bytes(80), b"GIF89a" + bytes(80), b"\x89PNG\r\n\x1a\n" + b"x" * 99]
)
def test_errors_as_they_arise_keep_the_name_of_the_file(tmp_path: Path, content: bytes, language: str) -> None:
    path = tmp_path / "Anna: at the window.png"
    path.write_bytes(content)
    with pytest.raises(AtelierError) as error:
        read_photo(path)
    said = in_language(str(error.value), language)
    assert said.startswith(f"{path}: ")
    assert said != str(error.value)


def test_a_cause_inside_a_text_is_translated_too() -> None:
    text = "photos: cannot be used (no space left on device); check free space and your rights"
    assert in_language(text, "de-CH") == (
        "photos: kann nicht benutzt werden (kein Platz mehr auf dem Datenträger); prüfen Sie den freien Platz und "
        "Ihre Rechte"
    )


def test_an_error_inside_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").touch()
    with pytest.raises(AtelierError) as error:
        resolve_style(str(folder))
    assert in_language(str(error.value), "fr") == (
        f"{folder}: aucune de ses photos ne convient (1 illisibles ; la première : a.jpg : est vide (0 octet) ; "
        "copiez-la à nouveau depuis sa source) ; exportez-les à nouveau en JPEG, PNG, TIFF ou WebP"
    )


@pytest.mark.parametrize("language", ["", "it", "C", "../../en", "zh_TW.UTF-8"])
def test_what_is_not_known_stays_as_it_is(language: str) -> None:
    assert in_language("a text that core never says", language) == "a text that core never says"


def test_catalogs_of_another_folder_are_used_too(tmp_path: Path) -> None:
    (tmp_path / "de.json").write_text(json.dumps({"paint {what} again": "malen Sie {what} noch einmal"}))
    assert in_language("paint it again", "de", (FOLDER, tmp_path)) == "malen Sie it noch einmal"
    assert in_language("memory", "de", (FOLDER, tmp_path)) == "Speicher"
