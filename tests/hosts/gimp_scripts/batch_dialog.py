"""The dialog of Portrait Style for many photos, for a folder and for open images; the driver plays the user."""

import os

from gi.repository import Gimp
from inside import call, emit, photo, reported
from screen import done

BATCH = "plug-in-portrait-style-batch"
LARGE = 2000  # pixels


def at_the_display() -> None:
    images = [photo(512, 400)[0], photo(300, 400)[0]]
    for image in images:
        Gimp.Display.new(image)
    Gimp.displays_flush()
    ended = call(BATCH, run_mode=Gimp.RunMode.INTERACTIVE, folder="/tmp/many")
    results = sorted(name for name in os.listdir("/tmp/many/golden-hour") if not name.startswith("."))
    counts = [len(image.get_layers()) for image in Gimp.get_images()]
    emit("folder", status=ended["status"], message=ended["message"], results=results, layers=counts)
    done("folder")
    ended = call(BATCH, run_mode=Gimp.RunMode.INTERACTIVE)
    names = [[layer.get_name() for layer in image.get_layers()] for image in images]
    emit("images", status=ended["status"], message=ended["message"], names=names)
    done("images")
    ended = call(BATCH, run_mode=Gimp.RunMode.INTERACTIVE)
    names = [[layer.get_name() for layer in image.get_layers()] for image in images]
    emit("again", status=ended["status"], message=ended["message"], names=names)
    for image in images:
        image.delete()
    done("again")
    cancelled()


def cancelled() -> None:
    """Three images, of which the second takes longest: the user cancels while the worker has that."""
    three = [photo(300, 300)[0] for _number in range(3)]
    images = [image for image in Gimp.get_images() if image in three]
    images[1].scale(LARGE, LARGE)
    for image in images:
        Gimp.Display.new(image)
    ended = call(BATCH, run_mode=Gimp.RunMode.INTERACTIVE)
    counts = [len(image.get_layers()) for image in images]
    emit("cancelled", status=ended["status"], message=ended["message"], layers=counts)


if __name__ == "__main__":
    reported(at_the_display)
