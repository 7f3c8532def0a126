"""The user of receive.py: opens the file by Another Style, saves the style among the own ones, presses OK."""

from pathlib import Path

from dialog_user import TITLE, preview_is_drawn, seen
from screen import at_rest, gone, played, press, screen, shoot, wait_for, window, write
from share_user import SHARED, accept, press_save

LIBRARY = Path("/tmp/home/.local/share")


def receive() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    golden = at_rest(lambda: seen(dialog))
    press(dialog, "alt+a", "Up", "Return")  # the last of the menu
    chooser = window("^A Photo or a Style File$")
    at_rest(screen)
    press(chooser, "slash")
    write(SHARED[1:])
    accept(chooser)
    at_rest(lambda: seen(dialog), unlike=golden)
    at_rest(screen)
    shoot("received", dialog)
    press_save(dialog)
    naming = window("^Save This Style$")
    at_rest(screen)
    shoot("naming", naming)
    press(naming, "ctrl+a")
    write("Shared Look")
    press(naming, "Return")
    gone(naming)
    wait_for(lambda: any(LIBRARY.rglob("Shared Look*.safetensors")))
    at_rest(screen)
    shoot("kept", dialog)
    press(dialog, "alt+o")
    gone(dialog)


if __name__ == "__main__":
    played(receive)
