"""Layers with masks, in groups, several that match, gray that becomes color; and calls that cannot open a dialog."""

from array import array

from gi.repository import Gegl, Gimp
from inside import RESTYLE, call, emit, fill, look, new_layer, photo, picture, reported, restyle, whole

SIZE, PLACE, SELECTED = (96, 80), (10, 5), (30, 20, 40, 40)


def without_a_display() -> None:
    image, layer = photo(*SIZE)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    learnt = call("plug-in-portrait-style-learn", run_mode=Gimp.RunMode.INTERACTIVE)
    emit("no display", messages=[ended["message"], learnt["message"]], statuses=[ended["status"], learnt["status"]])


def values_of(drawable, place=None) -> array:
    pixels = drawable.get_buffer().get(place or whole(drawable), 1.0, "Y float", Gegl.AbyssPolicy.NONE)
    return array("f", pixels)


def own_mask(selects: bool, applied: bool) -> None:
    """A layer whose mask is a ramp; the new layer must hide what it hides, and what is not selected."""
    image, layer = photo(*SIZE)
    layer.set_offsets(*PLACE)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    ramp = array("f", [column / SIZE[0] for _row in range(SIZE[1]) for column in range(SIZE[0])])
    mask.get_buffer().set(whole(mask), "Y float", ramp.tobytes())
    mask.get_buffer().flush()
    layer.set_apply_mask(applied)
    layer.set_edit_mask(False)
    if selects:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *SELECTED)
    before, selection = values_of(mask), selection_of(image)
    ended = restyle(image, [layer])
    new = image.get_layers()[0].get_mask()
    expected = [
        (before[number] if applied else 1.0) * (not selects or is_selected(number)) for number in range(len(before))
    ]
    found = values_of(new) if new is not None else [1.0] * len(before)
    emit(
        "mask",
        selects=selects,
        applied=applied,
        message=ended["message"],
        error=max(abs(a - b) for a, b in zip(found, expected, strict=True)),
        selection_kept=selection_of(image) == selection,
        channels=len(image.get_channels()),
    )


def selection_of(image) -> array:
    return values_of(image.get_selection(), Gegl.Rectangle.new(0, 0, *SIZE))


def is_selected(number: int) -> bool:
    x, y = number % SIZE[0] + PLACE[0], number // SIZE[0] + PLACE[1]
    left, top, width, height = SELECTED
    return left <= x < left + width and top <= y < top + height


def in_a_group() -> None:
    image, layer = photo(*SIZE)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    image.reorder_item(layer, group, 0)
    ended = restyle(image, [layer])
    names = [child.get_name() for child in group.get_children()]
    emit("group", message=ended["message"], inside=names, outside=[found.get_name() for found in image.get_layers()])
    for new in group.get_children()[:1]:
        image.remove_layer(new)
    image.insert_layer(layer.copy(), group, 1)
    ended = restyle(image, [group, layer])
    emit("whole group", message=ended["message"], inside=[child.get_name() for child in group.get_children()])


def gray_becomes_color(output: str) -> None:
    image, layer = photo(*SIZE, base="GRAY")
    ended = restyle(image, [layer], rgb=True, output=output)
    kinds = [found["gray"] for found in look(image)]
    emit("color", output=output, message=ended["message"], base=image.get_base_type().value_nick, gray=kinds)


def layers_that_match() -> None:
    found = []
    for series in (False, True):
        image, dark = photo(*SIZE)
        light = new_layer(image, *SIZE, name="light")
        fill(light, array("f", [1 - value / 2 for value in array("f", picture(*SIZE))]).tobytes())
        ended = restyle(image, [dark, light], style="/tmp/photos", series=series)
        found.append([layer["pixels"] for layer in look(image)[::2]])
    emit("series", message=ended["message"], differ=[a != b for a, b in zip(*found, strict=True)])


def nothing_to_see() -> None:
    image, layer = photo(*SIZE)
    clear = new_layer(image, *SIZE, alpha=True, name="clear")
    before, known = look(image), layers_known(image)
    for several in (False, True):
        ended = restyle(image, [layer, clear] if several else [clear])
        left = layers_known(image) - known
        emit("clear", several=several, message=ended["message"], same=look(image) == before, left=len(left))


def layers_known(image) -> set[int]:
    """Every layer that GIMP holds, in an image or not."""
    newest = Gimp.Layer.new(image, "newest", 1, 1, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
    found = {number for number in range(1, newest.get_id()) if Gimp.Item.id_is_layer(number)}
    newest.delete()
    return found


def everything() -> None:
    without_a_display()
    for selects in (False, True):
        for applied in (False, True):
            own_mask(selects, applied)
    in_a_group()
    for output in ("new-layer", "replace"):
        gray_becomes_color(output)
    layers_that_match()
    nothing_to_see()


if __name__ == "__main__":
    reported(everything)
