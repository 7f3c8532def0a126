"""The user of training_dialog.py: cancels one training, and stops another to keep the best so far."""

import re
import time
from pathlib import Path

from screen import at_rest, done, gone, played, press, reached, run, screen, shoot, wait_for, window

PATIENCE = 150.0


def begin() -> str:
    """Press Learn, and wait until the first step is done."""
    dialog = window("^Learn Portrait Style$")
    at_rest(screen)
    before = steps_told()
    press(dialog, "alt+l")
    wait_for(lambda: steps_told() > before, PATIENCE)
    time.sleep(0.5)
    return dialog


def steps_told() -> int:
    """How many steps of training the plug-in was told of."""
    return len(re.findall(r"progress: training [1-9]", Path("/tmp/output.log").read_text(errors="replace")))


def use() -> None:
    dialog = begin()
    shoot("training", dialog)
    press(dialog, "Escape")
    time.sleep(0.3)
    shoot("stopping", dialog)
    close(dialog)
    reached("given-up")
    done("closed")
    dialog = begin()
    press(dialog, "alt+s")
    wait_for(Path("/tmp/home/.local/share/portrait-atelier/styles/cut-short.safetensors").exists, PATIENCE)
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
