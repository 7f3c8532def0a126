"""Shared by the scripts that run inside GIMP (its own Python, no numpy); they tell the test what they see, in JSON."""

import importlib
import json
import sys
import time
import traceback
from array import array

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Babl, Gegl, Gimp, Gio, GLib  # noqa: E402

RESTYLE, EDIT = "plug-in-portrait-style", "plug-in-portrait-style-edit"


def emit(event: str, **facts: object) -> None:
    """Send one line to the test."""
    with open("/tmp/lines.jsonl", "a", encoding="utf-8") as lines:
        lines.write(json.dumps({"event": event, **facts}) + "\n")


def reported(steps):
    """Run a function; what goes wrong in it is sent, and ends GIMP with a code that is not 0."""
    try:
        steps()
    except BaseException:
        emit("broken", text=traceback.format_exc())
        raise


def import_plugin(name: str):
    """A module of the plug-in as it is put in, in the process of the script."""
    folder = f"/tmp/home/.config/GIMP/{Gimp.version()[:3]}/plug-ins/portrait_style"
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def call(procedure_name: str, /, **arguments: object) -> dict:
    """Run a procedure; `drawables` are given as a list.

    Returns:
        status: GIMP's word for how it ended; message: of GIMP's last error; seconds; values: what it returned.
    """
    procedure = Gimp.get_pdb().lookup_procedure(procedure_name)
    config = procedure.create_config()
    for key, value in arguments.items():
        if key == "drawables":
            config.set_core_object_array("drawables", value)
        else:
            config.set_property(key.replace("_", "-"), value)
    started = time.monotonic()
    result = procedure.run(config)
    status = result.index(0)
    ended = status.value_nick if hasattr(status, "value_nick") else str(status)
    message = "" if ended == "success" else Gimp.get_pdb().get_last_error()
    values = [result.index(number) for number in range(1, result.length())]
    return {"status": ended, "message": message, "seconds": time.monotonic() - started, "values": values}


def restyle(image, drawables, **arguments: object) -> dict:
    """Run the filter without a dialog."""
    arguments = {"style": "golden-hour", **arguments}
    ended = call(RESTYLE, run_mode=Gimp.RunMode.NONINTERACTIVE, image=image, drawables=drawables, **arguments)
    return {key: ended[key] for key in ("status", "message", "seconds")}


def new_image(width: int, height: int, base: str = "RGB", precision: str = "U8_NON_LINEAR", profile: str = ""):
    """An empty image; `profile` is the path of an ICC profile."""
    image = Gimp.Image.new_with_precision(
        width, height, getattr(Gimp.ImageBaseType, base), getattr(Gimp.Precision, precision)
    )
    if profile:
        image.set_color_profile(Gimp.ColorProfile.new_from_file(Gio.File.new_for_path(profile)))
    return image


def new_layer(image, width: int, height: int, *, alpha: bool = False, name: str = "photo"):
    """A layer at the bottom of the image."""
    kind = f"{'GRAY' if image.get_base_type() == Gimp.ImageBaseType.GRAY else 'RGB'}{'A' if alpha else ''}_IMAGE"
    layer = Gimp.Layer.new(image, name, width, height, getattr(Gimp.ImageType, kind), 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, len(image.get_layers()))
    return layer


def precise(drawable) -> str:
    """The name of float pixels with alpha in the space of a drawable, encoded as its profile says."""
    name = "Y'A float" if drawable.is_gray() else "R'G'B'A float"
    return Babl.get_name(Babl.format_with_space(name, drawable.get_format()))


def whole(drawable):
    """The rectangle of a drawable."""
    return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())


def read(drawable) -> bytes:
    """Every pixel: float32, gray and alpha or RGB and alpha."""
    return drawable.get_buffer().get(whole(drawable), 1.0, precise(drawable), Gegl.AbyssPolicy.NONE)


def stored(drawable) -> bytes:
    """Every pixel, bit for bit as GIMP holds it."""
    return drawable.get_buffer().get(whole(drawable), 1.0, None, Gegl.AbyssPolicy.NONE)


def fill(drawable, rgba: bytes) -> None:
    """Give a drawable float32 RGBA pixels; of a gray one the green channel counts."""
    if drawable.is_gray():
        values, gray = array("f", rgba), array("f", bytes(len(rgba) // 2))
        gray[0::2], gray[1::2] = values[1::4], values[3::4]
        rgba = gray.tobytes()
    drawable.get_buffer().set(whole(drawable), precise(drawable), rgba)
    drawable.get_buffer().flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def look(image) -> list:
    """What an image holds: name, place, size, type, selected, mask of each layer, and its pixels' checksum."""
    selected = {layer.get_id() for layer in image.get_selected_layers()}
    return [
        {
            "name": layer.get_name(),
            "place": list(layer.get_offsets())[-2:],
            "size": [layer.get_width(), layer.get_height()],
            "alpha": layer.has_alpha(),
            "gray": layer.is_gray(),
            "selected": layer.get_id() in selected,
            "mask": layer.get_mask() is not None,
            "visible": layer.get_visible(),
            "pixels": GLib.compute_checksum_for_data(GLib.ChecksumType.SHA256, stored(layer)),
        }
        for layer in image.get_layers()
    ]


def photo(width: int, height: int, **kinds: object):
    """An image with one layer that shows the test's picture, repeated as often as needed.

    Returns:
        The image and its layer.
    """
    image = new_image(width, height, **kinds)
    layer = new_layer(image, width, height)
    fill(layer, picture(width, height))
    return image, layer


def text_layer(image, text: str = "Anna"):
    """A layer of text on top of an image; GIMP must have loaded its fonts."""
    layer = Gimp.TextLayer.new(image, text, Gimp.context_get_font(), 60, Gimp.Unit.pixel())
    image.insert_layer(layer, None, 0)
    return layer


def add_effect(layer) -> None:
    """Invert a layer by an effect: what is seen of it changes, its pixels do not."""
    layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", ""))


def picture(width: int, height: int) -> bytes:
    """The test's picture at a size: float32 RGBA, tiled."""
    with open("/tmp/picture.json", encoding="utf-8") as file:
        own_width, own_height = json.load(file)
    with open("/tmp/picture.f32", "rb") as file:
        pixels = file.read()
    row = own_width * 16
    rows = [pixels[y * row : (y + 1) * row] * (width // own_width + 1) for y in range(own_height)]
    return b"".join(rows[y % own_height][: width * 16] for y in range(height))
