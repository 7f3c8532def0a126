"""The dialog, opened as a user opens it; a driver (dialog_driver.py) moves its controls and presses OK."""

from gi.repository import Gimp, Gio
from inside import RESTYLE, call, emit, look, reported


def restyle_by_dialog() -> None:
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/tmp/portrait.png"))
    Gimp.Display.new(image)
    before = look(image)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=image.get_layers())
    emit("dialog", status=ended["status"], message=ended["message"], before=before, after=look(image))
    again = call(RESTYLE, run_mode=Gimp.RunMode.WITH_LAST_VALS, image=image, drawables=image.get_layers()[-1:])
    emit("again", status=again["status"], message=again["message"], after=look(image))


if __name__ == "__main__":
    reported(restyle_by_dialog)
