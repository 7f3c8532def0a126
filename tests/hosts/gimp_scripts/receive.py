"""The dialog of Portrait Style of somebody who was sent a style; a driver (receive_user.py) opens and keeps it."""

from gi.repository import Gimp
from inside import RESTYLE, call, emit, photo, reported
from procedures import names


def receive() -> None:
    before = names()
    image, layer = photo(256, 256)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer])
    layers = [one.get_name() for one in image.get_layers()]
    emit("received", status=ended["status"], message=ended["message"], layers=layers, before=before, after=names())


if __name__ == "__main__":
    reported(receive)
