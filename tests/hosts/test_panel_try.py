"""The tab that gives styles to photos, in a real Chromium: blends, prints, masks, full size, several at once."""

import io
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import tifffile
from panel_server import choose_tab, place_in, untouched_photo
from PIL import Image
from skimage import data
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_AFTER = "document.querySelectorAll('#try-slider img')[1]"
_NEAR = "document.querySelectorAll('.pa-crop img')[1]"


@pytest.fixture
def attempt(page):
    choose_tab(page, "Try")
    page.locator("#try-gallery").get_by_label("cool-cinema").wait_for()
    return page


def _deep(path: Path, width: int = 640, height: int = 480) -> Path:
    """A TIFF of 16 bits."""
    small = np.asarray(Image.fromarray(data.astronaut()).resize((width, height)))
    tifffile.imwrite(path, small.astype(np.uint16) * 257, photometric="rgb")
    return path


def _drop(page, *paths: Path):
    page.set_input_files("#try-photos input[type=file]", [str(path) for path in paths])
    page.locator("#make:enabled").wait_for()
    page.locator("#try-slider img").nth(1).wait_for()


def _choose(page, style: str):
    _after(page, lambda: page.locator("#try-gallery").get_by_label(style, exact=True).click())


def _after(page, act):
    """What a change makes of the picture at the right: its address, once it is another one."""
    before = page.evaluate(f"{_AFTER}.src")
    act()
    page.wait_for_function(f"(old) => {_AFTER}.src !== old", arg=before)
    return page.evaluate(f"{_AFTER}.src")


def _near(page, act) -> dict[str, float]:
    """What a change makes of the part at 100 %: where it is, once it is another picture."""
    before = page.evaluate(f"{_NEAR}.src")
    act()
    page.wait_for_function(f"(old) => {_NEAR} && {_NEAR}.src !== old && {_NEAR}.naturalWidth", arg=before)
    found = page.evaluate("({...document.querySelector('.pa-crop').dataset})")
    return {name: float(value) for name, value in found.items()}


def _set(page, control: str, value: float):
    """Type a value into a control."""
    page.fill(f"{control} input[type=number]", str(value))
    page.press(f"{control} input[type=number]", "Tab")


def _made(page, folder: Path) -> Path:
    page.click("#make")
    page.locator("#try-message").get_by_text("Ready at full size and depth").wait_for()
    with page.expect_download() as download:
        page.locator("#result a").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_several_photos_get_a_blend_in_a_print_of_ones_own_and_keep_their_depth(attempt, tmp_path: Path):
    photos = [_deep(tmp_path / "deep.tif"), untouched_photo(tmp_path / "a.png", 320, 400)]
    photos.append(untouched_photo(tmp_path / "b.jpg", 500, 300))
    _drop(attempt, *photos)
    assert attempt.locator("#try-list button.thumbnail-item").count() == 3
    _choose(attempt, "warm-slide")
    attempt.get_by_role("button", name="Blend with a second style").click()
    attempt.locator("#second input").click()
    _after(attempt, lambda: attempt.get_by_role("option", name="silver-gelatin").click())
    _after(attempt, lambda: attempt.click("#another"))
    archive = _made(attempt, tmp_path)
    assert archive.name.startswith("warm-slide + silver-gelatin")
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        file.extractall(tmp_path / "out")
        names = {name.split(".")[0]: tmp_path / "out" / name for name in file.namelist()}
    assert set(names) == {"deep", "a", "b"}
    deep = tifffile.imread(names["deep"])
    assert (deep.dtype, deep.shape) == (np.uint16, (480, 640, 3))
    assert len(np.unique(deep)) > 2000  # 16 bits in truth, not 8 stretched
    assert [Image.open(names[name]).size for name in "ab"] == [(320, 400), (500, 300)]
    assert Image.open(names["b"]).format == "JPEG"


def test_what_cannot_be_read_is_said_and_stays_beside_the_preview_of_the_others(attempt, tmp_path: Path):
    torn = tmp_path / "torn.jpg"
    torn.write_text("no photo")
    _drop(attempt, untouched_photo(tmp_path / "a.png", 320, 240), torn)
    attempt.wait_for_function(f"() => {_NEAR}?.naturalWidth > 0")  # which comes after the preview
    attempt.locator("#try-message").get_by_text("torn.jpg").wait_for()


