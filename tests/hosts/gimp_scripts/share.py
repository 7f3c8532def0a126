"""A learnt style in the dialog of Portrait Style, from which the driver (share_user.py) copies its file."""

from gi.repository import Gimp
from inside import RESTYLE, call, emit, photo, reported
from procedures import LEARN


def share() -> None:
    quiet = Gimp.RunMode.NONINTERACTIVE
    learnt = call(LEARN, run_mode=quiet, folder="/tmp/photos", name="Shared Look", trained=False)
    image, layer = photo(256, 256)
    Gimp.Display.new(image)
    Gimp.displays_flush()
    shown = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer], style="Shared Look")
    emit("shared", learnt=learnt["status"], message=learnt["message"], shown=shown["status"])


if __name__ == "__main__":
    reported(share)
