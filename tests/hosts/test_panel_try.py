"""The tab that gives styles to photos, in a real Chromium: styles, masks, keys, settings of one photo."""

import json
import re
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from panel_server import PATIENCE, choose_tab, open_panel, place_in, shut_in, untouched_photo
from PIL import Image
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.panel.trainings import StoredRequest, TrainingStore
from try_page import (
    AFTER,
    after_change,
    after_near,
    choose_style,
    deep_photo,
    drop_photos,
    made_files,
    part_shown,
    set_control,
    shown_settings,
    view_of,
)
from waiting import until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_cannot_be_read_is_said_and_stays_beside_the_preview_of_the_others(attempt, tmp_path: Path):
    torn = tmp_path / "torn.jpg"
    torn.write_text("no photo")
    hidden, stray, raw = (tmp_path / name for name in (".DS_Store", "notes.txt", "a.CR2"))
    for file in (hidden, stray, raw):
        file.write_bytes(b"no photo")
    told = attempt.locator("#try-message")
    attempt.set_input_files("#try-photos input[type=file]", str(hidden))  # alone, it is an error in our words
    told.get_by_role("alert").get_by_text("no photos (DS_Store is none); drop JPEG").wait_for()
    drop_photos(attempt, untouched_photo(tmp_path / "a.png", 320, 240), torn, stray, raw)
    told.get_by_role("alert").get_by_text("torn.jpg").wait_for()
    told.get_by_text(re.compile(r"Left out, as (it is no photo|they are no photos): .*notes\.txt")).wait_for()
    told.get_by_text("Left out: 1 RAW file (a.CR2)").wait_for()
    assert attempt.locator(".toast-body").count() == 0


def test_a_painted_mask_holds_for_its_photo_alone(attempt, tmp_path: Path):
    photos = [deep_photo(tmp_path / "first.tif"), untouched_photo(tmp_path / "second.png", 640, 480)]
    drop_photos(attempt, *photos)
    choose_style(attempt, "silver-gelatin")
    view_of(attempt).focus()
    attempt.keyboard.press("m")
    canvas = attempt.locator("#try-slider canvas")
    attempt.wait_for_function("() => document.querySelector('#try-slider canvas').width === 640")
    canvas.hover(position=place_in(canvas, 0.2, 0.5))
    assert attempt.locator(".pa-ring").is_visible()  # the size of the brush
    attempt.mouse.down()
    canvas.hover(position=place_in(canvas, 0.3, 0.5))
    after_change(attempt, attempt.mouse.up)
    canvas.hover(position=place_in(canvas, 0.8, 0.5))
    attempt.mouse.down()
    after_change(attempt, attempt.mouse.up)
    after_change(attempt, lambda: attempt.keyboard.press("Control+z"))  # the second stroke
    marked = attempt.locator("#try-list [data-index='0']")
    assert marked.get_attribute("aria-label") == "first.tif, has a mask"
    after_change(attempt, lambda: attempt.locator("#try-list [data-index='1']").click())
    with zipfile.ZipFile(made_files(attempt, tmp_path)) as file:
        file.extractall(tmp_path / "out")
        first, second = (tmp_path / "out" / name for name in file.namelist())
    before, after = tifffile.imread(photos[0]), tifffile.imread(first)
    changed = (before != after).any(-1)
    assert changed[235:245, 140:180].mean() > 0.9
    assert not changed[:, 400:].any()
    colors = np.asarray(Image.open(second).convert("RGB"), int)
    assert np.abs(colors - colors.mean(-1, keepdims=True)).max() < 40  # the other photo is toned all over
    after_change(attempt, lambda: attempt.locator("#try-list [data-index='0']").click())
    after_change(attempt, lambda: attempt.get_by_role("button", name="Everywhere again").click())
    assert marked.get_attribute("aria-label") == "first.tif"
    ground = attempt.get_by_role("toolbar", name="Mask").get_by_role("button", name="Background")
    after_change(attempt, ground.click)
    assert ground.get_attribute("aria-pressed") == "true"
    corner, middle = (
        attempt.evaluate(f"""() => document.querySelector('#try-slider canvas').getContext('2d')
        .getImageData(640 * {x}, 480 * {y}, 1, 1).data[3]""")
        for x, y in ((0.7, 0.1), (0.44, 0.25))
    )
    assert corner > 200 > 60 > middle  # the wall behind her, and her face


