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
