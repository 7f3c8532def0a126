"""The user of learn_dialog.py: reads what is said of the photos, gives the style a name, presses Learn, closes."""

import json
from pathlib import Path

from screen import at_rest, becomes, gone, played, press, run, screen, shoot, wait_for, window, write


def learn() -> None:
    dialog = window("^Learn Portrait Style$")
    before = height(dialog)
    is_listed = becomes(lambda: height(dialog) > before + 100, 60)  # it grows with the list of photos
    at_rest(screen)
    shoot("checked", dialog)
    with open("/tmp/user.json", "w", encoding="utf-8") as file:
        json.dump({"listed": is_listed}, file)
    press(dialog, "alt+n")
    write("My Look")
    press(dialog, "alt+i", "alt+l")
    wait_for(lambda: "progress: ended" in Path("/tmp/output.log").read_text(errors="replace"))
    at_rest(screen)
    shoot("learnt", dialog)
    press(dialog, "alt+c")
    gone(dialog)


def height(dialog: str) -> int:
    return int(run("xdotool", "getwindowgeometry", "--shell", dialog).split("HEIGHT=")[1].split()[0])


if __name__ == "__main__":
    played(learn)
