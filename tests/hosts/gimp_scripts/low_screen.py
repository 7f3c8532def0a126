"""Each dialog of the plug-in on a low screen, one after the other; the driver (low_screen_user.py) looks at them."""

from batch_dialog import BATCH
from gi.repository import Gimp
from inside import EDIT, RESTYLE, call, emit, photo, reported
from procedures import LEARN
from tables import TABLE


def show_all() -> None:
    image, layer = photo(1024, 1024)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    shown = {"run_mode": Gimp.RunMode.INTERACTIVE}
    call(RESTYLE, **shown, image=image, drawables=[layer])
    emit("restyled", names=[one.get_name() for one in image.get_layers()])
    new = image.get_layers()[0]
    call(EDIT, **shown, image=image, drawables=[new])
    emit("edited", names=[one.get_name() for one in image.get_layers()])
    call(TABLE, **shown, image=image, drawables=[layer])
    call(BATCH, **shown)
    call(LEARN, **shown)
    call(LEARN, **shown)
    emit("closed", layers=len(image.get_layers()))


if __name__ == "__main__":
    reported(show_all)
