"""The dialog of Learn Portrait Style, opened; a driver (learn_dialog_user.py) fills it in and presses Learn."""

from gi.repository import Gimp
from inside import call, emit, reported
from procedures import LEARN, names


def learn_by_dialog() -> None:
    ended = call(LEARN, run_mode=Gimp.RunMode.INTERACTIVE, folder="/tmp/checked")
    emit("learnt", status=ended["status"], message=ended["message"], names=names())


if __name__ == "__main__":
    reported(learn_by_dialog)
