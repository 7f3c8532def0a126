"""Make the README's pictures of the panel: parts of the astronaut, learnt as a style and restyled, in a real Chromium.

    python benchmarks/panel_pictures.py [-o docs/images]

Needs the extras `panel` and `dev`, and Chromium.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from skimage import data

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hosts"))
from panel_server import Server, choose_tab, chromium, drop, find_browser, finished_photos, open_panel, shut_in

_FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
_NAME, _STYLE = "evening light", "golden-hour"
_WIDTH, _HEIGHT = 1280, 900
_QUALITY = 88  # of JPEG
_WAIT = 300_000  # milliseconds


def learn_picture(page: Any, folder: Path) -> bytes:
    """Return the Learn tab with its first result, as PNG."""
    drop(page, "#photos", *finished_photos(folder / "finished", 10))
    page.locator("#check .pa-big").get_by_text("10 photos").wait_for(timeout=_WAIT)
    page.fill("#name input, #name textarea", _NAME)
    page.get_by_role("radio", name="Instant only").check()
    page.click("#start")
    page.locator("#report .pa-card").wait_for(timeout=_WAIT)
    page.locator("#samples img").nth(1).wait_for(timeout=_WAIT)
    page.wait_for_timeout(1500)  # until pictures have faded in
    return page.screenshot(full_page=True)


def try_picture(page: Any, folder: Path) -> bytes:
    """Return the Try tab with a style on three photos, as PNG."""
    whole = Image.fromarray(data.astronaut())
    photos = {"astronaut": whole, "face": whole.crop((130, 10, 330, 210)), "left": whole.crop((0, 0, 420, 300))}
    paths = [folder / f"{name}.jpg" for name in photos]
    for path, photo in zip(paths, photos.values(), strict=True):
        photo.save(path, quality=95)
    choose_tab(page, "Try")
    drop(page, "#try-photos", *paths)
    page.locator("#make:enabled").wait_for(timeout=_WAIT)
    page.locator("#try-gallery").get_by_label(_STYLE, exact=True).click()
    page.wait_for_function("document.querySelectorAll('#try-gallery .pa-own').length >= 9", timeout=_WAIT)
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(5, 5)
    page.wait_for_timeout(1500)
    return page.screenshot()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=_FOLDER, help="folder of the pictures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder / "panel")
        server.start()
        try:
            with chromium(find_browser()) as browser, shut_in(browser, server) as page:
                page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
                open_panel(page, server)
                pictures = {"panel-learn": learn_picture(page, folder), "panel-try": try_picture(page, folder)}
        finally:
            server.end()
    for name, picture in pictures.items():
        path = given.output / f"{name}.jpg"
        Image.open(io.BytesIO(picture)).convert("RGB").save(path, quality=_QUALITY)
        print(path)


if __name__ == "__main__":
    main()
