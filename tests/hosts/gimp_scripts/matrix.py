"""Every kind of layer restyled once: pixels before and after go to /tmp/cells, facts to the test."""

import json

from gi.repository import Gegl, Gimp
from inside import emit, fill, look, new_image, new_layer, read, reported, restyle, whole


def one_image(cells: list) -> None:
    """Restyle, in one call, an image with a layer for each of some cells that differ in nothing else than alpha."""
    first = cells[0]
    image = new_image(*first["canvas"], first["base"], first["precision"], first["profile"])
    layers = [filled_layer(image, cell) for cell in cells]
    if first["selection"]:
        x, y, width, height, feather = first["selection"]
        Gimp.context_set_feather(feather > 0)
        Gimp.context_set_feather_radius(feather, feather)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, x, y, width, height)
    image.set_selected_layers(layers)
    before = look(image)
    for cell, layer in zip(cells, layers, strict=True):
        save(cell, "before", layer)
    ended = restyle(image, layers, **first["arguments"])
    after, found = look(image), image.get_layers()
    each = len(found) // len(cells)
    for number, cell in enumerate(cells):
        mine = slice(number * each, (number + 1) * each)
        save_all(cell, image, found[mine])
        emit("cell", name=cell["name"], before=before[number : number + 1], after=after[mine], **ended)
    image.delete()


def filled_layer(image, cell: dict):
    layer = new_layer(image, *cell["size"], alpha=cell["alpha"])
    layer.set_offsets(*cell["offset"])
    with open(cell["pixels"], "rb") as file:
        fill(layer, file.read())
    return layer


def save_all(cell: dict, image, layers: list) -> None:
    for number, layer in enumerate(layers):
        save(cell, f"layer{number}", layer)
        if layer.get_mask():
            mask = layer.get_mask()
            with open(f"/tmp/cells/{cell['name']}.mask{number}", "wb") as file:
                file.write(mask.get_buffer().get(whole(mask), 1.0, "Y float", Gegl.AbyssPolicy.NONE))
    with open(f"/tmp/cells/{cell['name']}.selection", "wb") as file:
        file.write(selection(image, layers[-1]))


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
    together = {}
    for cell in cells:
        alike = json.dumps({key: cell[key] for key in cell if key not in ("name", "alpha", "pixels")})
        together.setdefault(alike, []).append(cell)
    for group in together.values():
        one_image(group)


if __name__ == "__main__":
    reported(every_cell)