def test_a_painted_mask_holds_for_its_photo_alone(attempt, tmp_path: Path):
    photos = [_deep(tmp_path / "first.tif"), untouched_photo(tmp_path / "second.png", 640, 480)]
    _drop(attempt, *photos)
    _choose(attempt, "silver-gelatin")
    attempt.locator("#mask button.label-wrap").click()
    attempt.click("#paint")
    canvas = attempt.locator(".pa-paint canvas")
    canvas.scroll_into_view_if_needed()
    attempt.wait_for_function("() => document.querySelector('.pa-paint canvas').width === 640")
    canvas.hover(position=place_in(canvas, 0.2, 0.5))
    attempt.mouse.down()
    canvas.hover(position=place_in(canvas, 0.3, 0.5))
    attempt.mouse.up()
    _after(attempt, lambda: attempt.click("#use-mask"))
    attempt.locator("#try-list button.thumbnail-item").nth(1).click()
    attempt.locator("#board canvas").wait_for(state="hidden")
    with zipfile.ZipFile(_made(attempt, tmp_path)) as file:
        file.extractall(tmp_path / "out")
        first, second = (tmp_path / "out" / name for name in file.namelist())
    before, after = tifffile.imread(photos[0]), tifffile.imread(first)
    changed = (before != after).any(-1)
    assert changed[235:245, 140:180].mean() > 0.9
    assert not changed[:, 400:].any()
    colors = np.asarray(Image.open(second).convert("RGB"), int)
    assert np.abs(colors - colors.mean(-1, keepdims=True)).max() < 40  # the other photo is toned all over
    _after(attempt, lambda: attempt.locator("#try-list button.thumbnail-item").nth(0).click())
    attempt.click("#paint")
    attempt.locator(".pa-paint canvas").wait_for()
    _after(attempt, lambda: attempt.get_by_role("button", name="Everywhere again").click())


def test_a_photo_is_looked_at_in_its_own_size_and_nearer(attempt, tmp_path: Path):
    _drop(attempt, untouched_photo(tmp_path / "large.jpg", 3000, 2000))
    assert attempt.evaluate(f"{_AFTER}.naturalWidth") == 1400
    attempt.click("#full")
    attempt.wait_for_function(f"() => {_AFTER}.naturalWidth === 3000")
    attempt.locator("#try-message").get_by_text("This is the photo at full size").wait_for()
    shown = attempt.evaluate(f"{_AFTER}.getBoundingClientRect().width")
    wrap, width = attempt.locator("#try-slider .slider-wrap"), shown
    while width < 3000:  # where one pixel of the photo is one here
        wrap.hover(position=place_in(wrap, 0.8, 0.3))
        attempt.mouse.wheel(0, -240)
        attempt.wait_for_function(f"(old) => {_AFTER}.getBoundingClientRect().width > old", arg=width)
        width = attempt.evaluate(f"{_AFTER}.getBoundingClientRect().width")
    assert width > 3 * shown
    attempt.locator("#try-slider").get_by_label("Fullscreen").click()
    attempt.wait_for_function(f"() => {_AFTER}.getBoundingClientRect().width >= innerWidth / 2")


def test_what_is_seen_at_100_percent_is_what_is_saved(attempt, tmp_path: Path):
    _drop(attempt, untouched_photo(tmp_path / "large.jpg", 2400, 1600))
    attempt.wait_for_function(f"() => {_NEAR}?.naturalWidth > 0")
    _near(attempt, lambda: attempt.locator("#try-gallery").get_by_label("faded-print", exact=True).click())
    _near(attempt, lambda: _set(attempt, "#grain", 2))
    _near(attempt, lambda: attempt.locator("#region").get_by_text("Subject").click())
    _near(attempt, lambda: _set(attempt, "#strength", 0.8))
    attempt.locator(".pa-crop input[type=range]").fill("0")  # all of it is "after"
    part = attempt.evaluate("({...document.querySelector('.pa-crop').dataset})")
    style = attempt.evaluate(f"[{_NEAR}.style.left, {_NEAR}.style.top]")
    left, top = (
        int(part[name]) - float(place.removesuffix("px")) for name, place in zip(("left", "top"), style, strict=True)
    )
    saved = np.asarray(Image.open(_made(attempt, tmp_path)))
    corners = [(round(top) + 20 + down, round(left) + 20 + right) for down, right in product((-1, 0, 1), repeat=2)]

    def is_as_saved() -> bool:
        picture = Image.open(io.BytesIO(attempt.locator(".pa-view").screenshot()))
        seen = np.asarray(picture.convert("RGB"))[20:-20, 20:-20]
        height, width = seen.shape[:2]
        return any(np.array_equal(seen, saved[y : y + height, x : x + width]) for y, x in corners)

    until(is_as_saved)  # the last change may be on its way


def test_a_click_or_an_arrow_key_shows_another_place_at_100_percent(attempt, tmp_path: Path):
    _drop(attempt, untouched_photo(tmp_path / "large.jpg", 2400, 1600))
    attempt.wait_for_function(f"() => {_NEAR}?.naturalWidth > 0")
    wrap = attempt.locator("#try-slider .slider-wrap")
    clicked = _near(attempt, lambda: wrap.click(position=place_in(wrap, 0.9, 0.75)))
    assert (clicked["x"], clicked["y"]) == pytest.approx((0.9, 0.75), abs=0.01)
    assert clicked["left"] + clicked["width"] == 2400
    right = "document.querySelector('{}').getBoundingClientRect().right"
    frame, whole = right.format(".pa-frame"), right.format("#try-slider .slider-wrap img")
    attempt.wait_for_function(f"() => Math.abs({frame} - {whole}) <= 2")
    attempt.focus(".pa-view")
    moved = _near(attempt, lambda: attempt.keyboard.press("ArrowLeft"))
    assert moved["x"] < clicked["x"]
    assert moved["y"] == pytest.approx(clicked["y"], abs=0.01)
    assert attempt.evaluate("document.activeElement.className") == "pa-view"  # so that the next key goes on
