"""What a user does at the display: finds windows, presses keys, looks. Runs beside GIMP, in the tree's Python."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = 150.0


def played(steps) -> None:
    """Play the user; where something does not come as expected, take a picture, and end GIMP, which would wait on."""
    try:
        steps()
    except BaseException:
        shoot("missing")
        for path in Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if path.read_text().startswith("gimp"):
                    os.kill(int(path.parent.name), signal.SIGKILL)
        raise


def run(*words: object) -> str:
    """A program's output; empty if it finds nothing."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False).stdout.strip()


def window(title: str, patience: float = PATIENCE) -> str:
    """The number of the window with a title (a regular expression).

    Raises:
        TimeoutError: it did not appear.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = run("xdotool", "search", "--onlyvisible", "--name", title).split()
        if found:
            return found[-1]
        time.sleep(0.1)
    raise TimeoutError(f"no window {title!r}")


def gone(number: str, patience: float = PATIENCE) -> None:
    """Wait until a window is closed."""
    wait_for(lambda: number not in run("xdotool", "search", "--onlyvisible", "--name", "").split(), patience)


def wait_for(condition, patience: float = PATIENCE) -> None:
    """Wait until something is so."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.1)


def becomes(condition, patience: float) -> bool:
    """Whether a condition becomes true before the timeout."""
    try:
        wait_for(condition, patience)
    except TimeoutError:
        return False
    return True


def at_rest(look, unlike: object = None):
    """Return the result of `look` once it differs from `unlike` and is stable."""
    seen = [look()]

    def rests() -> bool:
        seen.append(look())
        return seen[-1] == seen[-2] != unlike

    wait_for(rests)
    return seen[-1]


def shoot(name: str, number: str = "root") -> Path:
    """A picture of a window, /tmp/NAME.png."""
    path = Path(f"/tmp/{name}.png")
    run("import", "-window", number, path)
    return path


def press(number: str, *keys: str) -> None:
    """Press keys in a window."""
    run("xdotool", "windowactivate", "--sync", number)
    for key in keys:
        run("xdotool", "key", "--clearmodifiers", key)
        time.sleep(0.05)


def write(text: str) -> None:
    """Type into what has the focus."""
    run("xdotool", "type", "--delay", "20", text)


def click(number: str, x: int, y: int, button: int = 1) -> None:
    """Click at a place in a window."""
    run("xdotool", "mousemove", "--window", number, x, y)
    time.sleep(0.1)
    run("xdotool", "click", button)


def drag(number: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag from a place in a window to another."""
    run("xdotool", "mousemove", "--window", number, *start)
    time.sleep(0.1)
    run("xdotool", "mousedown", 1)
    for step in range(1, 6):
        place = [round(a + (b - a) * step / 5) for a, b in zip(start, end, strict=True)]
        run("xdotool", "mousemove", "--window", number, *place)
        time.sleep(0.1)
    run("xdotool", "mouseup", 1)


def done(step: str) -> None:
    """Tell the script in GIMP that a step is done."""
    Path(f"/tmp/step-{step}").touch()


def reached(step: str, patience: float = PATIENCE) -> None:
    """Wait for the other side's step."""
    wait_for(lambda: os.path.exists(f"/tmp/step-{step}"), patience)


def screen() -> bytes:
    """Return a screenshot of the whole screen."""
    return subprocess.run(["import", "-window", "root", "rgb:-"], capture_output=True, check=True).stdout


def picture(number: str, left: int, top: int, width: int, height: int) -> bytes:
    """What a part of a window shows, as RGB."""
    command = ["import", "-window", number, "-crop", f"{width}x{height}+{left}+{top}", "-depth", "8", "rgb:-"]
    return subprocess.run(command, capture_output=True, check=True).stdout
