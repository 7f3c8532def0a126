"""The filter as its users meet it: the dialog, undo, the action search, the last values; the driver plays the user."""

import time

from gi.repository import Gimp
from inside import RESTYLE, call, emit, look, photo, reported
from screen import done, reached

PATIENCE = 60.0


def at_the_display() -> None:
    image, layer = photo(512, 512)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    before = look(image)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    emit("dialog", status=ended["status"], message=ended["message"], before=before, after=look(image))
    done("dialog-ended")
    reached("undone")
    wait_for_layers(image, 1)
    emit("undone", same=look(image) == before)
    done("searching")
    wait_for_layers(image, 2)
    emit("searched", after=look(image))
    done("repeating")
    wait_for_layers(image, 3)
    emit("repeated", after=look(image))
    done("cancelling")
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    emit("cancelled", status=ended["status"], layers=len(image.get_layers()))


def wait_for_layers(image, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(image.get_layers()) != count:
        if time.monotonic() > end:
            raise TimeoutError(f"{len(image.get_layers())} layers, waited for {count}")
        time.sleep(0.1)
    time.sleep(0.3)


if __name__ == "__main__":
    reported(at_the_display)
