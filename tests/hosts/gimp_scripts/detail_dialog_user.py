"""The user of detail_dialog.py: shows a part at 100 %, drags it, compares it before and after, zooms, presses OK.

Takes the README's picture.
"""

from collections.abc import Callable
from pathlib import Path

from dialog_user import TITLE, preview_is_drawn
from screen import at_rest, drag, gone, picture, played, press, run, shoot, wait_for, window

BESIDE = (450, 20, 460, 460)  # the part in the dialog, and a little around it
UP = 4  # of the wheel, as a button
MIDDLE = (BESIDE[0] + BESIDE[2] // 2, BESIDE[1] + BESIDE[3] // 2)


def use() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+d")
    wait_for(lambda: width(dialog) > 1100)
    wait_for(lambda: has_picture(dialog))
    keep(dialog, "first")
    seen = picture(dialog, *BESIDE)
    press(dialog, "alt+i")
    at_rest(lambda: picture(dialog, *BESIDE), unlike=seen)
    shoot("dialog", dialog)
    press(dialog, "alt+i")
    at_rest(lambda: picture(dialog, *BESIDE))
    drag(dialog, MIDDLE, (MIDDLE[0] - 60, MIDDLE[1] - 25))
    at_rest(lambda: picture(dialog, *BESIDE), unlike=seen)
    keep(dialog, "dragged")
    press(dialog, "alt+p")
    keep(dialog, "before")
    press(dialog, "alt+p")
    zoomed(dialog, "half", lambda: press(dialog, "minus"))
    zoomed(dialog, "quarter", lambda: press(dialog, "ctrl+minus"))
    zoomed(dialog, "half again", lambda: wheel(dialog, UP))
    zoomed(dialog, "whole again", lambda: press(dialog, "plus"))
    zoomed(dialog, "double", lambda: wheel(dialog, UP))
    shoot("double", dialog)
    press(dialog, "ctrl+minus")
    at_rest(lambda: picture(dialog, *BESIDE))
    press(dialog, "alt+d")
    wait_for(lambda: width(dialog) < 1100)
    press(dialog, "alt+o")
    gone(dialog)


def zoomed(dialog: str, name: str, act: Callable[[], None]) -> None:
    """Zoom, and keep what is seen then."""
    seen = picture(dialog, *BESIDE)
    act()
    at_rest(lambda: picture(dialog, *BESIDE), unlike=seen)
    keep(dialog, name)


def wheel(dialog: str, button: int) -> None:
    """Turn the wheel over the middle of the part while Control is held."""
    run("xdotool", "mousemove", "--window", dialog, *MIDDLE)
    run("xdotool", "keydown", "ctrl")
    run("xdotool", "click", button)
    run("xdotool", "keyup", "ctrl")


def width(dialog: str) -> int:
    return int(run("xdotool", "getwindowgeometry", "--shell", dialog).split("WIDTH=")[1].split()[0])


def has_picture(dialog: str) -> bool:
    """Whether the part is drawn: it has texture then, and rests."""
    shown = at_rest(lambda: picture(dialog, *BESIDE))
    return len(set(shown[len(shown) // 2 :][: 3 * BESIDE[2]])) > 40


def keep(dialog: str, name: str) -> None:
    Path(f"/tmp/{name}.rgb").write_bytes(at_rest(lambda: picture(dialog, *BESIDE)))


if __name__ == "__main__":
    played(use)
