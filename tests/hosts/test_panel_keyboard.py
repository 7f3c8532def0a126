"""The whole way by keyboard alone: a folder named, checked and learnt at once, the style tried, a file taken away."""

from contextlib import suppress
from pathlib import Path

import pytest
from panel_server import finished_photos, untouched_photo
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MOST_STEPS = 160  # of the Tab key from anywhere to anywhere


def _go_to(page, selector: str):
    """Press Tab until an element of a selector, or one within it, has the focus, and see that the focus shows."""
    for _ in range(_MOST_STEPS):
        if page.evaluate("(wanted) => !!document.activeElement?.closest(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the Tab key")


def _chosen_file(page, selector: str):
    """Press Enter on a button for files; once more if the page was being drawn anew just then."""
    from playwright.sync_api import TimeoutError as NothingOpened

    for _ in range(3):
        _go_to(page, selector)
        with suppress(NothingOpened), page.expect_file_chooser(timeout=15_000) as chooser:
            page.keyboard.press("Enter")
            return chooser.value
    raise AssertionError(f"{selector} opens no choice of files")


def _choose_instant(page):
    """Press an arrow key on the choice of qualities; once more if the page was being drawn anew just then."""
    from playwright.sync_api import TimeoutError as NothingChosen

    for _ in range(3):
        _go_to(page, "#quality")
        page.keyboard.press("ArrowUp")
        with suppress(NothingChosen):
            page.wait_for_function(
                "document.querySelector('#quality input:checked').value === 'instant'", timeout=15_000
            )
            return
    raise AssertionError("arrow keys choose no other quality")


def test_a_style_is_learnt_and_given_to_a_photo_without_a_pointer(page, tmp_path: Path):
    finished_photos(tmp_path / "finished", 4)
    _go_to(page, "#folder")
    page.keyboard.type(str(tmp_path / "finished"))
    page.keyboard.press("Enter")
    page.locator("#check").get_by_text("4 photos to learn from").wait_for()
    _go_to(page, "#name")
    page.keyboard.type("by keys")
    _choose_instant(page)
    _go_to(page, "#start")
    page.keyboard.press("Enter")
    page.locator("#start-message").get_by_text("by keys is in the list below").wait_for()
    page.locator("#training-status h3").get_by_text("by keys").wait_for()
    page.locator("#report").get_by_text("Read from 4 photos at once").wait_for()
    page.locator("#try-it").wait_for()
    _go_to(page, "#try-it")
    page.keyboard.press("Enter")
    page.locator("#try-gallery button").first.wait_for()
    _chosen_file(page, "#try-photos button").set_files(untouched_photo(tmp_path / "sitter.png", 640, 480))
    page.locator("#try-slider .pa-after[src]").wait_for()
    page.locator("#try-gallery [aria-pressed=true][aria-label='by keys (not kept yet)']").wait_for()
    looked = page.locator("#try-slider .pa-after").get_attribute("src")
    _go_to(page, "#strength input[type=range]")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(old) => document.querySelector('#try-slider .pa-after').getAttribute('src') !== old", arg=looked
    )
    _go_to(page, "#make")
    page.keyboard.press("Space")
    page.locator("#result a").wait_for()
    _go_to(page, "#result a")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "sitter.by keys.png"
    assert Image.open(download.value.path()).size == (640, 480)