def test_a_click_goes_to_100_percent_and_arrow_keys_and_drags_move_it(attempt, tmp_path: Path):
    drop_photos(attempt, untouched_photo(tmp_path / "large.jpg", 2400, 1600))
    view, picture = view_of(attempt), attempt.locator("#try-slider .pa-after")
    after_near(attempt, lambda: picture.click(position=place_in(picture, 0.95, 0.75)))
    at_edge = part_shown(attempt)
    width = view.evaluate("(view) => view.clientWidth")
    assert at_edge["left"] + width == pytest.approx(2400, abs=1)
    after_near(attempt, lambda: attempt.keyboard.press("ArrowLeft"))
    moved = part_shown(attempt)
    assert moved["left"] < at_edge["left"]
    assert moved["top"] == pytest.approx(at_edge["top"], abs=1)
    view.hover(position=place_in(view, 0.3, 0.5))
    attempt.mouse.down()
    view.hover(position=place_in(view, 0.45, 0.5))
    after_near(attempt, attempt.mouse.up)
    assert part_shown(attempt)["left"] == pytest.approx(moved["left"] - 0.15 * width, abs=2)
    attempt.keyboard.press("Escape")
    attempt.wait_for_function("document.querySelector('.pa-stage').dataset.view === 'fit'")


def test_keys_show_photos_styles_before_and_fullscreen_but_not_while_one_types(attempt, tmp_path: Path):
    photos = [untouched_photo(tmp_path / f"{name}.jpg", 400, 300) for name in "abc"]
    drop_photos(attempt, *photos)
    current = "document.querySelector('#try-list [aria-current]').dataset.index"
    attempt.evaluate("document.activeElement.blur()")
    after_change(attempt, lambda: attempt.keyboard.press("ArrowRight"))
    assert attempt.evaluate(current) == "1"
    chosen = attempt.locator("#try-gallery .pa-pick[aria-pressed=true]")
    first = chosen.get_attribute("aria-label")
    view_of(attempt).focus()
    after_change(attempt, lambda: attempt.keyboard.press("ArrowDown"))
    assert chosen.get_attribute("aria-label") != first
    after_change(attempt, lambda: attempt.evaluate("window.atelier.wall.step(6)"))
    bottom = "(each) => each.getBoundingClientRect().bottom"
    cell = attempt.locator(".pa-style:has([aria-pressed=true])").evaluate(bottom)
    wall = attempt.locator(".pa-styles").evaluate(bottom)
    assert cell <= wall + 1  # its name is seen, too
    attempt.keyboard.press("\\")
    attempt.wait_for_function(f"getComputedStyle({AFTER}).visibility === 'hidden'")
    attempt.keyboard.press("\\")
    attempt.wait_for_function(f"getComputedStyle({AFTER}).visibility === 'visible'")
    attempt.keyboard.press("f")
    attempt.wait_for_function("document.querySelector('.pa-view').clientWidth === innerWidth")
    assert (
        attempt.evaluate("getComputedStyle(document.querySelector('.pa-view')).backgroundColor") == "rgb(119, 119, 119)"
    )
    attempt.keyboard.press("f")
    attempt.wait_for_function("document.querySelector('.pa-view').clientWidth < innerWidth")
    attempt.keyboard.press("?")
    keys = attempt.get_by_role("dialog", name="Keys")
    keys.get_by_text("fullscreen on neutral gray").wait_for()
    attempt.keyboard.press("Escape")
    keys.wait_for(state="hidden")
    divider = attempt.get_by_role("slider", name="Before and after")
    divider.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "52"
    search = attempt.get_by_role("searchbox", name="Styles")
    search.fill("z")
    search.press("f")
    assert attempt.evaluate("document.querySelector('.pa-stage').dataset.view") == "fit"
    assert attempt.evaluate(current) == "1"


def test_every_style_is_shown_on_my_photo_found_and_kept_as_favorite(attempt, tmp_path: Path):
    drop_photos(attempt, untouched_photo(tmp_path / "mine.jpg", 400, 300))
    seen = "document.querySelectorAll('#try-gallery .pa-own').length"
    attempt.wait_for_function(f"{seen} >= 6")
    picture = attempt.locator("#try-gallery").get_by_label("golden-hour", exact=True).locator("img")

    def is_mine() -> bool:  # only what is seen is asked for, and other tests' styles may stand before it
        picture.scroll_into_view_if_needed()
        return "thumbnail-" in picture.get_attribute("src")

    until(is_mine)
    search = attempt.get_by_role("searchbox", name="Styles")
    search.fill("gol ho")
    visible = attempt.locator("#try-gallery .pa-style:visible")
    assert visible.count() == 1
    after_change(attempt, lambda: search.press("Enter"))
    assert shown_settings(attempt)["style"] == "golden-hour"
    attempt.get_by_role("button", name="Favorite: golden-hour").click()
    search.fill("")
    attempt.get_by_role("button", name="Favorites only").click()
    assert visible.count() == 1
    attempt.reload()
    choose_tab(attempt, "Try")
    attempt.get_by_role("button", name="No favorite any more: golden-hour").wait_for()  # and is the first of all
    assert attempt.locator("#try-gallery .pa-pick").first.get_attribute("aria-label") == "golden-hour"
    attempt.get_by_role("searchbox", name="Styles").fill("no such style")
    attempt.locator("#try-gallery").get_by_text("No style of that name").wait_for()


