"""What tests do on the Try tab of the panel."""

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image
from skimage import data

AFTER = "document.querySelector('#try-slider .pa-after')"
NEAR = "document.querySelector('#try-slider .pa-near-after')"


def deep_photo(path: Path, width: int = 640, height: int = 480) -> Path:
    """A TIFF of 16 bits."""
    small = np.asarray(Image.fromarray(data.astronaut()).resize((width, height)))
    tifffile.imwrite(path, small.astype(np.uint16) * 257, photometric="rgb")
    return path


def drop_photos(page, *paths: Path):
    page.set_input_files("#try-photos input[type=file]", [str(path) for path in paths])
    page.locator("#make:enabled").wait_for()
    page.wait_for_function(f"() => {AFTER}?.naturalWidth > 0")


def choose_style(page, style: str):
    after_change(page, lambda: page.locator("#try-gallery").get_by_label(style, exact=True).click())


def view_of(page):
    return page.locator("#try-slider .pa-view")


def shown_settings(page) -> dict:
    """The settings of the look that is shown."""
    return page.evaluate("atelier.stage.look().settings")


def after_change(page, act):
    """What a change makes of the picture at the right: its address, once it is another one."""
    before = page.evaluate(f"{AFTER}.src")
    act()
    page.wait_for_function(f"(old) => {AFTER}.src !== old", arg=before)
    return page.evaluate(f"{AFTER}.src")


def after_near(page, act):
    """What a change makes of the part at 100 %: once it is another picture, and shown."""
    before = page.evaluate(f"{NEAR}.src")
    act()
    page.wait_for_function(f"(old) => !{NEAR}.hidden && {NEAR}.src !== old && {NEAR}.naturalWidth", arg=before)


def part_shown(page) -> dict[str, float]:
    """Which part of the photo the view shows: its first pixel from the left and from the top, and its sides."""
    return page.evaluate("""() => {
        const [photo, view] = [".pa-photo", ".pa-view"].map((name) => document.querySelector(name));
        const [inner, outer] = [photo, view].map((element) => element.getBoundingClientRect());
        const [left, top] = [Math.max(0, outer.left - inner.left), Math.max(0, outer.top - inner.top)];
        return { left, top, width: inner.width, height: inner.height };
    }""")


def set_control(page, control: str, value: float):
    """Type a value into a control."""
    page.fill(f"{control} input[type=number]", str(value))
    page.press(f"{control} input[type=number]", "Tab")


def made_files(page, folder: Path) -> Path:
    page.click("#make")
    page.locator("#made-message").get_by_text("Ready at full size and bit depth").wait_for()
    with page.expect_download() as download:
        page.locator("#result a").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def press_key(page, key: str):
    view_of(page).focus()
    page.keyboard.press(key)
