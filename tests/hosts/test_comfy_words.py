"""What ComfyUI shows of the nodes is there in every language, says what the nodes say, and needs no command line."""

from __future__ import annotations

import re
from pathlib import Path

import comfy_host
import pytest
from comfy_words import LANGUAGES, ROOT, WORDS, definitions_of, files_of, needed_texts, notes_of, read, texts_of
from portrait_atelier.core import languages

ENGLISH = read(ROOT / "locales" / "en" / "nodeDefs.json")
TRANSLATED = LANGUAGES[1:]
COMMANDS = re.compile(r"(^|[\s(`])--?[a-z]+\b|\batelier [a-z]|command line|terminal", re.MULTILINE)
SPECIAL = re.compile(r"[{}@|]")  # what ComfyUI's page takes for more than text
NAMES = {"models/portrait_styles", "image", "images", "style", "variation", "grain", "Variation", "Name", "Text"}


def shape_of(texts: object) -> object:
    return {key: shape_of(value) for key, value in texts.items()} if isinstance(texts, dict) else None


def test_the_languages_are_those_of_the_other_programs():
    assert LANGUAGES == languages.LANGUAGES


@pytest.mark.comfyui
def test_the_words_are_those_of_the_nodes(comfy_pack):
    nodes = comfy_host.node_list(comfy_pack)
    assert definitions_of(nodes) == ENGLISH, "run tests/hosts/comfy_words.py"
    for name, node in nodes.items():
        schema = node.GET_SCHEMA()
        assert list(ENGLISH[name].get("inputs", {})) == [one.id for one in schema.inputs]
        assert all(text.strip() for text in texts_of(ENGLISH[name]))


def test_the_files_are_made_of_the_words():
    made = files_of(ENGLISH)
    assert len(made) == len(LANGUAGES) * (2 + len(ENGLISH))
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run tests/hosts/comfy_words.py"
    docs = ROOT / "web" / "docs"
    assert {path for path in docs.rglob("*.md")} == {path for path in made if docs in path.parents}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str):
    catalog = read(WORDS / f"{language}.json")
    assert list(catalog) == needed_texts(ENGLISH)
    same = {text for text, said in catalog.items() if text == said}
    assert same <= NAMES
    found = read(ROOT / "locales" / language / "nodeDefs.json")
    assert shape_of(found) == shape_of(ENGLISH)
    for name, node in found.items():
        for kind in ("inputs", "outputs"):
            slots = [slot["name"] for slot in node.get(kind, {}).values()]
            assert len(set(slots)) == len(slots), f"{name}: two {kind} have one name"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_words_that_people_search_for_are_in_the_names_of_every_language(language: str):
    found = read(ROOT / "locales" / language / "nodeDefs.json")
    terms = {name: re.findall(r"\((.+)\)", node["display_name"]) for name, node in ENGLISH.items()}
    assert {term for each in terms.values() for term in each} == {"Color Grade", "Color Match", "LUT"}
    assert all(term in found[name]["display_name"] for name, each in terms.items() for term in each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_sign_that_the_page_takes_for_more_than_text(language: str):
    texts = [text for path in (ROOT / "locales" / language).glob("*.json") for text in texts_of(read(path))]
    assert len(texts) > 100
    assert [text for text in texts if SPECIAL.search(text)] == []


def shown_texts() -> dict[Path, str]:
    found = [*ROOT.glob("locales/*/*.json"), *ROOT.glob("web/**/*.md"), *ROOT.glob("example_workflows/*.json")]
    return {path: path.read_text(encoding="utf-8") for path in found}


def test_no_text_sends_to_the_command_line():
    shown = shown_texts()
    assert len(shown) > 70
    assert {path.name: COMMANDS.findall(text) for path, text in shown.items() if COMMANDS.search(text)} == {}
    for text in ("or --content", "`atelier styles` lists those", "add -o", "the command line finds it"):
        assert COMMANDS.search(text)


def test_every_help_page_has_a_tip():
    assert set(notes_of()) == set(ENGLISH)
    assert all(any(note.startswith("**Tip:**") for note in notes) for notes in notes_of().values())


@pytest.mark.comfyui
def test_errors_of_nodes_name_no_command(comfy_pack, tmp_path: Path):
    nodes = comfy_host.node_list(comfy_pack)
    said = nodes["AtelierLoadStyle"].validate_inputs(style="no-such-style")
    assert "no such style" in said
    assert not COMMANDS.search(said)
    with pytest.raises(comfy_host.part("core.errors").StyleError) as error:
        nodes["AtelierLoadStyle"].execute("no-such-style")
    assert "choose one of those that are installed" in str(error.value)


@pytest.mark.comfyui
@pytest.mark.parametrize("node", ["AtelierTrainStyle", "AtelierStyleFromPhotos"])
def test_a_folder_that_is_still_to_be_made_is_named(comfy_pack, node: str):
    validate = comfy_host.node_list(comfy_pack)[node].validate_inputs
    assert validate(folder="(none)", content_folder="(none)") is True
    said = validate(folder="to-be-made", content_folder=["(none)"])
    assert "to-be-made: no such folder; make it, put your finished photos into it, and press R" in said
