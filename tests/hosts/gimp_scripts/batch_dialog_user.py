"""The user of batch_dialog.py: gives a style to a folder, reads what came of it, then gives it to the open images."""

import json
import os
import signal
from pathlib import Path

from dialog_user import preview_is_drawn
from disturb import sizes_lent, worker
from screen import at_rest, gone, played, press, reached, run, screen, shoot, wait_for, window

TITLE = "^Many Photos in One Style$"
LARGE = 2000  # pixels, of the image that takes longest
RESULTS = Path("/tmp/many/golden-hour")


def use() -> None:
    agree("batch-folder")
    shown = window(TITLE)
    shoot("batch-running", shown)
    wait_for(lambda: len([*RESULTS.glob("[!.]*")]) >= 3)
    at_rest(screen)
    shoot("batch-done", shown)
    press(shown, "Escape")
    gone(shown)
    reached("folder")
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+o")  # all open images, after the folder that was last used
    at_rest(screen)
    shoot("batch-images", dialog)
    press(dialog, "alt+y")
    gone(dialog)
    stays = [stays_with_a_summary(2, "batch-images-done")]
    reached("images")
    agree("batch-images-again")
    stays.append(stays_with_a_summary(4, "batch-again-done"))
    with open("/tmp/user.json", "w", encoding="utf-8") as file:
        json.dump({"stays": stays}, file)
    reached("again")
    cancel()


def agree(name: str) -> None:
    """Press OK in the dialog once its preview is drawn."""
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    at_rest(screen)
    shoot(name, dialog)
    press(dialog, "alt+y")
    gone(dialog)


def stays_with_a_summary(count: int, name: str) -> bool:
    """Whether the window is there still once so many layers were made since the start; close it."""
    wait_for(lambda: Path("/tmp/output.log").read_text(errors="replace").count("seconds to insert") >= count)
    at_rest(screen)
    stays = bool(run("xdotool", "search", "--onlyvisible", "--name", TITLE))
    if stays:
        summary = window(TITLE)
        shoot(name, summary)
        press(summary, "Escape")
        gone(summary)
    return stays


def cancel() -> None:
    """Give the style to three images, and cancel while the worker has the second, which is held up."""
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+y")
    gone(dialog)
    shown = window(TITLE)
    wait_for(lambda: any(size >= LARGE * LARGE for size in sizes_lent(worker())))
    held = worker()
    os.kill(held, signal.SIGSTOP)
    before = at_rest(screen)
    press(shown, "Escape")
    at_rest(screen, unlike=before)
    shoot("batch-stopping", shown)
    before = screen()
    os.kill(held, signal.SIGCONT)
    at_rest(screen, unlike=before)
    shoot("batch-stopped", shown)
    press(shown, "Escape")
    gone(shown)


if __name__ == "__main__":
    played(use)
