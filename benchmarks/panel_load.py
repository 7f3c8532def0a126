"""Load test of the panel: eight browser sessions restyle 12 MP photos at once: seconds, failures, memory.

    python benchmarks/panel_load.py [--sessions 8] [--rounds 2]

Needs the extras `panel` and `dev`, and Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from skimage import data

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hosts"))
from panel_server import Server, find_browser

_SIZE = (4000, 3000)
_STYLES = ("golden-hour", "silver-gelatin", "cool-cinema", "faded-print")
_LONG = 600_000  # milliseconds
_AFTER = "document.querySelector('#try-slider .pa-after')"
_ROWS = ("photo seen in a style", "another print of it", "file at full size")


class Memory:
    """Peak memory of the panel and its processes in MB (sum of resident sets)."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._ending, self.most, self.least = process, threading.Event(), 0.0, float("inf")
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        self._ending.set()

    def _watch(self) -> None:
        while not self._ending.wait(0.1):
            used = 0.0
            for part in (self._process, *self._process.children(recursive=True)):
                try:
                    used += part.memory_info().rss / 1e6
                except psutil.Error:
                    continue
            self.most, self.least = max(self.most, used), min(self.least, used)


def large_photo(path: Path, seed: int) -> Path:
    """12 MP with texture in every place, as JPEG."""
    rng = np.random.default_rng(seed)
    image = np.asarray(Image.fromarray(data.astronaut()).resize(_SIZE, Image.Resampling.BICUBIC), np.int16)
    noise = rng.integers(-12, 13, (_SIZE[1], _SIZE[0], 1), np.int16)
    Image.fromarray((image + noise).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


async def one_session(browser: object, server: Server, photo: Path, style: str) -> tuple[float, float, float]:
    """Seconds to see the photo in a style, to see another print of it, and from the button to its file at full size."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = await context.new_page()
    page.set_default_timeout(_LONG)
    await page.goto(server.url)
    await page.get_by_role("tab", name="Try").first.click()
    await page.locator("#try-gallery").get_by_label(style, exact=True).click()
    started = time.perf_counter()
    await page.set_input_files("#try-photos input[type=file]", str(photo))
    await page.locator("#try-slider .pa-after[src]").wait_for()
    seen = time.perf_counter() - started
    shown = await page.evaluate(f"{_AFTER}.src")
    started = time.perf_counter()
    await page.click("#another")
    await page.wait_for_function(f"(old) => {_AFTER}.src !== old", arg=shown)
    again = time.perf_counter() - started
    started = time.perf_counter()
    await page.click("#make")
    await page.locator("#result a").first.wait_for()
    made = time.perf_counter() - started
    if await page.locator(".toast-body.error").count():
        raise RuntimeError(await page.inner_text(".toast-body.error"))
    await context.close()
    return seen, again, made


async def load(server: Server, photos: list[Path], rounds: int) -> tuple[list[tuple[float, float, float]], int]:
    """All sessions at once, some times over: their seconds, and how many failed."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        done: list[tuple[float, float, float]] = []
        failed = 0
        for _ in range(rounds):
            calls = [
                one_session(browser, server, photo, _STYLES[place % len(_STYLES)]) for place, photo in enumerate(photos)
            ]
            for result in await asyncio.gather(*calls, return_exceptions=True):
                if isinstance(result, BaseException):
                    failed += 1
                    print(f"failed: {result}")
                else:
                    done.append(result)
        await browser.close()
    return done, failed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        photos = [large_photo(Path(folder) / f"photo-{number}.jpg", number) for number in range(given.sessions)]
        server.start()
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        memory = Memory(process)
        time.sleep(1)
        started, work, all_work = time.perf_counter(), _work(process.cpu_times()), _work(psutil.cpu_times())
        done, failed = asyncio.run(load(server, photos, given.rounds))
        seconds, memory_used = time.perf_counter() - started, (memory.least, memory.most)
        work, all_work = _work(process.cpu_times()) - work, _work(psutil.cpu_times()) - all_work
        memory.stop()
        server.end()
    print(f"{given.sessions} sessions at once, {given.rounds} rounds, 12 MP JPEG: {len(done)} done, {failed} failed")
    for name, values in zip(_ROWS, zip(*done, strict=True), strict=True):
        median, late = np.percentile(values, [50, 95])
        print(f"{name}: median {median:.1f} s, p95 {late:.1f} s, most {max(values):.1f} s")
    print(f"all in {seconds:.0f} s; memory of the panel {memory_used[0]:.0f} to {memory_used[1]:.0f} MB")
    print(f"work of the processors: {work:.0f} s in the panel, {all_work:.0f} s on the whole computer")


def _work(times: object) -> float:
    """Seconds in which a processor worked for programs, or for the system on their behalf."""
    return times.user + times.system + getattr(times, "nice", 0.0)


if __name__ == "__main__":
    main()
