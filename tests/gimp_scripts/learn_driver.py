"""At the display: gives the style a name, presses Learn, waits, closes."""

import glob
import time

from screen import press, shoot, wait_for, window, write

dialog = window("Learn Portrait Style")
time.sleep(2)
shoot("learn", dialog)
press(dialog, "alt+n")
write("My Look")
press(dialog, "alt+i", "alt+l")
time.sleep(1.5)
shoot("learning", dialog)
started = time.monotonic()
wait_for(lambda: glob.glob("/tmp/home/.local/share/portrait-atelier/styles/My Look.safetensors"))
print(time.monotonic() - started)
time.sleep(1)
shoot("learnt", dialog)
press(dialog, "alt+c")
