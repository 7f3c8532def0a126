"""The user of learn_dialog.py: gives the style a name, presses Learn, waits for it, closes."""

import glob

from screen import at_rest, gone, played, press, screen, shoot, wait_for, window, write


def learn() -> None:
    dialog = window("^Learn Portrait Style$")
    at_rest(screen)
    press(dialog, "alt+n")
    write("My Look")
    press(dialog, "alt+i", "alt+l")
    wait_for(lambda: glob.glob("/tmp/home/.local/share/portrait-atelier/styles/My Look.safetensors"))
    at_rest(screen)
    shoot("learnt", dialog)
    press(dialog, "alt+c")
    gone(dialog)


if __name__ == "__main__":
    played(learn)
