"""A style trained to its end and used; a training whose worker is killed, and the next, which goes on from there."""

import glob
import os
import signal
import threading
import time

from disturb import left_behind, worker
from gi.repository import Gimp
from inside import call, emit, photo, reported, restyle
from procedures import LEARN, names

CHECKPOINTS = "/tmp/home/.cache/portrait-atelier/learning/*.safetensors"
MANY, MORE_THAN_SAVED = 60, 17


def trained(name: str, steps: int) -> dict:
    given = {"run_mode": Gimp.RunMode.NONINTERACTIVE, "folder": "/tmp/photos", "trained": True}
    ended = call(LEARN, **given, name=name, steps=steps)
    return {"status": ended["status"], "message": ended["message"]}


def to_the_end() -> None:
    ended = trained("Trained", 2)
    image, layer = photo(96, 80)
    applied = restyle(image, [layer], style="Trained")
    emit("trained", **ended, names=names(), applied=applied, checkpoints=glob.glob(CHECKPOINTS))
    image.delete()
    emit("too many steps", **trained("Never", 10**6))


def killed_on_the_way() -> None:
    """The worker is killed as soon as it has saved what it learnt so far."""
    thread = threading.Thread(target=kill_once_saved, daemon=True)
    thread.start()
    ended = trained("Killed", MANY)
    thread.join(1)
    emit("killed", **ended, names=names(), saved=len(glob.glob(CHECKPOINTS)), left=left_behind())
    ended = trained("Killed", MORE_THAN_SAVED)
    emit("went on", **ended, names=names(), checkpoints=glob.glob(CHECKPOINTS))


def kill_once_saved() -> None:
    while not glob.glob(CHECKPOINTS):
        time.sleep(0.05)
    os.kill(worker(), signal.SIGKILL)


def everything() -> None:
    to_the_end()
    killed_on_the_way()


if __name__ == "__main__":
    reported(everything)
