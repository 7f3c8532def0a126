"""The library in a real Chromium: each change is clicked, and seen on the disk by `atelier styles`."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from panel_server import choose_tab, untouched_photo
from portrait_atelier.core.learning.resolve import resolve_style
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def library(page):
    choose_tab(page, "Library")
    page.locator("#library button.thumbnail-item").first.wait_for()
    page.locator("#card h3").wait_for()
    return page


def _styles(server) -> dict[str, dict]:
    return {row["name"]: row for row in json.loads(server.command("styles", "--json"))}


def _choose(page, name: str):
    page.locator("#library").get_by_label(name, exact=True).click()
    page.locator("#card h3").get_by_text(name, exact=True).wait_for()


def _copied(page, source: str, name: str):
    """A style of one's own to work on: a bundled one duplicated and renamed, by clicks."""
    _choose(page, source)
    page.click("#duplicate")
    page.locator("#card h3").get_by_text(re.compile(rf"{source} \d+")).wait_for()
    _wait_for_texts(page)
    _rename(page, name)
    page.locator("#card h3").get_by_text(name, exact=True).wait_for()
    _wait_for_texts(page)


def _open_texts(page):
    if not page.locator("#new-name").is_visible():
        page.locator("#change").get_by_role("button", name="Rename and describe").click()
    page.locator("#new-name").wait_for()


def _wait_for_texts(page):
    """Until the fields are those of the style that the card shows, so that nothing typed is overwritten."""
    _open_texts(page)
    page.wait_for_function(
        "document.querySelector('#new-name textarea, #new-name input').value"
        " === document.querySelector('#card h3').textContent"
    )


def _rename(page, name: str):
    _open_texts(page)
    page.fill("#new-name textarea, #new-name input", name)
    page.click("#save")


def _toast(page) -> str:
    """What a toast says, read and closed in one go, as it goes away by itself."""
    told = page.wait_for_function(
        """() => {
            const text = document.querySelector(".toast-body")?.innerText;
            if (text) document.querySelector(".toast-close").click();
            return text;
        }"""
    )
    page.locator(".toast-body").wait_for(state="detached")
    return told.json_value()


def test_a_style_is_duplicated_renamed_and_described(library, panel_server):
    _copied(library, "soft-pastel", "evening")
    library.get_by_label("What it does, in a line").fill("calm light")
    library.click("#save")
    library.locator("#card").get_by_text("calm light").wait_for()
    library.locator("#where code").get_by_text(str(panel_server.folder / "styles")).wait_for()
    found = _styles(panel_server)
    assert found["evening"]["description"] == "calm light"
    assert not any(name.startswith("soft-pastel ") for name in found)
    assert (panel_server.folder / "styles" / "evening.safetensors").exists()


def test_a_name_that_cannot_be_is_refused_and_nothing_changes(library, panel_server):
    _copied(library, "low-key", "deep one")
    _copied(library, "low-key", "deep two")
    library.get_by_label("What it does, in a line").fill("must not be kept")
    for name, text in (
        ("", "The style needs a name."),
        ("deep one", "a style called 'deep one' exists; choose another name"),
        ("a/b", "a style's name cannot hold '/'"),
        ("../up", "a style's name cannot hold '/'"),
    ):
        _rename(library, name)
        told = _toast(library)
        assert text in told
        assert "--overwrite" not in told
    found = _styles(panel_server)
    assert {"deep one", "deep two"} <= set(found)
    assert found["deep two"]["description"] != "must not be kept"


def test_a_deleted_style_comes_back_and_a_bundled_one_cannot_be_deleted(library, panel_server):
    _copied(library, "warm-slide", "to go")
    library.click("#delete")
    library.locator("#undo").get_by_text("Bring to go back").wait_for()
    assert "to go" not in _styles(panel_server)
    library.locator("#library").get_by_label("to go", exact=True).wait_for(state="detached")
    library.click("#undo")
    library.locator("#card h3").get_by_text("to go", exact=True).wait_for()
    library.locator("#undo").wait_for(state="hidden")
    assert "to go" in _styles(panel_server)
    _choose(library, "high-key")
    library.locator("#delete").wait_for(state="hidden")
    library.locator("#change").wait_for(state="hidden")


def test_files_are_taken_out_and_put_in_again(library, panel_server, tmp_path: Path):
    _copied(library, "faded-print", "wandering")
    library.click("#export")
    files = {}
    library.locator("#exported a").nth(1).wait_for()
    for link in library.locator("#exported a").all():
        with library.expect_download() as download:
            link.click()
        files[download.value.suggested_filename] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[download.value.suggested_filename])
    assert set(files) == {"wandering.safetensors", "wandering.cube"}
    assert "LUT_3D_SIZE" in files["wandering.cube"].read_text()
    library.locator("#export-loss").get_by_text("the export ").first.wait_for()
    library.locator("#export-loss").get_by_label("How it is measured").click()
    library.locator("#export-loss").get_by_text("differs from the style itself by mean dE00").wait_for()
    place, message = "#import input[type=file]", library.locator("#import-message")
    library.set_input_files(place, files["wandering.safetensors"])
    message.get_by_text("wandering is in your library already, the very same.").wait_for()
    assert library.locator("#exported").is_visible()
    library.click("#delete")
    library.locator("#undo").wait_for()
    library.locator("#exported").wait_for(state="hidden")
    library.set_input_files(place, files["wandering.safetensors"])
    message.get_by_text("wandering is in your library.").wait_for()
    assert "wandering" in _styles(panel_server)
    (tmp_path / "words.safetensors").write_text("just words")
    library.set_input_files(place, tmp_path / "words.safetensors")
    message.get_by_text("words.safetensors: is not a style file").wait_for()
    library.set_input_files(place, files["wandering.cube"].rename(tmp_path / "table.cube"))
    message.get_by_text("table is in your library.").wait_for()
    (tmp_path / "words.txt").write_text("just words")
    library.set_input_files(place, tmp_path / "words.txt")
    message.get_by_text("words.txt is neither a style nor a LUT. Add a style file").wait_for()
    assert ".cube" in library.locator(f"{place}").get_attribute("accept")
    assert library.locator(".toast-body").count() == 0


