"""The user of batch_dialog.py: gives a style to a folder, reads what came of it, then gives it to the open images."""

from pathlib import Path

from dialog_user import preview_is_drawn
from screen import at_rest, gone, played, press, reached, screen, shoot, wait_for, window

TITLE = "^Many Photos in One Style$"
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


if __name__ == "__main__":
    played(use)
