"""The filter as its users meet it: the dialog, undo, the action search, the last values; the driver plays the user."""

from gi.repository import Gimp
from inside import EDIT, RESTYLE, add_effect, call, emit, look, photo, reported, restyle, text_layer
from screen import PATIENCE, at_rest, becomes, done, reached, wait_for


def at_the_display() -> None:
    image, layer = photo(512, 512)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    before = look(image)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    emit("dialog", status=ended["status"], message=ended["message"], before=before, after=look(image))
    done("dialog-ended")
    reached("undone")
    emit("undone", same=becomes(lambda: look(image) == before, PATIENCE))
    done("searching")
    emit("searched", after=with_layers(image, 2))
    done("repeating")
    emit("repeated", after=with_layers(image, 3))
    done("cancelling")
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    emit("cancelled", status=ended["status"], layers=len(image.get_layers()))
    new, before = image.get_layers()[0], look(image)
    ended = call(EDIT, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[new])
    emit("edited", status=ended["status"], message=ended["message"], before=before, after=look(image))
    replaced_and_undone()
    masked_and_undone()


def replaced_and_undone() -> None:
    """A text layer, and a layer with an effect, are replaced in one call."""
    image, layer = photo(400, 300)
    words = text_layer(image)
    add_effect(layer)
    before = look(image)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    restyle(image, [words, layer], output="replace")
    emit("rasterized", changed=changed(before, look(image)), effects=effects(image))
    done("rasterized")
    becomes(lambda: look(image) == before, PATIENCE)
    text = image.get_layers()[0].is_text_layer()
    emit("restored", same=look(image) == before, text=text, effects=effects(image))
    done("restored")


def masked_and_undone() -> None:
    """A new layer gets a mask of a region, of the selection and of its source."""
    image, layer = photo(320, 240)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 20, 200, 180)
    before = look(image)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    ended = restyle(image, [layer], region="subject")
    emit("masked", message=ended["message"], masks=[one["mask"] for one in look(image)])
    done("masked")
    becomes(lambda: look(image) == before, PATIENCE)
    emit("unmasked", same=look(image) == before, channels=len(image.get_channels()))
    done("unmasked")


def changed(before: list, after: list) -> bool:
    return all(one["pixels"] != other["pixels"] for one, other in zip(before, after, strict=True))


def effects(image) -> list:
    return [len(layer.get_filters()) for layer in image.get_layers()]


def with_layers(image, count: int) -> list:
    """Return the layers of an image, once it has so many and they no longer change."""
    wait_for(lambda: len(image.get_layers()) == count)
    return at_rest(lambda: look(image))


if __name__ == "__main__":
    reported(at_the_display)
