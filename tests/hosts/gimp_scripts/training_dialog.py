"""The dialog of Learn Portrait Style, opened twice for a training; a driver (training_dialog_user.py) stops both."""

import glob

from gi.repository import Gimp
from inside import call, emit, reported
from procedures import LEARN, names
from screen import done, reached


def train_by_dialog(name: str) -> None:
    ended = call(LEARN, run_mode=Gimp.RunMode.INTERACTIVE, folder="/tmp/photos", trained=True, name=name, steps=60)
    saved = glob.glob("/tmp/home/.cache/portrait-atelier/learning/*")
    emit(name, status=ended["status"], message=ended["message"], names=names(), saved=len(saved))
    done(name)


def both() -> None:
    train_by_dialog("given-up")
    reached("closed")  # so that no key for the first dialog comes to the second
    train_by_dialog("cut-short")


if __name__ == "__main__":
    reported(both)
