"""Every kind of layer restyled once: pixels before and after go to /tmp/cells, facts to the test."""

import json

from gi.repository import Gegl, Gimp
from inside import emit, fill, look, new_image, new_layer, read, reported, restyle, whole


def one_cell(cell: dict) -> None:
    image = new_image(*cell["canvas"], cell["base"], cell["precision"], cell["profile"])
    layer = new_layer(image, *cell["size"], alpha=cell["alpha"])
    layer.set_offsets(*cell["offset"])
    with open(cell["pixels"], "rb") as file:
        fill(layer, file.read())
    if cell["selection"]:
        x, y, width, height, feather = cell["selection"]
        Gimp.context_set_feather(feather > 0)
        Gimp.context_set_feather_radius(feather, feather)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, x, y, width, height)
    save(cell, "before", layer)
    before = look(image)
    ended = restyle(image, [layer], **cell["arguments"])
    after = look(image)
    for number, found in enumerate(image.get_layers()):
        save(cell, f"layer{number}", found)
        if found.get_mask():
            mask = found.get_mask()
            with open(f"/tmp/cells/{cell['name']}.mask{number}", "wb") as file:
                file.write(mask.get_buffer().get(whole(mask), 1.0, "Y float", Gegl.AbyssPolicy.NONE))
    with open(f"/tmp/cells/{cell['name']}.selection", "wb") as file:
        file.write(selection(image, layer))
    emit("cell", name=cell["name"], before=before, after=after, base=image.get_base_type().value_nick, **ended)
    image.delete()


def save(cell: dict, name: str, drawable) -> None:
    with open(f"/tmp/cells/{cell['name']}.{name}", "wb") as file:
        file.write(read(drawable))


def selection(image, layer) -> bytes:
    """How much each pixel of the layer is selected, float32."""
    _, x, y = layer.get_offsets()
    place = Gegl.Rectangle.new(x, y, layer.get_width(), layer.get_height())
    return image.get_selection().get_buffer().get(place, 1.0, "Y float", Gegl.AbyssPolicy.NONE)


def every_cell() -> None:
    with open("/tmp/cells/cells.json", encoding="utf-8") as file:
        cells = json.load(file)
    for cell in cells:
        one_cell(cell)


if __name__ == "__main__":
    reported(every_cell)
