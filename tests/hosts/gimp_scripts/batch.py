"""One style for many photos without a dialog: open images with one that cannot be, a series, a folder."""

import os
import signal

from disturb import Disturbance, killing, worker
from gi.repository import Gimp
from inside import call, emit, import_plugin, look, photo, reported, restyle, stored

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


def styled_before() -> None:
    """Images of which some are in a style: one with layers, in a group; one whose source is gone; one that is not."""
    group_image, layer = photo(96, 80)
    restyle(group_image, [layer], strength=0.5)
    group = Gimp.GroupLayer.new(group_image, "group")
    group_image.insert_layer(group, None, 0)
    for one in [one for one in group_image.get_layers() if one.get_id() != group.get_id()]:
        group_image.reorder_item(one, group, len(group.get_children()))
    group_image.set_selected_layers([group])
    lone, source = photo(64, 60)
    restyle(lone, [source])
    lone.remove_layer(source)
    lone.set_selected_layers(lone.get_layers())
    fresh, other = photo(96, 80)
    batch_of_images = import_plugin("atelier_images")
    request = import_plugin("atelier_controls").Request(style="silver-gelatin", output="new-layer")
    found = batch_of_images.restyle_images([group_image, lone, fresh], request, batch_of_images.Bar())
    emit(
        "styled before",
        inside=[one.get_name() for one in group.get_children()],
        lone=[one.get_name() for one in lone.get_layers()],
        same=stored(group.get_children()[0]) == stored(fresh.get_layers()[0]),
        source_same=stored(group.get_children()[-1]) == stored(other),
        words=batch_of_images.where_of(found),
        told=[text for _name, text in found.told],
    )
    replaced = batch(output="replace")
    emit("replaced", **replaced, inside=[one.get_name() for one in group.get_children()])
    for image in (group_image, lone, fresh):
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
    styled_before()
    worker_lost_on_the_way()
    a_folder()


if __name__ == "__main__":
    reported(everything)
