"""Firefox and WebKit, the engine of Safari, driven by what they bring themselves: Marionette and WebDriver."""

import base64
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

KEYS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Escape": "\ue00c"}
KEYS |= {"Tab": "\ue004", "Enter": "\ue007", "Control": "\ue009", "Space": " "}
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # what the standard calls a reference to an element
_SECONDS_TO_START = 120
_COMMANDS = {  # of the standard: as WebDriver has them; Marionette has them by their names
    "NewSession": ("POST", ""),
    "DeleteSession": ("DELETE", ""),
    "Navigate": ("POST", "/url"),
    "SetWindowRect": ("POST", "/window/rect"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "PerformActions": ("POST", "/actions"),
    "TakeScreenshot": ("GET", "/screenshot"),
}
_PREFERENCES = {  # of a Firefox that calls nobody and tells of nothing
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en-US",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
}


class BrowserError(Exception):
    """A browser could not do what it was told."""


Send = Callable[[str, dict[str, Any]], Any]


class Page:
    """The page of a browser.

    Args:
        send: has the browser carry out a command of the WebDriver standard.
    """

    def __init__(self, send: Send) -> None:
        self.send = send

    def open(self, address: str, width: int = 1280, height: int = 1000) -> None:
        self.send("SetWindowRect", {"width": width, "height": height})
        self.send("Navigate", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns."""
        return self.send("ExecuteScript", {"script": script, "args": list(arguments)})

    def see(self, expression: str, *, seconds: float = 200.0) -> Any:
        """Wait until an expression is true; return it."""
        deadline = time.monotonic() + seconds
        while not (found := self.run(f"return {expression}")):
            assert time.monotonic() < deadline, f"never seen: {expression}"
            time.sleep(0.1)
        return found

    def see_text(self, place: str, text: str) -> None:
        """Wait until an element that is seen says something."""
        self.see(
            f"[...document.querySelectorAll({json.dumps(place)})].some((each) => each.checkVisibility()"
            f" && each.innerText.includes({json.dumps(text)}))"
        )

    def element(self, place: str) -> str:
        """A reference to an element, in the middle of the window, once it is there."""
        self.see(f"document.querySelector({json.dumps(place)})")
        self.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })", place)
        return self.send("FindElement", {"using": "css selector", "value": place})[_ELEMENT]

    def click(self, place: str) -> None:
        """Click on an element once it is seen."""
        self.see(f"document.querySelector({json.dumps(place)})?.checkVisibility()")
        self.send("ElementClick", {"id": self.element(place)})

    def type(self, place: str, text: str) -> None:
        """Write into a field, after what stands there."""
        self.send("ElementSendKeys", {"id": self.element(place), "text": text})

    def drop(self, place: str, *paths: Path) -> None:
        """Put files into the upload of a part of the page."""
        field = f"{place} input[type=file]"
        self.see(f"document.querySelector({json.dumps(field)})")
        field = self.send("FindElement", {"using": "css selector", "value": field})[_ELEMENT]
        self.send("ElementSendKeys", {"id": field, "text": "\n".join(map(str, paths))})

    def press(self, *keys: str) -> None:
        """Press keys together, on what has the focus."""
        codes = [KEYS.get(key, key) for key in keys]
        steps = [{"type": "keyDown", "value": code} for code in codes]
        steps += [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self.send("PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with a mouse between two places of the window."""
        move = {"type": "pointerMove", "duration": 100, "origin": "viewport"}
        places = [{**move, "x": round(x), "y": round(y)} for x, y in (start, end)]
        steps = [places[0], {"type": "pointerDown", "button": 0}, places[1], {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.send("PerformActions", {"actions": [mouse]})

    def photograph(self, path: Path) -> None:
        """Save what the window shows as a PNG."""
        found = self.send("TakeScreenshot", {"full": False})
        path.write_bytes(base64.b64decode(found))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _program(command: list[str], folder: Path, **environment: str) -> Iterator[subprocess.Popen]:
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log, cwd=folder)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _begun(begin: Callable[[], Any], folder: Path) -> Any:
    """What a program answers once it listens."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            return begin()
        except OSError as error:
            if time.monotonic() > deadline:
                told = (folder / "browser.log").read_text(errors="replace")[-2000:]
                raise AssertionError(f"the browser did not start: {told}") from error
            time.sleep(0.2)


@contextmanager
def firefox(folder: Path, **preferences: Any) -> Iterator[Page]:
    """A headless Firefox with a new profile; skips the test where there is none.

    Args:
        folder: an empty one, for the profile.
        preferences: of Firefox.
    """
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("no Firefox on this computer; on Debian: apt-get install firefox-esr")
    port = _free_port()
    values = {**_PREFERENCES, "marionette.port": port, **preferences}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in values.items()]
    (folder / "user.js").write_text("\n".join(lines))
    command = [found, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with _program(command, folder, HOME=str(folder)):
        connection = _begun(lambda: socket.create_connection(("127.0.0.1", port), timeout=300), folder)
        with connection, connection.makefile("rb") as answers:
            _marionette_message(answers)  # it greets
            numbers = itertools.count()

            def send(name: str, values: dict[str, Any]) -> Any:
                data = json.dumps([0, next(numbers), f"WebDriver:{name}", values]).encode()
                connection.sendall(b"%d:%b" % (len(data), data))
                _, _, error, result = _marionette_message(answers)
                if error:
                    raise BrowserError(f"{name}: {error['error']}: {error['message']}")
                return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

            send("NewSession", {})
            yield Page(send)


def _marionette_message(answers: Any) -> Any:
    length = b""
    while (letter := answers.read(1)) != b":":
        assert letter, "Firefox has ended"
        length += letter
    return json.loads(answers.read(int(length)))


@contextmanager
def webkit(folder: Path) -> Iterator[Page]:
    """WebKit's own small browser on a screen of its own; skips the test where it or a screen is missing."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if driver is None or screen is None:
        pytest.skip("no WebKit and Xvfb on this computer; on Debian: apt-get install webkit2gtk-driver xvfb")
    port, display = _free_port(), f":{_free_port()}"
    shown = {"DISPLAY": display, "GDK_BACKEND": "x11", "HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
    with (
        _program([screen, display, "-screen", "0", "1400x1200x24", "-nolisten", "tcp"], folder),
        _program([driver, f"--port={port}", "--host=127.0.0.1"], folder, LANG="en_US.UTF-8", **shown),
    ):
        session = ""

        def send(name: str, values: dict[str, Any]) -> Any:
            method, path = _COMMANDS[name]
            address = f"http://127.0.0.1:{port}/session{session}{path.format(**values)}"
            data = json.dumps(values).encode() if method == "POST" else None
            request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
            try:
                with urllib.request.urlopen(request, timeout=300) as answer:
                    return json.load(answer)["value"]
            except urllib.error.HTTPError as error:
                told = json.load(error)["value"]
                raise BrowserError(f"{name}: {told['error']}: {told['message']}") from error

        begun = _begun(lambda: send("NewSession", {"capabilities": {"alwaysMatch": {}}}), folder)
        session = f"/{begun['sessionId']}"
        try:
            yield Page(send)
        finally:
            with suppress(BrowserError, OSError):
                send("DeleteSession", {})


BROWSERS = {"firefox": firefox, "webkit": webkit}
