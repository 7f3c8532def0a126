"""The user of learn_dialog.py: gives the style a name, presses Learn, waits for it, closes."""

import glob
import time

from screen import gone, played, press, shoot, wait_for, window, write


def learn() -> None:
    dialog = window("^Learn Portrait Style$")
    time.sleep(1)
    press(dialog, "alt+n")
    write("My Look")
    press(dialog, "alt+i", "alt+l")
    wait_for(lambda: glob.glob("/tmp/home/.local/share/portrait-atelier/styles/My Look.safetensors"))
    time.sleep(1)
    shoot("learnt", dialog)
    press(dialog, "alt+c")
    gone(dialog)


if __name__ == "__main__":
    played(learn)
