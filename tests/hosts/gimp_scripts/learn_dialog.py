"""The dialog of Learn Portrait Style, opened; a driver (learn_dialog_user.py) fills it in and presses Learn."""

import hashlib

from gi.repository import Gimp, Gio
from inside import call, emit, import_plugin, reported, restyle
from procedures import LEARN, names

FOLDER, SMALL = "/tmp/checked", 64


def open_photo() -> list | None:
    """What the dialog would show the style on: width, height, a hash of the pixels."""
    found = import_plugin("atelier_open_photo").open_photo(FOLDER, SMALL)
    return None if found is None else [*found[:2], hashlib.sha256(found[2]).hexdigest()]


def open_file(path: str):
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def learn_by_dialog() -> None:
    """With no photo open, one of the finished photos, that and another; at the end the other in a style."""
    shown = {"none": open_photo()}
    open_file(f"{FOLDER}/0.jpg")
    shown["finished"] = open_photo()
    image = open_file("/tmp/opened.jpg")
    shown["another"] = open_photo()
    ended = call(LEARN, run_mode=Gimp.RunMode.INTERACTIVE, folder=FOLDER)
    emit("learnt", status=ended["status"], message=ended["message"], names=names())
    ended = restyle(image, image.get_layers())
    shown["in a style"] = open_photo()
    emit("open photos", message=ended["message"], layers=len(image.get_layers()), shown=shown)


if __name__ == "__main__":
    reported(learn_by_dialog)
