"""The user of training_dialog.py: cancels one training, and stops another to keep the best so far."""

import re
import time
from pathlib import Path

from screen import at_rest, becomes, done, gone, played, press, reached, run, screen, shoot, wait_for, window

PATIENCE = 150.0
INSTANT = Path("/tmp/home/.local/share/portrait-atelier/styles/given-up.safetensors")  # while training goes on


def begin(until: str) -> str:
    """Press Learn, and wait until the plug-in is told of something more."""
    dialog = window("^Learn Portrait Style$")
    at_rest(screen)
    before, anything = times_told(until), times_told("")

    def is_begun() -> bool:  # a press that comes before the photos are checked is lost
        press(dialog, "alt+l")
        return becomes(lambda: times_told("") > anything, 20.0)

    wait_for(is_begun, PATIENCE)
    wait_for(lambda: times_told(until) > before, PATIENCE)
    return dialog


def times_told(pattern: str) -> int:
    """How often the plug-in was told of something."""
    return len(re.findall(f"progress: {pattern}", Path("/tmp/output.log").read_text(errors="replace")))


def use() -> None:
    dialog = begin("preparing")
    wait_for(INSTANT.exists, PATIENCE)
    at_rest(screen)
    shoot("preparing", dialog)
    press(dialog, "Escape")
    wait_for(lambda: not INSTANT.exists(), PATIENCE)
    at_rest(screen)
    shoot("given-up", dialog)
    close(dialog)
    reached("given-up")
    done("closed")
    dialog = begin("training [1-9]")
    time.sleep(0.5)
    shoot("training", dialog)
    press(dialog, "alt+s")
    wait_for(lambda: times_told("ended") >= 2, PATIENCE)
    at_rest(screen)
    shoot("cut-short", dialog)
    press(dialog, "alt+c")
    gone(dialog)


def close(dialog: str) -> None:
    """Press Escape until the dialog is gone: while it stops, which takes until the end of a step, it stays."""
    end = time.monotonic() + PATIENCE
    while dialog in run("xdotool", "search", "--onlyvisible", "--name", "").split():
        if time.monotonic() > end:
            raise TimeoutError("the dialog does not close")
        press(dialog, "Escape")
        time.sleep(1)


if __name__ == "__main__":
    played(use)
