"""One style for many photos without a dialog: open images with one that cannot be, a series, a folder."""

import os
import signal

from disturb import Disturbance, killing, worker
from gi.repository import Gimp
from inside import call, emit, look, photo, reported

BATCH = "plug-in-portrait-style-batch"
LARGE = 2000  # pixels


def batch(**arguments: object) -> dict:
    ended = call(BATCH, run_mode=Gimp.RunMode.NONINTERACTIVE, style="golden-hour", **arguments)
    return {"status": ended["status"], "message": ended["message"]}


def open_images() -> None:
    first, _layer = photo(96, 80)
    second, layer = photo(60, 50)
    group = Gimp.GroupLayer.new(second, "group")
    second.insert_layer(group, None, 0)
    second.reorder_item(layer, group, 0)
    second.set_selected_layers([group])
    gray, _layer = photo(40, 40)
    gray.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    ended = batch(strength=0.5)
    inside = [one.get_name() for one in group.get_children()]
    emit("images", **ended, first=look(first), inside=inside, indexed=len(gray.get_layers()))
    gray.delete()
    ended = batch(series=True, output="replace")
    emit("series", **ended, count=len(first.get_layers()))
    for image in (first, second):
        image.delete()


def worker_lost_on_the_way() -> None:
    """Three images, of which the second takes longest: the worker is killed while it has that."""
    three = [photo(64, 64)[0] for _number in range(3)]
    images = [image for image in Gimp.get_images() if image in three]
    images[1].scale(LARGE, LARGE)
    with Disturbance(killing(worker, signal.SIGKILL), least=LARGE * LARGE) as disturbance:
        ended = batch()
    counts = [len(image.get_layers()) for image in images]
    emit("worker lost", **ended, struck=disturbance.struck, layers=counts)
    for image in images:
        image.delete()


def a_folder() -> None:
    ended = batch(folder="/tmp/many", results="/tmp/many/golden")
    emit("folder", **ended, results=sorted(os.listdir("/tmp/many/golden")))
    os.remove("/tmp/many/broken.jpg")
    ended = batch(folder="/tmp/many", results="/tmp/many/golden")
    emit("again", **ended, results=sorted(os.listdir("/tmp/many/golden")))
    emit("nothing open", **batch())
    emit("missing", **batch(folder="/tmp/no such folder"))


def everything() -> None:
    open_images()
    worker_lost_on_the_way()
    a_folder()


if __name__ == "__main__":
    reported(everything)
