"""A real panel in a process of its own, and a real browser, for the tests that see it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from waiting import hear_ctrl_c

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 300
PATIENCE = 300_000  # milliseconds for anything to appear on the page of a busy computer
GENERATORS = {"look": "Colors and light", "pixel": "Painting"}  # as the page calls them
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Runs in the server and in the processes it starts: whoever is called outside this computer is written down.
_RECORDER = """
import os, socket
_connect = socket.socket.connect
def connect(self, address):
    host = address[0] if isinstance(address, tuple) else ""
    if host and not str(host).startswith("127.") and host not in ("localhost", "::1", "0.0.0.0"):
        with open(os.environ["PANEL_OUTSIDE"], "a") as file:
            file.write(f"{host}\\n")
        raise OSError("no network in this test")
    return _connect(self, address)
socket.socket.connect = connect
"""
# Runs in the process of a training: from the moment when it says that it prepares itself, by putting its status in its
# place, it gets so many megabytes more and none after that.
_MISER = """
import pathlib, sys
given, limited = pathlib.Path(os.environ["PANEL_OUTSIDE"]).with_name("memory.txt"), []
def limit(event, arguments):
    if event != "os.rename" or limited or pathlib.Path(arguments[1]).name != "status.json":
        return
    if '"setup"' in pathlib.Path(arguments[0]).read_text():
        import resource
        limited.append(True)
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + int(given.read_text()) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
if given.exists() and "portrait_atelier.panel.training_process" in sys.orig_argv:
    sys.addaudithook(limit)
