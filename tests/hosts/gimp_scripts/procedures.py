"""The list of styles, several layers at once, a style learnt and used."""

from gi.repository import Gimp
from inside import call, emit, fill, look, new_layer, photo, picture, reported, restyle

LEARN, LIST = "plug-in-portrait-style-learn", "plug-in-portrait-style-list"


def names() -> list:
    return list(call(LIST)["values"][0])


def several_layers() -> None:
    image, below = photo(96, 80)
    below.set_name("below")
    above = new_layer(image, 60, 50, alpha=True, name="above")
    image.reorder_item(above, None, 0)
    fill(above, picture(60, 50))
    image.set_selected_layers([above, below])
    emit("several", **{**restyle(image, [above, below]), "layers": look(image)})
    image.delete()


def learning() -> None:
    given = {"run_mode": Gimp.RunMode.NONINTERACTIVE, "folder": "/tmp/photos", "name": "Our Look", "trained": False}
    ended = call(LEARN, **given)
    image, layer = photo(96, 80)
    applied = restyle(image, [layer], style="Our Look")
    again = call(LEARN, **given)
    emit(
        "learnt", status=ended["status"], message=ended["message"], names=names(), applied=applied, again=spoken(again)
    )
    image.delete()


def spoken(ended: dict) -> dict:
    return {key: ended[key] for key in ("status", "message")}


def every_procedure() -> None:
    emit("list", names=names())
    several_layers()
    learning()


if __name__ == "__main__":
    reported(every_procedure)
