"""ComfyUI's own canvas in a browser: an example opened, run, and seen."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comfy_host import ROOT, Server
from comfy_material import FOLDER
from comfy_workflows import prompt_of

pytestmark = [pytest.mark.comfyui, pytest.mark.browser, pytest.mark.slow]
EXAMPLES = sorted((ROOT / "example_workflows").glob("*.json"))
_DIALOG = ".p-dialog:visible"
_TO_THE_STYLE = """() => {
  const { canvas, graph } = window.app;
  const { pos } = graph.nodes.find((node) => node.type === "AtelierLoadStyle");
  canvas.ds.scale = 1;
  canvas.ds.offset = [200 - pos[0], 200 - pos[1]];
  canvas.setDirty(true, true);
}"""
_REPORT = """async () => {
  await window.app.loadGraphData({ nodes: [], links: [], version: 0.4 });
  const [loader, report] = ["AtelierLoadStyle", "AtelierStyleReport"].map((type) => LiteGraph.createNode(type));
  for (const [node, left] of [[loader, 60], [report, 460]]) {
    node.pos = [left, 80];
    window.app.graph.add(node);
  }
  loader.widgets[0].value = "golden-hour";
  loader.connect(0, report, report.inputs.findIndex((input) => input.name === "style"));
  window.app.canvas.ds.scale = 1;
  window.app.canvas.ds.offset = [0, 0];
  window.app.extensionManager.workflow.activeWorkflow.changeTracker.checkState();
}"""
_CHANGE = """() => {
  const tracker = window.app.extensionManager.workflow.activeWorkflow.changeTracker;
  tracker.checkState();  // sizes, as nodes made room for pictures
  window.app.graph.nodes.find((node) => node.type === "AtelierLoadStyle").widgets[0].value = "low-key";
  tracker.checkState();
}"""
_STYLE_OF_LOADER = "() => window.app.graph.nodes.find((node) => node.type === 'AtelierLoadStyle').widgets[0].value"
_WHILE_RUNNING = """() => {
  const tracker = window.app.extensionManager.workflow.activeWorkflow.changeTracker;
  const node = LiteGraph.createNode("AtelierTrainStyle");
  window.app.graph.add(node);
  node.setSize([400, 800]);  // room for the text
  tracker.checkState();
  const steps = tracker.undoQueue.length;
  const said = { nodeId: String(node.id), text: "reading photos" };
  window.app.api.dispatchCustomEvent("progress_text", said);
  return new Promise((resolve) => setTimeout(() => {
    tracker.checkState();
    resolve([node.widgets.at(-1).name, tracker.undoQueue.length - steps]);
  }));
}"""
_PICTURE_FIRST = """() => {
  const node = window.app.graph.nodes.find((one) => one.type === "AtelierStyleReport");
  node.addCustomWidget({ name: "$$canvas-image-preview", type: "custom", value: "", options: {}, draw() {} });
  node.onExecuted({ text: ["learnt"] });
  return node.widgets.map((widget) => widget.name);
}"""
_NAMES = "async () => (await window.app.api.getWorkflowTemplates()).portrait_atelier"
_TRAINING = """() => {
  const node = window.app.graph.nodes.find((one) => one.type === "AtelierTrainStyle");
  const rows = (shown) => {
    node.showAdvanced = shown;
    return [node.computeSize()[1], node.widgets.filter((one) => node.isWidgetVisible(one)).map((one) => one.name)];
  };
  return [rows(false), rows(true), node.widgets.filter((one) => one.serialize !== false).map((one) => one.name)];
}"""
_BUTTON = """([type, name]) => {
  const { canvas, graph } = window.app;
  const node = graph.nodes.find((one) => one.type === type);
  const button = node.widgets.find((one) => one.name === name);
  canvas.ds.scale = 1;
  for (const turn of [0, 1]) {  // a node has to be drawn before its button has a place
    canvas.ds.offset = [200 - node.pos[0], 300 - node.pos[1] - turn * button.last_y];
    canvas.draw(true, true);
  }
  const { left, top } = canvas.canvas.getBoundingClientRect();
  return [left + 260, top + 310, button.label];
}"""
_SAVING = """() => {
  const { graph } = window.app;
  const node = LiteGraph.createNode("AtelierSaveStyle");
  node.pos = [60, 500];
  graph.add(node);
  node.widgets.find((one) => one.name === "name").value = "to share";
  node.widgets.find((one) => one.name === "overwrite").value = true;
  graph.nodes.find((one) => one.type === "AtelierLoadStyle").connect(0, node, 0);
}"""
_LAST_STYLE = """() => {
  window.app.graph.nodes.find((one) => one.type === "AtelierLoadStyle").widgets[0].value = "warm-slide";
}"""
_PHOTOS = (
    "() => window.app.graph.nodes.find((node) => node.type === 'AtelierLoadPhotos').widgets.map((one) => one.value)"
)
_READY = "() => window.app && window.app.graph && document.querySelector('canvas')"


@pytest.fixture(scope="module")
def page(comfy_server: Server) -> Iterator[Any]:
    """A tab with the canvas ready."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1500, "height": 900})
        tab.goto(f"http://{comfy_server.address}")
        tab.wait_for_function(_READY, timeout=120_000)
        tab.wait_for_timeout(2000)
        while tab.locator(_DIALOG).count():  # what greets somebody new
            tab.keyboard.press("Escape")
            tab.wait_for_timeout(500)
        yield tab
        browser.close()


