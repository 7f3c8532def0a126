"""Trainings in a real Chromium: a queue, pause and go on, a killed server, full memory, and the pixel generator."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from panel_server import (
    Server,
    begin_training,
    choose_tab,
    find_browser,
    finished_photos,
    open_panel,
    shut_in,
    standing_still,
)

pytest.importorskip("filelock")
from portrait_atelier.core.errors import is_out_of_memory
from portrait_atelier.core.learning.request import TrainOptions
from portrait_atelier.panel.trainings import StoredRequest, Training, TrainingStore
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = 200_000  # milliseconds; on a busy computer
STEPS = 30
_COUNTED = """
    const frame = requestAnimationFrame;
    window.frames_asked_for = 0;
    window.requestAnimationFrame = (act) => { frames_asked_for += 1; return frame(act); };
"""
# A page that nobody looks at, whose notifications are written down once the browser has shown them. A headless browser
# asks nobody, so that the test answers.
_NOTED = """
    const Real = Notification;
    window.told = [];
    window.Notification = class extends Real {
        constructor(title, options) {
            super(title, options);
            this.addEventListener("show", () => told.push([title, options.body]));
        }
        static async requestPermission() {
            window.is_asked = true;
            while (Real.permission !== "granted") await new Promise((wait) => setTimeout(wait, 50));
            return Real.requestPermission();
        }
    };
    document.hasFocus = () => false;