def test_a_name_that_is_taken_is_asked_about(library, panel_server, tmp_path: Path):
    _copied(library, "faded-print", "taken")
    stranger = resolve_style("low-key").renamed("taken").save(tmp_path / "taken")
    place, asked = "#import input[type=file]", library.locator("#import-taken")
    library.set_input_files(place, stranger)
    asked.get_by_text("A style called taken is in your library already").wait_for()
    name = asked.locator("textarea, input").first
    assert name.input_value() == "taken 2"
    name.fill("taken")
    asked.get_by_role("button", name="Add under this name").click()
    asked.get_by_text("a style called 'taken' exists; choose another name").wait_for()
    name.fill("stranger")
    asked.get_by_role("button", name="Add under this name").click()
    library.locator("#import-message").get_by_text("stranger is in your library.").wait_for()
    asked.wait_for(state="hidden")
    library.set_input_files(place, stranger)
    asked.get_by_role("button", name="Replace the other").click()
    library.locator("#import-message").get_by_text("taken is in your library.").wait_for()
    found = _styles(panel_server)
    assert found["taken"]["description"] == found["stranger"]["description"] == found["low-key"]["description"]
    assert list((panel_server.folder / "styles" / ".trash").glob("* taken.safetensors"))


def test_a_style_is_shared_on_a_photo_and_its_cover_is_of_it(library, tmp_path: Path):
    _copied(library, "warm-slide", "given away")
    photo = untouched_photo(tmp_path / "mine.png", 320, 240)
    library.locator("#share").get_by_role("button", name="Share with users of Portrait Atelier").click()
    library.set_input_files("#share-photo input[type=file]", photo)
    library.locator("#share-photo").get_by_text("mine").wait_for()
    library.click("#make-zip")
    library.locator("#share-told").get_by_text("the photo that you chose, small and without metadata").wait_for()
    with library.expect_download() as download:
        library.locator("#shared a").first.click()
    download.value.save_as(tmp_path / "shared.zip")
    with zipfile.ZipFile(tmp_path / "shared.zip") as zipped:
        names = {name.removeprefix("given away/") for name in zipped.namelist()}
    table = {"given away.safetensors", "given away.cube", "about.txt"}
    assert names == {*table, "before.jpg", "after.jpg", "before-and-after.jpg"}
    cover = library.locator("#library button.thumbnail-item", has_text="given away").locator("img")
    usual = cover.get_attribute("src")
    library.locator("#cover").get_by_role("button", name="Cover").first.click()
    library.set_input_files("#cover-photo input[type=file]", photo)
    library.locator("#cover-photo").get_by_text("mine").wait_for()
    library.click("#make-cover")
    until(lambda: cover.get_attribute("src") != usual)


def test_two_styles_are_compared_on_a_photo(library, tmp_path: Path):
    library.locator("#compare").get_by_role("button", name="Compare two styles").click()
    pictures = library.locator("#comparison img")
    pictures.first.wait_for()
    shown = pictures.first.get_attribute("src")
    library.locator("#compare").get_by_label("Left").click()
    library.get_by_role("option", name="silver-gelatin").click()
    library.wait_for_function("(old) => document.querySelector('#comparison img').src !== old", arg=shown)
    sides = library.locator("#sides b")
    sides.first.get_by_text("silver-gelatin").wait_for()
    _choose(library, "red-chalk")
    sides.first.get_by_text("red-chalk").wait_for()
    assert library.locator("#compare").get_by_label("Left").input_value() == "red-chalk"
    _choose(library, "silver-gelatin")
    sides.first.get_by_text("silver-gelatin").wait_for()
    library.set_input_files("#compare input[type=file]", untouched_photo(tmp_path / "mine.png", 640, 480))
    library.wait_for_function("() => document.querySelector('#comparison img').naturalWidth === 640")
    (tmp_path / "words.txt").write_text("just words")
    library.locator("#compare-photo").get_by_label("Clear").click()
    library.wait_for_function("() => document.querySelector('#comparison img').naturalWidth === 512")  # the astronaut
    library.set_input_files("#compare-photo input[type=file]", tmp_path / "words.txt")
    assert "words.txt: is not a photo (its content is none of JPEG" in _toast(library)
    library.locator("#compare-photo").get_by_text("words").wait_for(state="detached")  # it is let go
    choose_tab(library, "Try")
    choose_tab(library, "Library")
    assert library.locator("#compare").get_by_label("Left").input_value() == "silver-gelatin"
    assert library.locator(".toast-body").count() == 0
