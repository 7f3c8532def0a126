"""Make the README's picture of ComfyUI: the first example, run on the astronaut, on the canvas of a real Chromium.

    COMFYUI_PATH=... python benchmarks/comfy_picture.py [-o docs/images/comfyui.jpg]

Needs ComfyUI's requirements, Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "hosts")]
_WIDTH, _HEIGHT = 2000, 1500
_EDGE = 16  # pixels around the nodes
_QUALITY = 88  # of JPEG
_WAIT = 300_000  # milliseconds
_READY = "() => window.app?.graph && document.querySelector('canvas')"
_SHOWN = """() => {
  const shown = app.graph.nodes.filter(({ type, imgs }) => ["LoadImage", "SaveImage"].includes(type) && imgs?.length);
  return shown.length === 2 && document.querySelector(".atelier-cover img")?.naturalWidth === 256;
}"""
_PLACE = """(edge) => {
  const boxes = app.graph.nodes.map(({ pos, size }) => [pos[0], pos[1] - 50, pos[0] + size[0], pos[1] + size[1]]);
  const [left, top] = [0, 1].map((at) => Math.min(...boxes.map((box) => box[at])) - edge);
  const [right, bottom] = [2, 3].map((at) => Math.max(...boxes.map((box) => box[at])) + edge);
  app.canvas.ds.scale = 1;
  app.canvas.ds.offset = [120 - left, 120 - top];  // beside ComfyUI's own bars
  app.canvas.deselectAll?.();
  app.canvas.setDirty(true, true);
  const canvas = app.canvas.canvas.getBoundingClientRect();
  return { x: canvas.left + 120, y: canvas.top + 120, width: right - left, height: bottom - top };
}"""


def picture_of(page: Any, workflow: dict[str, Any]) -> bytes:
    """Run a workflow on the canvas and return its nodes as PNG."""
    page.evaluate("async (graph) => { await app.loadGraphData(graph); }", workflow)
    page.evaluate("() => app.queuePrompt(0)")
    page.wait_for_function(_SHOWN, timeout=_WAIT)
    clip = page.evaluate(_PLACE, _EDGE)
    page.wait_for_timeout(2000)  # until what greets and moves is gone
    return page.screenshot(clip=clip)


def main() -> None:
    """Write the picture."""
    from comfy_host import Server, comfyui_path
    from comfy_material import fill_input
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "images" / "comfyui.jpg")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    example = sorted((ROOT / "example_workflows").glob("*.json"))[0]
    with tempfile.TemporaryDirectory() as folder:
        fill_input(Path(folder) / "input")
        server = Server(comfyui_path(), Path(folder))
        try:
            with sync_playwright() as browsers:
                browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
                page.goto(f"http://{server.address}")
                page.wait_for_function(_READY, timeout=_WAIT)
                page.wait_for_timeout(2000)
                while page.locator(".p-dialog:visible").count():  # what greets somebody new
                    page.keyboard.press("Escape")
                    page.wait_for_timeout(500)
                shown = picture_of(page, json.loads(example.read_text(encoding="utf-8")))
                browser.close()
        finally:
            server.close()
    Image.open(io.BytesIO(shown)).convert("RGB").save(options.output, quality=_QUALITY, optimize=True)


if __name__ == "__main__":
    main()