"""

# As if so much time had gone by since the forecast that is shown.
_ENDS_SOON = """() => {
    document.querySelector("#training-status time.pa-clock").dataset.at = Date.now() / 1000 + 1;
    document.body.append(document.createElement("i"));
}"""


def _choose(page, name: str):
    page.locator("#trainings").get_by_text(re.compile(rf"^{name} ·")).click()
    page.locator("#training-status h3").get_by_text(name, exact=True).wait_for()


def _wait_for(page, text: str | re.Pattern):
    page.locator("#training-status [role=status]").get_by_text(text).wait_for(timeout=LONG)


def _folder(server, name: str) -> Path:
    found = sorted((server.folder / "trainings").glob("2*"))
    return next(path for path in found if json.loads((path / "training.json").read_text())["name"] == name)


def _steps(folder: Path) -> list[int]:
    """The steps that were reported."""
    rows = folder / "progress.jsonl"
    return [json.loads(row)["step"] for row in rows.read_text().splitlines()] if rows.exists() else []


def test_a_painting_style_is_paused_outlives_its_server_and_comes_to_its_end(page, panel_server, tmp_path):
    begin_training(page, "strokes", finished_photos(tmp_path / "photos"), generator="pixel", steps=STEPS)
    folder = _folder(panel_server, "strokes")
    until(lambda: _steps(folder), seconds=LONG / 1000)
    with standing_still(folder):
        _wait_for(page, re.compile(rf"Step [1-9]\d* of {STEPS}"))
        page.wait_for_function("() => /^\\d+% strokes · Portrait Atelier$/.test(document.title)", timeout=LONG)
        TrainingStore(panel_server.folder / "trainings").find(folder.name).report(seconds_left=3000.0)
        told = page.locator("#training-status .pa-forecast")
        told.get_by_text("left, until about").wait_for(timeout=LONG)
        page.evaluate(_ENDS_SOON)
        told.get_by_text("it takes longer than expected").wait_for(timeout=LONG)  # and no end that has passed
        assert not told.locator(".pa-left").is_visible()
        begin_training(page, "at once", [], generator="look", quality="Instant", steps=0)
        page.locator("#trainings").get_by_text("at once · done").wait_for(timeout=LONG)  # it waits for nobody
        _choose(page, "strokes")
        page.click("#pause")
        until(lambda: Training(folder).command == "pause")
    _wait_for(page, "paused")
    paused_at = _steps(folder)[-1]
    assert paused_at < STEPS
    page.click("#resume")
    until(lambda: _steps(folder)[-1] > paused_at, seconds=LONG / 1000)
    with standing_still(folder):
        page.wait_for_function(
            f"() => +/Step (\\d+) of/.exec(document.querySelector('#training-status').innerText)?.[1] > {paused_at}",
            timeout=LONG,
        )
        panel_server.kill()
    until(lambda: json.loads((folder / "status.json").read_text())["state"] == "waiting")  # as the panel is gone
    checkpoint = Path(json.loads((folder / "status.json").read_text())["checkpoint"])
    assert checkpoint.is_file()
    panel_server.start()
    open_panel(page, panel_server)
    _choose(page, "strokes")
    _wait_for(page, "done")
    assert _steps(folder) == list(range(1, STEPS + 1))  # nothing was learnt twice, nothing left out
    assert not checkpoint.exists()
    page.locator("#report").get_by_text("A painting style of 10 pictures.").wait_for()
    page.click("#keep")
    page.locator("#keep-message").get_by_text("strokes is in your library").wait_for()
    listed = {row["name"]: row for row in json.loads(panel_server.command("styles", "--json"))}
    assert listed["strokes"]["kind"] == "pixel"


_COUNT_FRAMES = """(() => {
  const draw = window.requestAnimationFrame.bind(window);
  window.frames_asked = 0;
  window.requestAnimationFrame = (step) => { window.frames_asked += 1; return draw(step); };
})()"""


def test_an_idle_page_asks_for_nothing_and_hears_of_a_training_when_it_is_looked_at(page, panel_server, tmp_path):
    page.add_init_script(_COUNT_FRAMES)
    page.reload()
    choose_tab(page, "Learn")
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    def is_quiet() -> bool:
        asked.clear()
        frames = page.evaluate("frames_asked")
        page.wait_for_timeout(4_000)  # more than two refreshes
        return not asked and page.evaluate("frames_asked") - frames <= 8  # of 240

    until(is_quiet, seconds=LONG / 1000)
    store = TrainingStore(panel_server.folder / "trainings")
    photos = finished_photos(tmp_path / "photos")[0].parent
    store.begin(store.reserve(), StoredRequest("begun elsewhere", photos, instant=True))
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    page.locator("#trainings").get_by_text("begun elsewhere · done").wait_for(timeout=LONG)
    until(is_quiet, seconds=LONG / 1000)


def test_an_idle_page_draws_nothing(panel_server, panel_browser):
    with shut_in(panel_browser, panel_server) as page:
        page.add_init_script(_COUNTED)
        for tab in ("Learn", "Try", "Library"):
            open_panel(page, panel_server, tab)

            def is_quiet() -> bool:
                before = page.evaluate("frames_asked_for")
                page.wait_for_timeout(3_000)
                return page.evaluate("frames_asked_for") - before < 20  # it was 180 for one clock that never ended

            until(is_quiet, seconds=LONG / 1000)


def test_the_end_of_a_training_is_told_by_a_notification_to_who_asked_for_it(panel_server, panel_browser, tmp_path):
    photos = finished_photos(tmp_path / "photos", 11)  # not those of a training that can be continued
    with shut_in(panel_browser, panel_server) as page:
        page.add_init_script(_NOTED)
        open_panel(page, panel_server)
        begin_training(page, "told of", photos, steps=3)
        folder = _folder(panel_server, "told of")
        until(lambda: _steps(folder), seconds=LONG / 1000)
        with standing_still(folder):
            page.locator(".pa-tell").get_by_text("Tell me when it is done").click()
            page.wait_for_function("window.is_asked")
            page.context.grant_permissions(["notifications"])
            page.locator(".pa-tell").wait_for(state="hidden")
        _wait_for(page, "done")
        page.wait_for_function("told.length === 1")
        assert page.evaluate("told") == [["Portrait Atelier", "told of is done"]]
        assert page.title() == "told of is done · Portrait Atelier"  # until the page is looked at
        page.evaluate("document.hasFocus = () => true; window.dispatchEvent(new Event('focus'))")
        page.wait_for_function("document.title === 'Portrait Atelier'")


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_a_training_is_kept_when_ctrl_c_ends_its_panel_and_goes_on_at_the_next_start(tmp_path):
    find_browser()  # says whether other processes find the package
    server = Server(tmp_path / "panel")
    photos = finished_photos(tmp_path / "photos")[0].parent
    request = StoredRequest("strokes", photos, generator="pixel", options=TrainOptions(steps=STEPS))
    store = TrainingStore(server.folder / "trainings")
    training = store.reserve()
    store.begin(training, request)
    server.start()
    try:
        until(lambda: training.status.step >= 2, seconds=200)
        server.press_ctrl_c()
        until(lambda: training.status.state == "waiting", seconds=200)
        assert training.has_checkpoint
        assert list((server.folder / "cache" / "panel").iterdir()) == []
        assert "Traceback" not in server.log()
        step = training.status.step
        server.start()
        until(lambda: training.status.step > step, seconds=200)
    finally:
        server.end()
    until(lambda: training.status.state == "waiting")  # a polite signal to the panel alone does the same
    assert _steps(training.folder) == list(range(1, training.status.step + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="limits a process's memory as Linux does")
def test_full_memory_is_told_and_the_panel_lives(page, panel_server, tmp_path):
    with panel_server.little_memory(200):
        begin_training(page, "too large", finished_photos(tmp_path / "photos"), generator="pixel", steps=5)
        page.locator("#training-status").get_by_text("memory was full; close other programs").wait_for(timeout=LONG)
    page.locator("#training-status").get_by_text("Improving it broke off; the style stays as it is").wait_for()
    assert is_out_of_memory((_folder(panel_server, "too large") / "errors.txt").read_text())
    choose_tab(page, "Library")
    page.locator("#card h3").wait_for()
    choose_tab(page, "Learn")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#remove")  # which returns once the dialog was answered
    choose_tab(page, "Library")
    page.locator("#card h3").wait_for()
    choose_tab(page, "Learn")
    _choose(page, "too large")  # it was not wanted after all
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#remove")
    page.locator("#trainings").get_by_text("too large").wait_for(state="detached")
