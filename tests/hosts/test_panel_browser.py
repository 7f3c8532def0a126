"""The panel in a real Chromium: a style is learnt, stopped, resumed, kept and given to a photo."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from panel_server import (
    PATIENCE,
    Server,
    answer_of,
    begin_training,
    choose_tab,
    drop,
    finished_photos,
    open_panel,
    untouched_photo,
)
from PIL import Image
from waiting import until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = 300_000  # milliseconds; a training on a busy computer

# What the page says of a training that was begun, and the list, are seen at the same moment.


def _wait_for(page, text: str | re.Pattern):
    page.locator("#training-status [role=status]").get_by_text(text).wait_for(timeout=LONG)


def test_a_style_is_learnt_kept_given_to_a_photo_and_listed(page, panel_server, tmp_path):
    photos = finished_photos(tmp_path / "photos")
    text = tmp_path / "words.jpg"
    text.write_text("these are words")
    strays = [tmp_path / name for name in ("notes.txt", ".DS_Store", "a film.mp4", "finished-00.xmp")]
    for stray in strays:
        stray.write_bytes(b"no photo")
    drop(page, "#photos", *photos, text, *strays)
    page.locator("#check").get_by_text("10 photos to learn from").wait_for()
    left_out = page.locator("#check li").all_inner_texts()
    assert left_out[0].startswith("words.jpg: cannot be read")
    assert left_out[1:] == [f"{stray.name.lstrip('.')}: is no photo" for stray in strays]
    expect(page.locator("#check [role=alert], .toast-body")).to_have_count(0)
    assert ".tiff" in page.locator("#photos input[type=file]").get_attribute("accept")  # what is offered to choose
    expect(page.locator("#used button.thumbnail-item")).to_have_count(10, timeout=PATIENCE)
    page.locator("#content button.label-wrap").click()
    drop(page, "#content-photos", *finished_photos(tmp_path / "own", 4, tint=(255, 255, 255)), text)
    page.locator("#content-check").get_by_text("4 photos to learn from").wait_for()
    assert "words.jpg" in page.inner_text("#content-check")
    begin_training(page, "warm and dark", [], steps=2)
    page.locator("#trainings").get_by_text("warm and dark").wait_for()  # which comes with the message
    expect(page.locator("#training-status")).to_be_in_viewport(timeout=PATIENCE)  # it lies below the form
    page.locator("#report .pa-card").wait_for(timeout=LONG)  # of the instant style, before anything is trained
    assert page.locator("#try-it").is_visible()
    open_panel(page, panel_server)  # the page is closed and opened while it learns
    _wait_for(page, "done")
    page.wait_for_selector("#report .pa-big")
    page.locator("#samples img").nth(1).wait_for()
    beside = page.locator("#charts .pa-trio figure")
    expect(beside).to_have_count(3, timeout=PATIENCE)
    said = ["Untouched photo by the photographer", "The same in this style", "Finished photo by the photographer"]
    assert beside.locator("figcaption").all_inner_texts() == said
    assert all(beside.locator("img").nth(place).evaluate("picture => picture.naturalWidth") for place in range(3))
    assert page.locator("#report svg[role=img]").get_attribute("aria-label").startswith("How near it comes")
    choose_tab(page, "Library")  # it has shown another one before
    page.locator("#card h3").get_by_text("warm and dark", exact=True).wait_for(state="detached")
    page.locator("#card h3").wait_for()
    choose_tab(page, "Learn")
    page.click("#keep")
    page.locator("#keep-message").get_by_text("is in your library").wait_for()
    choose_tab(page, "Library")  # and opens on the new one
    page.locator("#card h3").get_by_text("warm and dark", exact=True).wait_for()
    page.locator("#library .thumbnail-item.selected[aria-label='warm and dark']").wait_for()
    choose_tab(page, "Learn")
    page.click("#try-it")
    drop(page, "#try-photos", untouched_photo(tmp_path / "sitter.png"))
    page.wait_for_selector("#try-slider .pa-after[src]")
    # By the name that it has in the library.
    page.locator("#try-gallery [aria-pressed=true][aria-label='warm and dark']").wait_for()
    page.locator("#make:enabled").click()
    with page.expect_download() as download:
        page.locator("#result a").first.click()
    result = Image.open(download.value.path())
    assert (result.size, result.format) == ((900, 700), "PNG")
    before = Image.open(tmp_path / "sitter.png").convert("RGB").resize((1, 1)).getpixel((0, 0))
    after = result.convert("RGB").resize((1, 1)).getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) > 4
    listed = {row["name"]: row for row in json.loads(panel_server.command("styles", "--json"))}
    assert listed["warm and dark"]["kind"] == "learnt"
    assert listed["warm and dark"]["photos"] == 10
    choose_tab(page, "Library")
    page.locator("#card").get_by_text("Untouched photos").wait_for()


def test_a_training_outlives_the_server_and_is_stopped_and_kept(page, panel_server, tmp_path):
    begin_training(page, "long one", finished_photos(tmp_path / "photos"), steps=500)
    _wait_for(page, re.compile(r"Step [1-9]\d* of 500"))
    panel_server.kill()
    trainings = sorted((panel_server.folder / "trainings").glob("2*"))
    folder = next(path for path in trainings if json.loads((path / "training.json").read_text())["name"] == "long one")
    until(lambda: json.loads((folder / "status.json").read_text())["state"] == "waiting")  # as the panel is gone
    rows = (folder / "progress.jsonl").read_text().splitlines()
    reached = json.loads(rows[-1])["step"]
    page.goto("about:blank")  # or it would load itself again once the server is back, at the same time
    panel_server.start()
    open_panel(page, panel_server)
    _wait_for(page, re.compile(r"Step [1-9]\d* of 500"))
    page.click("#stop")
    _wait_for(page, re.compile(r"Stopped at step [1-9]\d* of 500"))
    page.locator("#trainings").get_by_text("long one · stopped").wait_for()
    page.locator("#report").get_by_text("It was stopped b").wait_for()  # by hand, or before anything was gained
    assert (folder / "style.safetensors").exists()
    assert not (folder / "photos").exists()
    steps = [json.loads(row)["step"] for row in (folder / "progress.jsonl").read_text().splitlines()]
    assert len(steps) > reached
    assert steps == list(range(1, len(steps) + 1))  # nothing was learnt twice, nothing left out


def _clear(page):
    """Take the files out, and wait until nothing is said of them."""
    page.get_by_label("Clear").first.click()
    page.locator("#check [role=alert]").wait_for(state="detached")


def test_what_cannot_be_learnt_from_is_said(page, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip at all")
    drop(page, "#photos", broken)
    page.locator("#check [role=alert]").get_by_text("broken.zip: is no zip that can be opened").wait_for()
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("notes.txt", "no photo")
    _clear(page)
    drop(page, "#photos", empty)
    page.locator("#check [role=alert]").get_by_text("no photos").wait_for()
    stray = tmp_path / "notes.txt"
    stray.write_text("no photo")
    _clear(page)
    drop(page, "#photos", stray)
    page.locator("#check [role=alert]").get_by_text("no photos (notes.txt is none); drop JPEG, PNG").wait_for()
    raw = tmp_path / "IMG_1.CR2"
    raw.write_bytes(b"II*\0 raw")
    _clear(page)
    drop(page, "#photos", raw)
    page.locator("#check [role=alert]").get_by_text("export them as 16-bit TIFF or JPEG first").wait_for()
    page.get_by_label("Clear").first.click()
    text = tmp_path / "text.jpg"
    text.write_text("words")
    drop(page, "#photos", text)
    page.locator("#check [role=alert]").get_by_text("no photo in it can be used").wait_for()
    page.set_viewport_size({"width": 1280, "height": 700})
    page.click("#start")
    page.locator("#start-message").get_by_text("or cannot be used; see what is said beside them").wait_for()
    expect(page.locator("#start-message .pa-card")).to_be_in_viewport(ratio=1, timeout=PATIENCE)  # below the button


def test_a_visitor_reads_only_what_the_page_gave_to_them(page, panel_server):
    (panel_server.folder / "styles").mkdir(exist_ok=True)
    secret = panel_server.folder / "trainings" / ".secret"
    assert secret.exists()
    for path in (
        secret,
        Path("/etc/hostname"),
        panel_server.folder / "server.log",
        panel_server.folder / "styles" / "x",
    ):
        for form in (str(path), f"{panel_server.folder}/cache/../trainings/{path.name}"):
            answer = answer_of(page, f"{panel_server.url}gradio_api/file={form}")
            assert answer.status in (403, 404), form
    assert answer_of(page, f"{panel_server.url}gradio_api/file=http://example.com/").status == 403
    assert answer_of(page, panel_server.url, headers={"Host": "evil.example"}).status == 403
    upload = {"multipart": {"files": {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"x"}}}
    for origin, status in (("https://evil.example", 403), (panel_server.url.rstrip("/"), 200)):
        answer = page.request.post(f"{panel_server.url}gradio_api/upload", headers={"Origin": origin}, **upload)
        assert answer.status == status, origin


def test_one_tab_does_not_see_the_files_of_another(page, panel_server, panel_browser, tmp_path):
    choose_tab(page, "Try")
    drop(page, "#try-photos", untouched_photo(tmp_path / "private.png", 320, 240))
    page.locator("#try-slider .pa-after[src]").wait_for()
    address = page.locator("#try-slider .pa-after").evaluate("(image) => image.src")
    assert answer_of(page, address).status == 200
    folder = address.partition("/file=")[2].rpartition("/")[0]
    assert re.search(r"/tab-[0-9a-f]{32}$", folder), folder  # nobody guesses that
    for other in (folder, folder.rpartition("/")[0], f"{folder}/../", f"{folder}/..%2f"):  # nor is any folder listed
        assert answer_of(page, f"{panel_server.url}gradio_api/file={other}").status in (403, 404), other
    context = page.context
    page.close()
    again = context.new_page()
    again.set_default_timeout(PATIENCE)
    open_panel(again, panel_server)
    assert answer_of(context, address).status == 200  # a page that only lost its connection comes back to it


def test_nothing_outside_this_computer_was_called(panel_server):
    assert not panel_server.outside.exists(), panel_server.outside.read_text()


def test_other_computers_log_in_and_can_name_no_folder(panel_browser, tmp_path):
    server = Server(tmp_path / "shared")
    server.start("--host", "0.0.0.0", "--password", "a long word")
    try:
        page = panel_browser.new_page(locale="en-US")
        page.set_default_timeout(PATIENCE)
        assert answer_of(page, f"{server.url}config").status == 401
        assert answer_of(page, f"{server.url}openapi.json").status in (401, 404)
        page.goto(server.url)
        page.get_by_role("heading", name="Portrait Atelier").wait_for()
        assert page.title() == "Portrait Atelier"
        name, password = page.get_by_label("username"), page.get_by_label("password")
        assert name.input_value() == "atelier"
        password.fill("a wrong word")
        password.press("Enter")
        page.get_by_role("alert").get_by_text("Incorrect Credentials").wait_for()
        may_try_again = (  # Gradio empties both fields, and then the page fills in the name again
            "document.querySelector('input[type=text]').value === 'atelier'"
            " && document.activeElement.type === 'password' && !document.activeElement.value"
        )
        page.wait_for_function(may_try_again)
        for _ in range(6):  # and then the next one waits for 16 s, less what has passed
            password.fill("a wrong word")
            with page.expect_response(lambda answer: answer.url.endswith("/login")):
                password.press("Enter")
            page.wait_for_function(may_try_again)
        password.fill("a long word")
        page.get_by_role("button", name="Login").click()
        page.get_by_role("status").get_by_text("after wrong passwords, the next try waits").wait_for()
        page.wait_for_selector("#photos")
        assert not page.is_visible("#folder")
        page.close()
    finally:
        server.end()
