"""The user of share.py: copies the file of the style that is selected to where it can be sent from."""

from pathlib import Path

from dialog_user import TITLE, preview_is_drawn
from screen import at_rest, becomes, gone, played, press, run, screen, shoot, wait_for, window, write

SHARED = "/tmp/shared.safetensors"


def press_save(dialog: str) -> None:
    """Press the button beside Another Style, which has no key of its own."""
    press(dialog, "alt+a", "Escape", "Tab", "space")


def accept(chooser: str) -> None:
    """Press Return until a chooser of files is gone: at first it may complete the path, while it reads a folder."""

    def is_gone() -> bool:
        run("xdotool", "key", "Return")
        return becomes(lambda: chooser not in run("xdotool", "search", "--onlyvisible", "--name", "").split(), 3.0)

    wait_for(is_gone)


def share() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press_save(dialog)
    chooser = window("^Copy to Share$")
    at_rest(screen)
    press(chooser, "ctrl+a")
    write(SHARED)
    accept(chooser)
    wait_for(lambda: Path(SHARED).exists())
    at_rest(screen)
    shoot("shared", dialog)
    press(dialog, "Escape")
    gone(dialog)


if __name__ == "__main__":
    played(share)