def test_controls_are_undone_and_a_look_used_for_files_is_offered_again(attempt, tmp_path: Path):
    drop_photos(attempt, untouched_photo(tmp_path / "mine.jpg", 400, 300))
    attempt.locator("#try-judge").get_by_text("Clipped").wait_for()
    choose_style(attempt, "warm-slide")
    after_change(attempt, lambda: set_control(attempt, "#strength", 0.6))
    after_change(attempt, lambda: set_control(attempt, "#protect-skin", 0.5))
    made_files(attempt, tmp_path)
    view_of(attempt).focus()
    after_change(attempt, lambda: attempt.keyboard.press("Control+z"))
    settings = shown_settings(attempt)
    assert (settings["style"], settings["strength"], settings["protect_skin"]) == ("warm-slide", 0.6, 0)
    after_change(attempt, lambda: attempt.get_by_role("button", name="Undo", exact=True).click())
    assert shown_settings(attempt)["strength"] == 1
    assert attempt.locator("#strength input[type=number]").input_value() == "1"
    after_change(attempt, lambda: attempt.keyboard.press("Control+y"))
    assert shown_settings(attempt)["strength"] == 0.6
    choose_style(attempt, "silver-gelatin")
    attempt.get_by_role("button", name="warm-slide · 60 %").click()
    attempt.wait_for_function("atelier.stage.look().settings.style === 'warm-slide'")
    attempt.wait_for_function("atelier.stage.look().settings.protect_skin === 0.5")
    assert shown_settings(attempt)["strength"] == 0.6


def test_one_drag_of_a_control_is_one_step_of_undo(attempt, tmp_path: Path):
    drop_photos(attempt, untouched_photo(tmp_path / "mine.jpg", 400, 300))
    after_change(attempt, lambda: set_control(attempt, "#protect-skin", 0.5))
    slider = attempt.locator("#strength input[type=range]")
    slider.hover(position=place_in(slider, 0.6, 0.5))
    attempt.mouse.down()
    for share in (0.4, 0.25):  # each makes a look of its own
        after_change(attempt, lambda share=share: slider.hover(position=place_in(slider, share, 0.5)))
    attempt.mouse.up()
    attempt.wait_for_function("atelier.stage.look().settings.strength < 0.5")
    view_of(attempt).focus()
    after_change(attempt, lambda: attempt.keyboard.press("Control+z"))
    attempt.wait_for_function("atelier.stage.look().settings.strength === 1")
    assert shown_settings(attempt)["protect_skin"] == 0.5


def test_one_photo_gets_settings_of_its_own_and_they_are_copied_to_all(attempt, tmp_path: Path):
    drop_photos(attempt, *(untouched_photo(tmp_path / f"{name}.jpg", 400, 300) for name in "ab"))
    attempt.get_by_label("Settings for this photo alone").check()
    attempt.locator("#try-list [aria-label='a.jpg, has settings of its own']").wait_for()
    after_change(attempt, lambda: set_control(attempt, "#strength", 0.4))
    after_change(attempt, lambda: attempt.locator("#try-list [data-index='1']").click())
    strength = attempt.locator("#strength input[type=number]")
    attempt.wait_for_function("atelier.stage.look().settings.strength === 1")
    assert strength.input_value() == "1"
    after_change(attempt, lambda: attempt.locator("#try-list [data-index='0']").click())
    attempt.wait_for_function("atelier.stage.look().settings.strength === 0.4")
    attempt.get_by_role("button", name="Copy to all photos").click()
    attempt.locator("#try-list [aria-label='a.jpg']").wait_for()
    after_change(attempt, lambda: attempt.locator("#try-list [data-index='1']").click())
    attempt.wait_for_function("atelier.stage.look().settings.strength === 0.4")


_ROUND = 60  # steps of the Tab key through the page
# Whether what has the focus lies under the preview or under the button that makes files.
_COVERED = """() => {
    const focused = document.activeElement, box = focused.getBoundingClientRect();
    const [bar, stage] = ["#export-bar", "#try-slider"].map((place) => document.querySelector(place));
    if (focused === document.body || [bar, stage].some((each) => each.contains(focused))) return false;
    const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return [bar, stage].some((each) => each.contains(seen));
}"""


