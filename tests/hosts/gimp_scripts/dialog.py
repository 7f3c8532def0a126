"""The filter as its users meet it: the dialog, undo, the action search, the last values; the driver plays the user."""

import time

from gi.repository import Gimp
from inside import RESTYLE, add_effect, call, emit, look, photo, reported, restyle, text_layer
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
    replaced_and_undone()


def replaced_and_undone() -> None:
    """A text layer, and a layer with an effect, are replaced in one call."""
    image, layer = photo(400, 300)
    words = text_layer(image)
    add_effect(layer)
    before = look(image)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    restyle(image, [words, layer], output="replace")
    emit("rasterized", changed=changed(before, look(image)), effects=effects(image))
    done("rasterized")
    end = time.monotonic() + PATIENCE
    while look(image) != before and time.monotonic() < end:
        time.sleep(0.1)
    text = image.get_layers()[0].is_text_layer()
    emit("restored", same=look(image) == before, text=text, effects=effects(image))
    done("restored")


def changed(before: list, after: list) -> bool:
    return all(one["pixels"] != other["pixels"] for one, other in zip(before, after, strict=True))


def effects(image) -> list:
    return [len(layer.get_filters()) for layer in image.get_layers()]


def wait_for_layers(image, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(image.get_layers()) != count:
        if time.monotonic() > end:
            raise TimeoutError(f"{len(image.get_layers())} layers, waited for {count}")
        time.sleep(0.1)
    time.sleep(0.3)


if __name__ == "__main__":
    reported(at_the_display)
