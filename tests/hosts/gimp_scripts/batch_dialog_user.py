"""The user of batch_dialog.py: gives a style to a folder, reads what came of it, then gives it to the open images."""

import os
import signal
from pathlib import Path

from dialog_user import preview_is_drawn
from disturb import sizes_lent, worker
from screen import at_rest, gone, played, press, reached, screen, shoot, wait_for, window

TITLE = "^Many Photos in One Style$"
LARGE = 2000  # pixels, of the image that takes longest
RESULTS = Path("/tmp/many/golden-hour")


def use() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    at_rest(screen)
    shoot("batch-folder", dialog)
    press(dialog, "alt+y")
    gone(dialog)
    run = window(TITLE)
    shoot("batch-running", run)
    wait_for(lambda: len([*RESULTS.glob("[!.]*")]) >= 3)
    at_rest(screen)
    shoot("batch-done", run)
    press(run, "Escape")
    gone(run)
    reached("folder")
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+o")  # all open images, after the folder that was last used
    at_rest(screen)
    shoot("batch-images", dialog)
    press(dialog, "alt+y")
    gone(dialog)
    reached("images")
    cancel()


def cancel() -> None:
    """Give the style to three images, and cancel while the worker has the second, which is held up."""
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+y")
    gone(dialog)
    run = window(TITLE)
    wait_for(lambda: any(size >= LARGE * LARGE for size in sizes_lent(worker())))
    held = worker()
    os.kill(held, signal.SIGSTOP)
    shown = at_rest(screen)
    press(run, "Escape")
    at_rest(screen, unlike=shown)
    shoot("batch-stopping", run)
    shown = screen()
    os.kill(held, signal.SIGCONT)
    at_rest(screen, unlike=shown)
    shoot("batch-stopped", run)
    press(run, "Escape")
    gone(run)


if __name__ == "__main__":
    played(use)