"""


def find_browser() -> str:
    """The path of a Chromium; skips the test where there is none."""
    pytest.importorskip("gradio", reason="the panel needs Gradio")
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if ROOT.name != "portrait_atelier" and not _is_installed():
        pytest.skip("the package is not installed, so that other processes do not find it")
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this computer; on Debian: apt-get install chromium")
    return found


def _is_installed() -> bool:
    code = "import portrait_atelier"
    return subprocess.run([sys.executable, "-c", code], cwd="/", check=False, capture_output=True).returncode == 0


class Server:
    """A panel that can be killed and started again, with its own library, cache and trainings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outside = folder, folder / "outside.txt"
        hook = folder / "hook"
        hook.mkdir(parents=True)
        (hook / "sitecustomize.py").write_text(_RECORDER + _MISER)
        path = [str(hook), *([] if _is_installed() else [str(ROOT.parent)]), os.environ.get("PYTHONPATH", "")]
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(part for part in path if part),
            "PANEL_OUTSIDE": str(self.outside),
            "ATELIER_STYLES": str(folder / "styles"),
            "ATELIER_CACHE": str(folder / "cache"),
            "ATELIER_TRAININGS": str(folder / "trainings"),
            "OMP_NUM_THREADS": "1",
        }
        pretend_measured(folder / "trainings")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "portrait_atelier.core.cli", "panel", "--no-browser", "--port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,  # as in a terminal of its own
                preexec_fn=hear_ctrl_c if os.name == "posix" else None,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
            except OSError:
                assert self.process.poll() is None, self.log()
                time.sleep(0.3)
            else:
                return
        raise AssertionError(f"the panel did not start: {self.log()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def press_ctrl_c(self) -> None:
        """End it as its terminal does, which tells every process of its group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=PATIENCE / 1000)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @contextmanager
    def little_memory(self, megabytes: int) -> Iterator[None]:
        """Trainings that begin meanwhile get no more than this, once they are prepared (Linux)."""
        given = self.folder / "memory.txt"
        given.write_text(str(megabytes))
        yield
        given.unlink()

    def command(self, *words: str) -> str:
        """What `atelier` prints."""
        call = [sys.executable, "-m", "portrait_atelier.core.cli", *words]
        done = subprocess.run(call, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-3000:]

    def trainings(self) -> str:
        """Every training's name, status, and what its process said last."""
        found = []
        for folder in sorted((self.folder / "trainings").glob("2*")):
            for name in ("training.json", "status.json", "wish", "errors.txt"):
                path = folder / name
                found.append(f"{name}: {path.read_text(errors='replace')[-1500:] if path.exists() else 'none'}")
        return "\n".join(found)


def pretend_measured(trainings: Path) -> None:
    """So that the first start does not measure learning beside what is tested."""
    from portrait_atelier.panel import pace

    trainings.mkdir(parents=True)
    measured = {"setup": 30.0, "step": 1.0, "photo": 0.4}
    values = {"version": pace._VERSION, "cores": os.cpu_count(), "paces": {"auto": measured}}
    (trainings / "pace.json").write_text(json.dumps(values))


def open_panel(page: object, server: Server, tab: str = "Learn") -> None:
    """Open the page, wait until it is filled, and choose a tab."""
    page.goto(server.url)
    page.get_by_text("Eight photos or more").wait_for()
    if tab != "Learn":
        choose_tab(page, tab)


def answer_of(page: object, address: str, **options: object) -> object:
    """What the server sends; it may have closed a connection that was idle, which is then opened again."""
    return page.request.get(address, max_retries=3, **options)


def drop(page: object, place: str, *paths: Path) -> None:
    """Put files into the upload of a part of the page."""
    page.set_input_files(f"{place} input[type=file]", [str(path) for path in paths])


def begin_training(page: object, name: str, photos: Sequence[Path], **fields: object) -> None:
    """Fill the form and begin.

    Args:
        page: the Learn tab.
        name: of the style.
        photos: finished ones; empty where they are there already.
        fields: `quality` (Instant, Quick), `generator` (look, pixel), `steps`.
    """
    if photos:
        drop(page, "#photos", *photos)
        page.locator("#check .pa-big").get_by_text(f"{len(photos)} photos").wait_for()
    page.fill("#name input, #name textarea", name)
    if "quality" in fields:
        page.locator("#quality").get_by_text(str(fields["quality"])).click()
    if not page.locator("#steps input").is_visible():
        page.get_by_role("button", name="Advanced").click()
    if "generator" in fields:
        page.locator("#generator").get_by_text(GENERATORS[str(fields["generator"])]).click()
    if "steps" in fields:
        page.fill("#steps input", str(fields["steps"]))
    page.click("#start")
    page.locator("#start-message").get_by_text(f"{name} is in the list below").wait_for()


def choose_tab(page: object, name: str) -> None:
    page.get_by_role("tab", name=name).first.click()


def place_in(locator: object, x: float, y: float) -> dict[str, float]:
    """The place in an element at these shares of its sides, for Playwright, which waits until it lies still."""
    box = locator.bounding_box()
    return {"x": x * box["width"], "y": y * box["height"]}


@contextmanager
def standing_still(training: Path) -> Iterator[None]:
    """Stop the process of a training in its folder, so that what is done meanwhile is not a race with its steps."""
    import psutil

    found = psutil.process_iter(["cmdline"])
    (process,) = (each for each in found if str(training) in (each.info["cmdline"] or ()))
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextmanager
def shut_in(browser: object, server: Server, **options: object) -> Iterator[object]:
    """A page that may reach nothing but the panel; what it tries fails the test."""
    given = {"viewport": {"width": 1280, "height": 1000}, "locale": "en-US", "accept_downloads": True, **options}
    context = browser.new_context(**given)
    outside, inside = [], (server.url, "data:", "blob:")

    def route(route: object) -> None:
        if route.request.url.startswith(inside):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", route)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        yield page
        assert outside == []
    finally:
        context.close()


@contextmanager
def chromium(path: str) -> Iterator[object]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def finished_photos(folder: Path, count: int = 10, *, tint: Sequence[float] = (255, 229, 184)) -> list[Path]:
    """Different parts of the astronaut's picture, every other one mirrored, all in one warm, dark look."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        top, left, size = 110 * (number // 4), 100 * (number % 4), 190 - 6 * (number % 3)
        part = data.astronaut()[top : top + size, left : left + size][:, :: 1 - 2 * (number % 2)]
        image = Image.fromarray(((part / 255.0) ** 1.15 * tint).astype(np.uint8))
        path = folder / f"finished-{number:02d}.jpg"
        image.resize((420, 420), Image.Resampling.LANCZOS).save(path, quality=93)
        paths.append(path)
    return paths


def untouched_photo(path: Path, width: int = 900, height: int = 700) -> Path:
    """The astronaut as she is, 8 bits."""
    Image.fromarray(data.astronaut()).resize((width, height), Image.Resampling.LANCZOS).save(path, quality=95)
    return path
