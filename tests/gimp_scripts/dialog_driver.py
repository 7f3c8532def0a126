"""At the display: waits for the dialog and its preview, moves a slider, looks, presses OK."""

import time

from screen import done, press, shoot, window

dialog = window("Portrait Style")
time.sleep(12)
shoot("dialog", dialog)
press(dialog, "alt+i")
time.sleep(1)
shoot("split", dialog)
press(dialog, "alt+t", "Page_Up")
time.sleep(1)
shoot("slid", dialog)
press(dialog, "alt+a")
time.sleep(1)
shoot("menu")
press(dialog, "Escape")
press(dialog, "alt+o")
done("ok")
