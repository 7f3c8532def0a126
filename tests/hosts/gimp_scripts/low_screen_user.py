"""The user of low_screen.py: measures each dialog, and chooses folders; types strengths and presses Return."""

import json
import re
from pathlib import Path

from dialog_user import preview_is_drawn
from screen import PATIENCE, at_rest, gone, played, press, run, screen, shoot, wait_for, window, write

PLACES: dict[str, list[int]] = {}


def measure(name: str, dialog: str) -> None:
    """Keep left, top, width and height of a window's content on the screen."""
    at_rest(screen)
    shoot(f"low-{name}")
    said = run("xwininfo", "-id", dialog)
    found = (re.search(rf"{what}: +(-?\d+)", said) for what in ("left X", "left Y", "Width", "Height"))
    PLACES[name] = [int(number[1]) for number in found if number]


def filter_dialog(name: str, title: str) -> str:
    dialog = window(title, patience=3 * PATIENCE)  # GIMP itself starts before the first
    wait_for(lambda: preview_is_drawn(dialog))
    measure(name, dialog)
    return dialog


def take_strength(dialog: str, text: str) -> None:
    press(dialog, "alt+t", "ctrl+a")
    write(text)
    press(dialog, "Return")
    gone(dialog)


def escape(dialog: str) -> None:
    press(dialog, "Escape")
    gone(dialog)


def color_table() -> None:
    dialog = window("^Color Table$")
    measure("table", dialog)
    press(dialog, "alt+o")  # nothing is chosen, so there is no OK
    at_rest(screen)
    assert window("^Color Table$") == dialog
    escape(dialog)


def learn() -> None:
    dialog = window("^Learn Portrait Style$")
    before = height(dialog)
    choose_folder(dialog, "Pictures/checked")  # the chooser begins in the home folder, as there are no pictures
    wait_for(lambda: height(dialog) > before + 100)  # it grows with the list of photos
    measure("learn", dialog)
    press(dialog, "alt+i", "alt+l")
    wait_for(lambda: "progress: ended" in Path("/tmp/output.log").read_text(errors="replace"))
    measure("learnt", dialog)
    press(dialog, "alt+c")
    gone(dialog)
    dialog = window("^Learn Portrait Style$")
    choose_folder(dialog, "other")  # it begins beside the folder of the last time
    press(dialog, "alt+c")
    gone(dialog)


def height(dialog: str) -> int:
    return int(run("xdotool", "getwindowgeometry", "--shell", dialog).split("HEIGHT=")[1].split()[0])


def choose_folder(dialog: str, path: str) -> None:
    """Choose a folder by its path from where the chooser begins."""
    press(dialog, "alt+f", "space")
    at_rest(screen)
    run("xdotool", "key", "End")
    run("xdotool", "key", "Return")  # Other…
    chooser = window("^A Folder of Finished Photos$")
    at_rest(screen)
    press(chooser, "ctrl+l")
    write(path)
    at_rest(screen)
    shoot(f"low-choosing-{path.replace('/', '-')}")
    press(chooser, "Return")
    gone(chooser)


def close_up(dialog: str) -> None:
    """Show a part beside the whole, and no more."""
    shown = at_rest(screen)
    press(dialog, "alt+d")
    at_rest(screen, unlike=shown)
    measure("detail", dialog)
    press(dialog, "alt+d")


def look() -> None:
    dialog = filter_dialog("style", "^Portrait Style$")
    close_up(dialog)
    take_strength(dialog, "0.7")
    take_strength(filter_dialog("edit", "^Edit Portrait Style$"), "0.4")
    color_table()
    escape(filter_dialog("many", "^Many Photos in One Style$"))
    learn()
    with open("/tmp/user.json", "w", encoding="utf-8") as file:
        json.dump(PLACES, file)


if __name__ == "__main__":
    played(look)
