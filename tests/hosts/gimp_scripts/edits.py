"""Styled layers whose style is changed later: what they keep, what they become, and where they cannot."""

import json

from gi.repository import Gimp
from inside import EDIT, call, emit, look, photo, reported, restyle

FILE, MEMORY = "/tmp/edited.xcf", "portrait-atelier-style"


def edit(image, layers, **arguments) -> dict:
    ended = call(EDIT, run_mode=Gimp.RunMode.NONINTERACTIVE, image=image, drawables=layers, **arguments)
    return {key: ended[key] for key in ("status", "message")}


def seen(layer) -> dict:
    """How a layer is shown."""
    return {
        "opacity": layer.get_opacity(),
        "mode": layer.get_mode().value_nick,
        "visible": layer.get_visible(),
        "mask": layer.get_mask() is not None,
    }


def kept_from_the_source() -> None:
    image, layer = photo(96, 80)
    layer.set_opacity(62.0)
    layer.set_mode(Gimp.LayerMode.SOFTLIGHT)
    layer.set_visible(False)
    ended = restyle(image, [layer])
    new = image.get_layers()[0]
    selected = [one.get_name() for one in image.get_selected_layers()]
    emit("kept", message=ended["message"], new=seen(new), source=seen(layer), selected=selected)


def changed_later() -> None:
    """The image is stored and opened again in between; a selection, and what the user did to the layer, stay."""
    image, layer = photo(96, 80)
    restyle(image, [layer], region="subject")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file_of(FILE), None)
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file_of(FILE))
    new, source = image.get_layers()
    new.set_opacity(40.0)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 20, 20)
    before = look(image)
    ended = edit(image, [new], strength=0.5)
    after, shown = look(image), seen(new)
    other, other_source = photo(96, 80)
    restyle(other, [other_source], region="subject", strength=0.5)
    emit("edited", **ended, before=before, after=after, shown=shown, direct=look(other)[0]["pixels"])
    emit("selected", empty=Gimp.Selection.is_empty(image), channels=len(image.get_channels()))
    ended = edit(image, [new], region="whole", style="silver-gelatin")
    emit("whole", **ended, shown=seen(new), name=new.get_name())
    new.set_name("Anna, warm")
    edit(image, [new], strength=1.0)
    emit("renamed", name=new.get_name())
    image.remove_layer(source)
    emit("no source", **edit(image, [new], strength=0.2), same=look(image)[0]["pixels"])


def not_ours() -> None:
    image, layer = photo(32, 32)
    emit("not ours", **edit(image, [layer]), layers=len(image.get_layers()))
    emit("strange", **edit(image, [layer], strength=3.0))


def written_by_others() -> None:
    """A layer whose memory holds what we never write, kept in a file: each is told in plain words, and none harms."""
    image, layer = photo(32, 32)
    restyle(image, [layer])
    new = image.get_layers()[0]
    good = json.loads(bytes(new.get_parasite(MEMORY).get_data()))
    ended = {}
    for name, text in hostile(good).items():
        new.attach_parasite(Gimp.Parasite.new(MEMORY, 1, text.encode()))
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file_of(FILE), None)
        opened = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file_of(FILE))
        before = look(opened)
        ended[name] = edit(opened, [opened.get_layers()[0]], strength=0.5) | {"same": look(opened) == before}
        opened.delete()
    emit("written by others", ended=ended)
    new.attach_parasite(Gimp.Parasite.new(MEMORY, 1, json.dumps(good).encode()))
    emit("our own", **edit(image, [new], strength=0.5))


def hostile(good: dict) -> dict[str, str]:
    """Memories that are wrong in one way each."""
    requests = {
        "strength is a text": {"strength": "much"},
        "strength is not finite": {"strength": float("nan")},
        "strength is out of range": {"strength": 1e9},
        "style is a list": {"style": ["golden-hour"]},
        "style is empty": {"style": ""},
        "style is half a character": {"style": "\ud800"},
        "variation is a yes": {"variation": True},
        "variation is too large": {"variation": 10**40},
        "even is a number": {"even": 1},
        "region is unknown": {"region": "sky"},
        "table is nothing": {"table": None},
    }
    found = {name: {**good, "request": {**good["request"], **change}} for name, change in requests.items()}
    found |= {"no request": {**good, "request": 5}, "no names": {**good, "source_name": {}, "title": [1]}}
    found |= {"a zero in the name": {**good, "source_name": "a\0b"}, "a list": [1, 2], "a number": 7}
    texts = {name: json.dumps(value) for name, value in found.items()}
    return {**texts, "not JSON": "{", "deep": "[" * 100_000}


def file_of(path: str):
    from gi.repository import Gio

    return Gio.File.new_for_path(path)


def everything() -> None:
    kept_from_the_source()
    changed_later()
    not_ours()
    written_by_others()


if __name__ == "__main__":
    reported(everything)