def _open(page: Any, path: Path) -> None:
    page.evaluate("async graph => { await window.app.loadGraphData(graph); }", json.loads(path.read_text()))
    page.wait_for_timeout(500)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_canvas_queues_what_an_example_says(page: Any, comfy_server: Server, path: Path):
    _open(page, path)
    queued = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    for node in queued.values():
        node.pop("_meta")
    assert queued == prompt_of(json.loads(path.read_text()), comfy_server.get("/object_info"))


def test_an_example_is_run_from_the_canvas_and_its_picture_shown(page: Any, comfy_server: Server):
    _open(page, ROOT / "example_workflows" / "01 Give a style to one photo.json")
    page.evaluate("() => window.app.queuePrompt(0)")
    page.wait_for_function(
        "() => window.app.graph.nodes.some(node => node.type === 'SaveImage' && node.imgs && node.imgs.length)",
        timeout=120_000,
    )
    page.wait_for_timeout(1000)
    picture = page.screenshot(path=str(comfy_server.base / "canvas.png"))
    assert page.locator(_DIALOG).count() == 0  # of an error
    assert len(picture) > 100_000  # the canvas with two photos on it


@pytest.mark.parametrize("path", sorted((ROOT / "subgraphs").glob("*.json")), ids=lambda path: path.stem)
def test_a_blueprint_is_its_nodes(page: Any, comfy_server: Server, path: Path):
    _open(page, path)
    queued = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    (subgraph,) = json.loads(path.read_text())["definitions"]["subgraphs"]
    assert sorted(node["class_type"] for node in queued.values()) == sorted(node["type"] for node in subgraph["nodes"])
    styles = [node["inputs"]["style"] for node in queued.values() if node["class_type"] == "AtelierLoadStyle"]
    assert set(styles) <= {one["name"] for one in comfy_server.get("/portrait_atelier/styles")}


def test_a_style_is_chosen_by_its_picture(page: Any):
    _open(page, ROOT / "example_workflows" / "01 Give a style to one photo.json")
    page.evaluate(_TO_THE_STYLE)
    shown = "() => document.querySelector('.atelier-cover img')?.naturalWidth === 256"
    page.wait_for_function(shown, timeout=120_000)
    page.locator(".atelier-cover").first.click(timeout=120_000)
    cards = page.locator(".atelier-picker .atelier-card:visible")
    cards.first.wait_for(timeout=120_000)
    assert cards.count() >= 15
    assert page.locator(".atelier-card[aria-current]").text_content() == "golden-hour"
    page.keyboard.type("GELATIN")
    assert cards.all_text_contents() == ["silver-gelatin"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".atelier-picker").wait_for(state="detached", timeout=120_000)
    queued = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    assert [node["inputs"] for node in queued.values() if node["class_type"] == "AtelierLoadStyle"] == [
        {"style": "silver-gelatin"}
    ]
    page.wait_for_function("() => document.querySelector('.atelier-cover img').dataset.name === 'silver-gelatin'")
    page.wait_for_function(shown, timeout=120_000)


def test_what_a_node_told_stays_through_undo_and_loading(page: Any):
    page.evaluate(_REPORT)
    page.evaluate("() => window.app.queuePrompt(0)")
    text = page.locator(".atelier-text:visible")
    text.wait_for(timeout=120_000)
    told = text.text_content()
    assert told.startswith("The last hour of sun")
    page.keyboard.press("Escape")
    page.evaluate(_CHANGE)
    before = page.evaluate(_STYLE_OF_LOADER)
    page.evaluate("async () => { await window.app.extensionManager.workflow.activeWorkflow.changeTracker.undo(); }")
    assert (before, page.evaluate(_STYLE_OF_LOADER)) == ("low-key", "golden-hour")
    assert text.all_text_contents() == [told]
    saved = page.evaluate("() => window.app.graph.serialize()")
    page.evaluate("() => window.app.loadGraphData({ nodes: [], links: [], version: 0.4 })")
    text.wait_for(state="hidden", timeout=120_000)
    page.evaluate("async graph => { await window.app.loadGraphData(graph); }", saved)
    text.wait_for(timeout=120_000)
    assert text.all_text_contents() == [told]
    queued = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    assert all("atelier_text" not in node["inputs"] for node in queued.values())


