"""The user of batch_dialog.py: gives a style to the open images, then to a folder, and reads what came of it."""

from pathlib import Path

from dialog_user import preview_is_drawn
from screen import at_rest, done, gone, played, press, reached, screen, shoot, wait_for, window

TITLE = "^Portrait Style for Many Photos$"
RESULTS = Path("/tmp/many/golden-hour")  # named after the style that was used last


def use() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    at_rest(screen)
    shoot("batch-images", dialog)
    press(dialog, "Return")  # the search is empty: OK
    gone(dialog)
    reached("images")
    done("images-seen")
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    at_rest(screen)
    shoot("batch-folder", dialog)
    press(dialog, "Return")
    gone(dialog)
    run = window(TITLE)
    shoot("batch-running", run)
    wait_for(lambda: len([*RESULTS.glob("[!.]*")]) >= 3)
    at_rest(screen)
    shoot("batch-done", run)
    press(run, "Escape")
    gone(run)


if __name__ == "__main__":
    played(use)