def _of_nobody_else(weight: float) -> Style:
    """A style that no other test has put into the library, whatever its name."""
    return blend_styles(resolve_style("soft-pastel"), resolve_style("cool-cinema"), weight, "in the making")


def test_a_style_that_training_has_improved_is_drawn_anew_with_a_note(attempt, panel_server, tmp_path: Path):
    store = TrainingStore(panel_server.folder / "trainings")
    training, request = store.reserve(), StoredRequest("in the making", tmp_path, instant=True)
    _of_nobody_else(0.4).save(training.style_path)
    training.report(state="done")  # so that the queue leaves it alone
    (training.folder / "training.json").write_text(json.dumps({**request.to_json(), "created": time.time()}))

    def look_again():
        attempt.evaluate("window.dispatchEvent(new Event('focus'))")

    listed = attempt.locator("#try-gallery").get_by_label("in the making (not kept yet)", exact=True)

    def is_listed() -> bool:  # a page that is still being filled hears nothing
        look_again()
        attempt.wait_for_timeout(500)
        return listed.is_visible()

    try:
        until(is_listed)
        drop_photos(attempt, untouched_photo(tmp_path / "mine.jpg", 400, 300))
        choose_style(attempt, "in the making (not kept yet)")
        assert attempt.locator(".pa-told span").count() == 0
        _of_nobody_else(0.6).save(training.style_path, overwrite=True)
        training.report(state="done", step=1)
        after_change(attempt, look_again)
        told = attempt.locator(".pa-told").get_by_text("Training has improved in the making: this is the new form")
        told.wait_for()
        after_change(attempt, lambda: set_control(attempt, "#strength", 0.6))
        told.wait_for(state="detached")  # it was of another picture
    finally:
        store.remove(training)


def test_the_preview_stays_in_view_beside_its_controls_also_on_a_phone(panel_server, panel_browser, tmp_path: Path):
    photo = untouched_photo(tmp_path / "mine.jpg", 300, 400)
    for width, height in ((1280, 900), (390, 780)):
        with shut_in(panel_browser, panel_server, viewport={"width": width, "height": height}) as page:
            open_panel(page, panel_server, "Try")
            drop_photos(page, photo)
            page.locator("#make").scroll_into_view_if_needed()
            wall, files = page.locator("#try-gallery"), page.locator("#try-photos")
            assert wall.bounding_box()["y"] < files.bounding_box()["y"]  # the styles come before the list of files
            for share in (0, 0.3, 0.6, 1):  # and what makes the files is at hand everywhere
                page.evaluate(f"scrollTo(0, {share} * document.documentElement.scrollHeight)")
                expect(page.locator("#make")).to_be_in_viewport(ratio=1, timeout=PATIENCE)
            shown = page.locator("#try-slider .pa-after").bounding_box()
            assert shown["y"] >= 0
            assert shown["y"] + shown["height"] <= height
            assert page.evaluate("scrollY") > 100
            largest = page.evaluate(
                "Math.max(...[...document.images].map((image) => image.clientWidth * image.clientHeight))"
            )
            assert largest == pytest.approx(shown["width"] * shown["height"], rel=0.01)
            page.evaluate("scrollTo(0, 0)")
            page.locator(".label-wrap:visible", has_text="Blend with a second style").click()  # nothing covers it
            page.evaluate("scrollTo(0, 0)")
            view_of(page).focus()
            for _ in range(_ROUND):
                page.keyboard.press("Tab")
                assert not page.evaluate(_COVERED), page.evaluate("document.activeElement.outerHTML")
            page.evaluate("scrollTo(0, 0)")
            page.click("#make")
            expect(page.locator("#result a").first).to_be_in_viewport(ratio=1, timeout=PATIENCE)


def test_photos_are_dropped_on_the_preview_itself(attempt, tmp_path: Path):
    with attempt.expect_file_chooser() as chooser:
        attempt.get_by_role("button", name="Choose photos").click()
    chooser.value.set_files(untouched_photo(tmp_path / "mine.jpg", 400, 300))
    attempt.wait_for_function(f"() => {AFTER}?.naturalWidth > 0")
    attempt.locator("#try-slider .pa-name").get_by_text("mine.jpg").wait_for()
    with attempt.expect_file_chooser() as chooser:  # and others are added
        attempt.get_by_role("button", name="Add photos").click()
    chooser.value.set_files(untouched_photo(tmp_path / "other.jpg", 400, 300))
    attempt.locator("#try-list [data-index='1']").wait_for()
