"""Everything that can go wrong on the way; after each, the image, what is left behind, and how the next call ends."""

import json
import os
import signal

from disturb import PLUGIN, RUN, Disturbance, fill_disk, killing, left_behind, plugin, stop_worker, unmount, worker
from gi.repository import Gegl, Gimp
from inside import RESTYLE, add_effect, call, emit, look, new_image, new_layer, photo, reported, restyle, stored

LARGE = (4000, 3000)  # reading it alone takes longer than the moment before a call is disturbed


def observed(name: str, image, drawables, disturbance=None, **arguments: object) -> None:
    """One call that fails, and one after it, which follows a wrong argument at the end of all of them."""
    before = look(image)
    if disturbance is None:
        ended = restyle(image, drawables, **arguments)
    else:
        with disturbance:
            ended = restyle(image, drawables, **arguments)
    after = look(image)
    again = one_more() if disturbance else None
    emit(
        "failure",
        name=name,
        same=before == after,
        left=left_behind(),
        struck=disturbance is None or disturbance.struck,
        again=again,
        **ended,
    )


def one_more() -> dict:
    image, layer = photo(96, 80)
    ended = restyle(image, [layer])
    image.delete()
    return ended


def wrong_arguments() -> None:
    image, layer = photo(96, 80)
    observed("no such style", image, [layer], style="no-such-style")
    observed("no style", image, [layer], style="")
    observed("too strong", image, [layer], strength=2.0)
    observed("negative strength", image, [layer], strength=-0.5)
    observed("negative variation", image, [layer], variation=-1)
    observed("unknown output", image, [layer], output="sideways")
    before = look(image)
    emit("not a number", status=restyle(image, [layer], strength=float("nan"))["status"], same=before == look(image))
    observed("no layer", image, [])
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    observed("a mask", image, [mask])
    channel = Gimp.Channel.new(image, "saved", 96, 80, 50, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    observed("a channel", image, [channel])
    image.delete()
    image = new_image(96, 80)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    observed("a group", image, [group])
    image.delete()


def unusable_images() -> None:
    image, layer = photo(96, 80)
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
    observed("indexed", image, [layer])
    image.delete()
    image = new_image(4, 4)
    observed("tiny", image, [new_layer(image, 4, 4)])
    image.delete()
    image, layer = photo(96, 80)
    layer.set_lock_content(True)
    observed("locked", image, [layer], output="replace")
    image.delete()
    locked_group()


def locked_group() -> None:
    """A layer with an effect, in a group in a locked one."""
    image, layer = photo(96, 80)
    outer, inner = Gimp.GroupLayer.new(image, "outer"), Gimp.GroupLayer.new(image, "inner")
    image.insert_layer(outer, None, 0)
    image.insert_layer(inner, outer, 0)
    image.reorder_item(layer, inner, 0)
    add_effect(layer)
    outer.set_lock_content(True)
    before = stored(layer), len(layer.get_filters())
    observed("locked group", image, [layer], output="replace")
    same = before == (stored(layer), len(layer.get_filters()))
    ended = restyle(image, [layer])
    emit("in a locked group", same=same, inside=len(inner.get_children()), **ended)
    image.delete()


def disturbed_calls() -> None:
    image, layer = photo(*LARGE)
    observed("worker killed", image, [layer], Disturbance(killing(worker, signal.SIGKILL)))
    observed("worker hung", image, [layer], Disturbance(killing(worker, signal.SIGSTOP)))
    observed("cancelled", image, [layer], Disturbance(killing(plugin, signal.SIGKILL)))
    killing(worker, signal.SIGSTOP)()
    emit("hung before", **one_more())
    image.delete()


def another_version() -> None:
    path = f"/tmp/home/.config/GIMP/{Gimp.version()[:3]}/plug-ins/{os.path.dirname(PLUGIN)}/installation.json"
    with open(path, encoding="utf-8") as file:
        record = file.read()
    image, layer = photo(96, 80)
    for name, change in (
        ("another version", {"version": "0.0.1"}),
        ("another protocol", {"protocol": 0}),
        ("python gone", {"python": "/nowhere/python"}),
    ):
        before = look(image)
        stop_worker()
        write(path, json.dumps({**json.loads(record), **change}))
        ended = restyle(image, [layer])
        write(path, record)
        same = before == look(image)
        emit("failure", name=name, same=same, left=left_behind(), struck=True, again=one_more(), **ended)
    image.delete()


def full_disk() -> None:
    """The folder where the worker is met lies on a disk without room."""
    stop_worker()
    fill_disk(RUN, "64k,nr_inodes=3")
    image, layer = photo(96, 80)
    before = look(image)
    ended = restyle(image, [layer])
    same = before == look(image)
    unmount(RUN)
    emit("failure", name="disk full", same=same, left=left_behind(), struck=True, again=one_more(), **ended)
    image.delete()


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def interactive_without_a_dialog() -> None:
    image, layer = photo(96, 80)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.WITH_LAST_VALS, image=image, drawables=[layer])
    emit("last values", status=ended["status"], message=ended["message"], layers=len(image.get_layers()))
    image.delete()


def everything() -> None:
    wrong_arguments()
    unusable_images()
    emit("after wrong arguments", **one_more())
    disturbed_calls()
    another_version()
    full_disk()
    interactive_without_a_dialog()


if __name__ == "__main__":
    reported(everything)
