"""GIMP is killed while a layer is being restyled."""

import signal

from disturb import Disturbance, gimp, killing, lent, worker
from inside import emit, photo, reported, restyle


def last_call() -> None:
    small, layer = photo(96, 80)
    restyle(small, [layer])
    image, layer = photo(3000, 2500)
    emit("before kill", worker=worker(), memory=lent(worker()))
    with Disturbance(killing(gimp, signal.SIGKILL)):
        restyle(image, [layer])


if __name__ == "__main__":
    reported(last_call)
