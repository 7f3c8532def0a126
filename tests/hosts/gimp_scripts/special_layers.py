"""Layers that GIMP draws itself (text, links, paths), layers with effects, and a layer whose mask must stay."""

from gi.repository import Gegl, Gimp, Gio
from inside import add_effect, emit, look, photo, read, reported, restyle, stored, text_layer

SIZE = (96, 80)


def drawn_by_gimp(kind: str, make) -> None:
    """Both kinds of output; how much a layer's pixels differ from those of a plain layer that looks the same."""
    for output in ("new-layer", "replace"):
        image, _layer = photo(*SIZE)
        layer = make(image)
        layer.set_name(kind)
        before, behind = look(image)[0], look(image)[1]
        plain = plain_copy(layer)
        ended = restyle(image, [layer], output=output)
        found = image.get_layers()
        emit(
            "drawn",
            kind=kind,
            output=output,
            names=[one.get_name() for one in found],
            source_is_as_before=look(image)[-2] | {"selected": before["selected"]} == before,
            behind_is_as_before=look(image)[-1] == behind,
            as_plain=read(found[0]) == expected(plain),
            **ended,
        )
        image.delete()


def plain_copy(layer):
    """A layer with the same pixels, in an image of its own."""
    image, _layer = photo(layer.get_width(), layer.get_height())
    plain = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(plain, None, 0)
    if not plain.has_alpha():
        plain.add_alpha()
    return plain


def expected(plain) -> bytes:
    """What becomes of a plain layer."""
    restyle(plain.get_image(), [plain], output="replace")
    return read(plain)


def link(image):
    file = Gio.File.new_for_path("/tmp/run/linked.png")
    if not file.query_exists(None):  # once only: GIMP watches the file, and draws its layers anew when it is written
        copy, _layer = photo(*SIZE)
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, copy, file, None)
    layer = Gimp.LinkLayer.new(image, file)
    image.insert_layer(layer, None, 0)
    return layer


def vector(image):
    path = Gimp.Path.new(image, "path")
    image.insert_path(path, None, 0)
    stroke = path.bezier_stroke_new_moveto(10, 10)
    path.bezier_stroke_lineto(stroke, 80, 10)
    path.bezier_stroke_lineto(stroke, 40, 70)
    layer = Gimp.VectorLayer.new(image, path)
    image.insert_layer(layer, None, 0)
    layer.set_fill_color(Gegl.Color.new("orange"))
    layer.set_enable_fill(True)
    layer.refresh()
    return layer


def with_effects() -> None:
    """A layer that an effect inverts: what is seen is restyled, and with replaced pixels the effect is merged."""
    for output in ("new-layer", "replace"):
        image, layer = photo(*SIZE)
        add_effect(layer)
        inverted, inner = photo(*SIZE)
        add_effect(inner)
        inner.merge_filters()
        restyle(inverted, [inner], output=output)
        before = stored(layer)
        ended = restyle(image, [layer], output=output)
        pixels = [read(one.get_layers()[0]) for one in (image, inverted)]
        kept = stored(layer) == before
        emit(
            "effects", output=output, as_seen=pixels[0] == pixels[1], kept=kept, left=len(layer.get_filters()), **ended
        )
        image.delete()


def mask_stays() -> None:
    image, layer = photo(*SIZE)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    mask.fill(Gimp.FillType.TRANSPARENT)
    before = stored(mask)
    pixels = stored(layer)
    ended = restyle(image, [layer], output="replace")
    same = layer.get_mask() is not None and stored(layer.get_mask()) == before
    emit("mask stays", same=same, changed=stored(layer) != pixels, applied=layer.get_apply_mask(), **ended)


def everything() -> None:
    drawn_by_gimp("text", text_layer)
    if hasattr(Gimp, "LinkLayer"):
        drawn_by_gimp("link", link)
        drawn_by_gimp("vector", vector)
    with_effects()
    mask_stays()


if __name__ == "__main__":
    reported(everything)
