"""Files that the Try tab makes, in a real Chromium: at full size and depth, and as the preview showed them."""

import io
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import tifffile
from panel_server import untouched_photo
from PIL import Image
from try_page import (
    AFTER,
    after_change,
    after_near,
    choose_style,
    deep_photo,
    drop_photos,
    made_files,
    part_shown,
    press_key,
    set_control,
    view_of,
)
from waiting import until

pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_several_photos_get_a_blend_in_a_print_of_ones_own_and_keep_their_depth(attempt, tmp_path: Path):
    photos = [deep_photo(tmp_path / "deep.tif"), untouched_photo(tmp_path / "a.png", 320, 400)]
    photos.append(untouched_photo(tmp_path / "b.jpg", 500, 300))
    drop_photos(attempt, *photos)
    assert attempt.locator("#try-list [data-index]").count() == 3
    choose_style(attempt, "warm-slide")
    attempt.get_by_role("button", name="Blend with a second style").click()
    attempt.locator("#second input").click()
    after_change(attempt, lambda: attempt.get_by_role("option", name="silver-gelatin").click())
    after_change(attempt, lambda: attempt.click("#another"))
    archive = made_files(attempt, tmp_path)
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


def test_what_is_seen_at_100_percent_is_what_is_saved(attempt, tmp_path: Path):
    drop_photos(attempt, untouched_photo(tmp_path / "large.jpg", 2400, 1600))
    assert attempt.evaluate(f"{AFTER}.naturalWidth") == 1400
    after_near(attempt, lambda: press_key(attempt, "z"))
    after_near(attempt, lambda: attempt.locator("#try-gallery").get_by_label("faded-print", exact=True).click())
    after_near(attempt, lambda: set_control(attempt, "#grain", 2))
    after_near(attempt, lambda: attempt.locator("#region").get_by_text("Subject").click())
    after_near(attempt, lambda: set_control(attempt, "#strength", 0.8))
    attempt.locator("#try-slider .pa-divider").press("Home")  # all of it is "after"
    attempt.evaluate("document.activeElement.blur()")
    part = part_shown(attempt)
    assert (part["width"], part["height"]) == (2400, 1600)  # one pixel of the photo is one of the screen
    saved = np.asarray(Image.open(made_files(attempt, tmp_path)))
    view = view_of(attempt)
    attempt.evaluate("scrollTo(0, 0)")
    corners = [(round(part["top"]) + 60 + down, round(part["left"]) + 60 + right)
               for down, right in product((-1, 0, 1), repeat=2)]  # fmt: skip

    def is_as_saved() -> bool:
        picture = Image.open(io.BytesIO(view.screenshot()))
        seen = np.asarray(picture.convert("RGB"))[60:-90, 60:-60]  # without the divider and its words
        height, width = seen.shape[:2]
        return any(np.array_equal(seen, saved[y : y + height, x : x + width]) for y, x in corners)

    until(is_as_saved)  # the last change may be on its way
