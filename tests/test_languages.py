"""Every text for users in the sources is translated into every language, and every translation is used."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import AtelierError, StyleError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.languages import LANGUAGES, code_of, for_terminal, read_catalog, translate
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.photos.folder import read_photo_folder
from portrait_atelier.core.styles.library import list_styles
from portrait_atelier.core.styles.style import Style, description_of, learnt_from
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.core.texts import Text, from_file
from texts_in_sources import ROOMS, ROOT, fields, has_words, named_in_sources, needs_translation, said_in_sources

TRANSLATED = LANGUAGES[1:]
WITHOUT_PLURAL = ("ja", "zh")
TERMINAL_ONLY = (  # rooms and modules whose texts no graphical program shows
    "core/batch/cluster.py",
    "core/batch/fleet.py",
    "core/batch/request.py",
    "core/batch/staging.py",
    "core/batch/watching.py",
    "core/cli/",
    "core/learning/checkpoint.py",
    "core/pretraining/",
    "core/reports/",
    "core/scripting/",
    "gimp_plugin/",
    "panel/launch.py",
    "panel/panel_settings.py",
)
OPTION = re.compile(r"(^|\s)(--?[a-z]+\b|`atelier (?!doctor))")
SAID, FINISHED = said_in_sources()
OF_GRADIO = {"common.upload", "common.complete"}  # texts of Gradio that the page replaces, or that it lacks
ROWS = {"{first}, {rest}", "{first}; {rest}"}  # of texts in a row; languages with marks of their own have them


def catalog(room: str, language: str, *, graphical: bool = False) -> dict[str, str | dict[str, str]]:
    folder = ROOT / room / "locale"
    return read_catalog((folder / "graphical" if graphical else folder) / f"{language}.json")


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def ready_texts() -> set[str]:
    """Return the texts in the files of the shipped styles."""
    styles = [load_style(entry.path) for entry in list_styles() if entry.origin == "bundled"]
    return {text for style in styles for text in (style.description, style.words)}


def page_names() -> set[str]:
    return set(catalog("panel", "en"))


def test_no_finished_english_is_said():
    assert FINISHED == []
    assert len(SAID) > 400


def test_templates_are_given_their_values():
    for said in SAID:
        names = {re.split("[!:]", field)[0] for text in (said.template, said.one or "") for field in fields(text)}
        assert said.values is not None, said
        assert names == said.values - ({"count"} - names), said
        assert said.one is None or "count" in said.values, said


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_sources_is_translated(language: str):
    known = {template for room in ROOMS for template in catalog(room, language)}
    assert {(said.key, said.place) for said in SAID if needs_translation(said.key) and said.key not in known} == set()
    assert named_in_sources()[0] <= page_names() & known


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_is_said(language: str):
    keys = {said.key for said in SAID} | ROWS | OF_GRADIO | ready_texts()
    for room in ROOMS:
        names = {name for name in catalog(room, language) if is_used_name(name)} if room == "panel" else set()
        assert set(catalog(room, language)) - keys - names == set(), room
    assert set(catalog("core", language, graphical=True)) <= keys
    assert catalog("core", language, graphical=True).keys() == catalog("core", "en", graphical=True).keys()


def is_used_name(name: str) -> bool:
    exact, patterns = named_in_sources()
    return name in exact or any(pattern.fullmatch(name) for pattern in patterns)


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_room_has_its_own_texts_and_no_other_has_them_too(language: str):
    seen: dict[str, str] = {}
    for room in ROOMS:
        for template in catalog(room, language):
            assert seen.setdefault(template, room) == room, template
    for said in SAID:
        assert seen.get(said.key, said.room) in (said.room, "core"), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_things(language: str):
    english = catalog("panel", "en")
    said = {said.key: said for said in SAID}
    for room in ROOMS:
        for graphical in (False, True):
            for template, text in catalog(room, language, graphical=graphical).items():
                source = english.get(template, template)
                wanted = fields(source["other"] if isinstance(source, dict) else source)
                for form in forms(text):
                    assert form.strip()
                    assert fields(form) == wanted, template
                counts = isinstance(source, dict) or (template in said and said[template].one is not None)
                if counts:
                    assert isinstance(text, dict) == (language not in WITHOUT_PLURAL), template
                assert isinstance(text, str) or (set(text) == {"one", "other"} and (counts or "count" in wanted))


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_with_windows_are_not_sent_to_options_of_the_command_line(language: str):
    graphical = catalog("core", language, graphical=True)
    for said in SAID:
        if not said.place.startswith(TERMINAL_ONLY) and said.room in ("core", "panel"):
            shown = graphical.get(said.key, said.key)
            assert not any(OPTION.search(form) for form in forms(shown)), said.place
    texts = [form for room in ("core", "panel") for text in catalog(room, language).values() for form in forms(text)]
    assert sum(bool(OPTION.search(form)) for form in texts) >= (0 if language == "en" else len(graphical))


@pytest.mark.parametrize("language", TRANSLATED)
def test_ready_styles_describe_themselves(language: str):
    texts = ready_texts()
    assert len(texts) >= 30
    assert [text for text in texts if translate(from_file(text), language) == text] == []


def test_what_learning_says_of_a_style_is_read_again_from_its_file():
    style = Style("mine", "fixed", description=str(learnt_from(1)), num_photos=1, look=read_look())
    assert translate(description_of(style), "de") == "gelernt aus 1 Foto"
    own = Style("mine", "fixed", description="learnt from {x} photos", num_photos=1, look=read_look())
    assert translate(description_of(own), "de") == "learnt from {x} photos"


def read_look():
    from portrait_atelier.core.imaging.rendering.look import Look

    return Look.identity()


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
def test_what_is_found_in_a_folder_is_told(tmp_path: Path, language: str):
    found = read_photo_folder(folder_with_trouble(tmp_path / "photos"))
    texts = [finding.text for finding in found.findings] + list(found.warnings)
    assert len(texts) == 4
    for text in texts:
        assert translate(text, language) != text
        assert translate(text, "en") == text


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 " + bytes(80), b"GIF89a" + bytes(80), b"\x89PNG\r\n\x1a\n" + b"x" * 99]
)
def test_errors_as_they_arise_keep_the_name_of_the_file(tmp_path: Path, content: bytes, language: str):
    path = tmp_path / "Anna: at {the} window.png"
    path.write_bytes(content)
    with pytest.raises(AtelierError) as error:
        read_photo(path)
    said = translate(error.value, language)
    assert said.startswith(f"{path}: ")
    assert said != str(error.value)


def test_an_error_inside_an_error(tmp_path: Path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").touch()
    with pytest.raises(AtelierError) as error:
        resolve_style(str(folder))
    assert translate(error.value, "fr") == (
        f"{folder}: aucune de ses photos ne convient (1 illisible ; la première : a.jpg : est vide (0 octet) ; "
        "copiez-la à nouveau depuis sa source) ; exportez-les à nouveau en JPEG, PNG, TIFF ou WebP"
    )


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "1 photo used"),
        ("en", 2, "2 photos used"),
        ("de", 0, "0 Fotos genommen"),
        ("de", 1, "1 Foto genommen"),
        ("fr", 0, "0 photo prise"),
        ("fr", 2, "2 photos prises"),
        ("ja", 1, "使った写真 1 枚"),
    ],
)
def test_counts_have_the_plurals_of_the_language(language: str, count: int, text: str):
    said = Text("{folder}: {count} photos used", one="{folder}: {count} photo used", folder="x", count=count)
    assert translate(said, language) == f"x: {text}"


def test_names_are_never_translated():
    error = StyleError("{path}: no such style file", path="everything: {count} photos")
    assert translate(error, "de") == "everything: {count} photos: keine solche Stildatei"


def test_the_command_line_names_its_options_and_windows_do_not():
    error = AtelierError(
        "{path}: already exists (nothing is replaced unasked); add --overwrite, or choose a new name", path="a.jpg"
    )
    assert (
        translate(error, "de") == "a.jpg: gibt es schon (nichts wird ungefragt ersetzt); wählen Sie einen anderen Namen"
    )
    assert "--overwrite" in translate(error, "de", in_terminal=True)
    assert translate(error, "en").endswith("(nothing is replaced unasked); choose a new name")
    assert translate(error, "en", in_terminal=True) == str(error)


@pytest.mark.parametrize(
    ("name", "code"),
    [("de_DE.UTF-8", "de"), ("fr-CA", "fr"), ("zh_TW.UTF-8", "zh"), ("es@euro", "es"), ("JA", "ja")]
    + [(name, "en") for name in ("", "C", "C.UTF-8", "POSIX", "it_IT.UTF-8", "../../de", "en_GB")],
)
def test_the_code_of_a_language(name: str, code: str):
    assert code_of(name) == code


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "everything"),
        ({"LANG": "de_DE.UTF-8"}, "alles"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES"}, "todo"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES", "LC_ALL": "fr_FR"}, "tout"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "everything"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "alles"),
    ],
)
def test_the_terminal_speaks_the_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
):
    for name in ("LANG", "LC_MESSAGES", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert for_terminal(Text("everything")) == said


@pytest.mark.parametrize(
    "argument", ['f"{x} photos"', '"{a}: gone" if x else "no {b}"', '"lost " + x', """f"{x if y else 'none'}\""""]
)
def test_finished_english_is_recognized(argument: str):
    assert has_words(ast.parse(argument, mode="eval").body)
    assert not has_words(ast.parse("f'{name}: {path}'", mode="eval").body)