def test_what_a_running_node_tells_is_no_step_of_undo(page: Any):
    page.evaluate(_REPORT)
    assert page.evaluate(_WHILE_RUNNING) == ["$$node-text-preview", 0]


def test_what_a_node_told_stands_above_the_picture_that_came_first(page: Any):
    page.evaluate(_REPORT)
    assert page.evaluate(_PICTURE_FIRST) == ["atelier_text", "$$canvas-image-preview"]


def test_examples_come_in_the_order_of_their_numbers(page: Any):
    assert page.evaluate(_NAMES) == [path.stem for path in EXAMPLES]


def test_the_heading_of_styles_is_seen_whichever_is_chosen(page: Any):
    _open(page, EXAMPLES[0])
    page.evaluate(_LAST_STYLE)
    page.evaluate(_TO_THE_STYLE)
    page.locator(".atelier-cover").first.click(timeout=120_000)
    page.locator(".atelier-card[aria-current]").wait_for(timeout=120_000)
    body, heading, card = (
        page.locator(f".atelier-picker {one}").last.bounding_box() for one in (".atelier-body", "h3", "[aria-current]")
    )
    page.keyboard.press("Escape")
    assert body["y"] - 1 <= heading["y"] <= body["y"] + 30
    assert heading["y"] + heading["height"] <= card["y"] + 1
    assert card["y"] + card["height"] <= body["y"] + body["height"] + 1


def test_advanced_inputs_show_on_the_canvas_when_they_are_asked_for(page: Any):
    _open(page, next(path for path in EXAMPLES if path.stem.startswith("05")))
    (height, shown), (all_height, all_shown), saved = page.evaluate(_TRAINING)
    weights = ["lambda_content", "lambda_style", "lambda_tv", "adversarial"]
    assert [name for name in all_shown if name not in shown] == weights
    assert all_height - height >= 4 * 20
    assert saved[-4:] == weights  # hidden ones go along all the same


def test_photos_are_uploaded_into_a_folder_and_given_a_style(page: Any, comfy_server: Server):
    _open(page, next(path for path in EXAMPLES if path.stem.startswith("02")))
    page.wait_for_timeout(500)
    x, y, label = page.evaluate(_BUTTON, ["AtelierLoadPhotos", "atelier_upload"])
    assert label == "Upload photos"
    photos = sorted((comfy_server.base / "input" / FOLDER).iterdir())[:2]
    with page.expect_file_chooser(timeout=120_000) as chooser:
        page.mouse.click(x, y)
    chooser.value.set_files(photos)
    page.locator(f"{_DIALOG} input").wait_for(timeout=120_000)
    page.locator(f"{_DIALOG} input").fill("from my desk")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => ({_PHOTOS})()[0] === 'from my desk'", timeout=120_000)
    folder = comfy_server.base / "input" / "from my desk"
    assert [path.read_bytes() for path in sorted(folder.iterdir())] == [path.read_bytes() for path in photos]
    assert page.evaluate(_PHOTOS)[:4] == ["from my desk", 1, "fixed", 20]


def test_a_saved_style_is_downloaded_from_its_node_after_undo_and_loading_too(page: Any, comfy_server: Server):
    page.evaluate(_REPORT)
    page.evaluate(_SAVING)
    page.evaluate("() => window.app.queuePrompt(0)")
    has_button = "() => window.app.graph.nodes.some((one) => one.properties.atelier_file)"
    page.wait_for_function(has_button, timeout=120_000)
    saved = page.evaluate("() => JSON.stringify(window.app.graph.serialize())")
    page.evaluate("async graph => { await window.app.loadGraphData(JSON.parse(graph)); }", saved)
    page.wait_for_timeout(1000)
    x, y, label = page.evaluate(_BUTTON, ["AtelierSaveStyle", "atelier_download"])
    assert label == "Download to share.safetensors"
    with page.expect_download(timeout=120_000) as download:
        page.mouse.click(x, y)
    assert download.value.suggested_filename == "to share.safetensors"
    path = comfy_server.base / "library" / "to share.safetensors"
    assert Path(download.value.path()).read_bytes() == path.read_bytes()
