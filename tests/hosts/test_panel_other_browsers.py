"""The whole way through the panel in Firefox and in WebKit, which draws Safari: learn, try, mask, compare."""

import json
import time
from pathlib import Path

import pytest
from other_browsers import BROWSERS, Page
from panel_server import finished_photos, untouched_photo

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_AFTER = "document.querySelector('#try-slider .pa-after')"
_LOOK = "atelier.stage.look()"
# Messages without a word, which take no room: the rule of the style sheet is one of `:has()`.
_EMPTY = ("#import-message", "#export-loss", "#share-told", "#again-message", "#improved", "#made-message")


@pytest.fixture(params=sorted(BROWSERS))
def page(request, panel_server, tmp_path_factory):
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as page:
        page.open(panel_server.url)
        page.run("window.faults = []; addEventListener('error', (event) => faults.push(event.message))")
        page.see_text("#check", "Eight photos or more")
        yield page
        assert [fault for fault in page.run("return faults") if not fault.startswith("ResizeObserver")] == []


def _choose_tab(page: Page, name: str) -> None:
    page.run("[...document.querySelectorAll('[role=tab]')].find((tab) => tab.innerText === arguments[0]).click()", name)


def _after_key(page: Page, *keys: str) -> None:
    """Press keys that make another picture, and wait for it."""
    page.run(f"window.earlier = {_AFTER}.src")
    page.press(*keys)
    page.see(f"{_AFTER}.src !== earlier")


def _unfold(page: Page, place: str) -> None:
    """Open a part of the page; its head is clicked again if it moved away while the page was being filled."""
    head = f"{place} button.label-wrap"
    for _ in range(20):
        page.click(head)
        time.sleep(0.5)
        if page.run(f"return document.querySelector({json.dumps(head)}).classList.contains('open')"):
            return
    raise AssertionError(f"{place} stays closed")


def test_a_style_is_learnt_and_tried_and_compared(page: Page, tmp_path: Path):
    page.drop("#photos", *finished_photos(tmp_path / "finished"))
    page.see_text("#check .pa-big", "10 photos to learn from")
    page.type("#name input, #name textarea", "elsewhere")
    page.click("#quality input[value=instant]")
    page.click("#start")
    page.see_text("#start-message", "elsewhere is in the list below")
    page.see_text("#report", "Read from 10 photos at once")
    page.click("#try-it")
    page.drop("#try-photos", *(untouched_photo(tmp_path / f"{name}.jpg", 900, 700) for name in "ab"))
    page.see(f"{_AFTER}?.naturalWidth > 0 && document.querySelectorAll('#try-list [data-index]').length === 2")
    page.see(f"{_LOOK}.settings.style.startsWith('training:')")
    _keys_are_heard(page)
    _a_mask_is_painted(page)
    page.click("#make")
    page.see("document.querySelector('#result a')?.checkVisibility()")
    _choose_tab(page, "Library")
    page.see("document.querySelector('#card h3')?.checkVisibility()")
    for place in _EMPTY:
        assert not page.run(f"return document.querySelector({json.dumps(place)})?.checkVisibility()"), place
    _unfold(page, "#compare")
    page.see("document.querySelector('#comparison img')?.naturalWidth")
    page.see("document.querySelector('#sides b')?.checkVisibility()")


def _keys_are_heard(page: Page) -> None:
    page.run("document.querySelector('.pa-view').focus()")
    own = json.dumps(page.run(f"return {_LOOK}.settings.style"))
    _after_key(page, "ArrowDown")
    page.see(f"{_LOOK}.settings.style !== {own}")
    _after_key(page, "Control", "z")
    page.see(f"{_LOOK}.settings.style === {own}")
    page.press("\\")
    page.see(f"getComputedStyle({_AFTER}).visibility === 'hidden'")
    page.press("\\")
    page.see(f"getComputedStyle({_AFTER}).visibility === 'visible'")
    page.press("f")
    page.see("document.querySelector('.pa-view').clientWidth === innerWidth")
    page.press("f")
    page.see("document.querySelector('.pa-view').clientWidth < innerWidth")
    page.press("z")
    page.see("document.querySelector('.pa-stage').dataset.view === 'near'")
    page.see("document.querySelector('.pa-near-after').naturalWidth > 0")
    page.press("z")
    page.see("document.querySelector('.pa-stage').dataset.view === 'fit'")
    page.run("document.activeElement.blur()")
    _after_key(page, "ArrowRight")
    page.see("document.querySelector('#try-list [aria-current]').dataset.index === '1'")


def _a_mask_is_painted(page: Page) -> None:
    page.press("m")
    page.see("document.querySelector('#try-slider canvas').width === 900")
    box = page.run("return document.querySelector('#try-slider canvas').getBoundingClientRect().toJSON()")
    page.run(f"window.earlier = {_AFTER}.src")
    left, top = (box[side] + 0.3 * box[length] for side, length in (("left", "width"), ("top", "height")))
    page.drag((left, top), (left + 0.2 * box["width"], top))
    page.see(f"{_AFTER}.src !== earlier")
    page.see("document.querySelector('#try-list [data-index=\"1\"]').ariaLabel === 'b.jpg, has a mask'")
    page.press("Escape")
    page.see("document.querySelector('.pa-mask-tools').hidden")
