"""A region gets the style: as the layer mask of a new layer, or within replaced pixels."""

from gi.repository import Gegl, Gimp
from inside import emit, fill, look, new_image, new_layer, photo, read, reported, restyle, whole

SIZE = (512, 512)
SELECTED = (100, 40, 200, 300)


def save(name: str, data: bytes) -> None:
    with open(f"/tmp/{name}.pixels", "wb") as file:
        file.write(data)


def bytes_of(drawable, name: str) -> bytes:
    return drawable.get_buffer().get(whole(drawable), 1.0, name, Gegl.AbyssPolicy.NONE)


def as_seen(image) -> bytes:
    """What the whole image looks like: 8-bit RGB."""
    copy = image.duplicate()
    pixels = bytes_of(copy.flatten(), "R'G'B' u8")
    copy.delete()
    return pixels


def a_new_layer(region: str) -> None:
    image, layer = photo(*SIZE)
    ended = restyle(image, [layer], region=region, grain=0.0)
    new = image.get_layers()[0]
    save(f"{region}-new", bytes_of(new, "R'G'B' u8"))
    save(f"{region}-seen", as_seen(image))
    if new.get_mask() is not None:
        save(f"{region}-mask", bytes_of(new.get_mask(), "Y u8"))
    emit("new layer", region=region, message=ended["message"], layers=look(image))


def a_new_layer_where_other_masks_hold() -> None:
    """The source has a mask, black on the left; a rectangle is selected; the layer is not where the image begins."""
    image, layer = photo(*SIZE)
    layer.set_offsets(-20, 30)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    mask.get_buffer().set(Gegl.Rectangle.new(0, 0, 160, SIZE[1]), "Y u8", bytes(160 * SIZE[1]))
    mask.get_buffer().flush()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *SELECTED)
    selection = bytes_of(image.get_selection(), "Y u8")
    ended = restyle(image, [layer], region="subject")
    new = image.get_layers()[0]
    save("both-mask", bytes_of(new.get_mask(), "Y u8"))
    is_kept = bytes_of(image.get_selection(), "Y u8") == selection
    emit("masked too", message=ended["message"], selection_kept=is_kept, channels=len(image.get_channels()))


def replaced_pixels() -> None:
    image, layer = photo(*SIZE)
    ended = restyle(image, [layer], region="subject", output="replace")
    save("replaced", bytes_of(layer, "R'G'B' u8"))
    emit("replaced", message=ended["message"], layers=look(image))


def every_precision() -> None:
    """Of the worker's depths, the mask is over pixels of one size or another; they must be restyled all the same."""
    for base, precision in (("GRAY", "U8_NON_LINEAR"), ("RGB", "U16_NON_LINEAR"), ("RGB", "FLOAT_LINEAR")):
        found = []
        for region in ("whole", "subject"):
            image, layer = photo(*SIZE, base=base, precision=precision)
            ended = restyle(image, [layer], region=region)
            new = image.get_layers()[0]
            found.append(read(new))
        save(f"{base}-{precision}-mask", bytes_of(new.get_mask(), "Y u8"))
        emit("precision", precision=precision, base=base, message=ended["message"], same=found[0] == found[1])


def nothing_found() -> None:
    image = new_image(64, 48)
    layer = new_layer(image, 64, 48)
    fill(layer, bytes(64 * 48 * 16))
    ended = restyle(image, [layer], region="skin")
    emit("nothing", message=ended["message"], layers=len(image.get_layers()))


def wrong_values() -> None:
    image, layer = photo(64, 48)
    for name, value in (("region", "hat"), ("grain", 2.5), ("protect_skin", -0.5)):
        emit("wrong", name=name, **restyle(image, [layer], **{name: value}))


def everything() -> None:
    for region in ("whole", "subject", "ground"):
        a_new_layer(region)
    a_new_layer_where_other_masks_hold()
    replaced_pixels()
    every_precision()
    nothing_found()
    wrong_values()


if __name__ == "__main__":
    reported(everything)
