"""Memory or disk without room for pixels, for what becomes of them, for a style; after each, a call that has room."""

import re
import resource
import subprocess
from contextlib import nullcontext

from disturb import RUN, Disturbance, fill_disk, left_behind, stop_worker, unmount, worker
from gi.repository import Gimp
from inside import call, emit, look, photo, reported, restyle
from procedures import LEARN, names

LARGE = (3000, 2500)  # 30 MB with alpha
STYLES, MEMINFO = "/tmp/home/.local/share/portrait-atelier/styles", "/tmp/run/meminfo"
ENDLESS = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def observed(name: str, *, disturbed=None) -> None:
    """A call with many pixels; another one if it was over before it was disturbed, on a busy computer."""
    found = {}
    for _ in range(1 if disturbed is None else 5):
        image, layer = photo(*LARGE)
        before = look(image)
        with nullcontext() if disturbed is None else disturbed():
            ended = restyle(image, [layer])
        found = {"same": look(image) == before, "left": left_behind(), **ended}
        image.delete()
        resource.prlimit(worker(), resource.RLIMIT_AS, ENDLESS)
        if ended["status"] != "success":
            break
    emit("no room", name=name, **found)


def afterwards(name: str) -> None:
    image, layer = photo(96, 80)
    emit("after", name=name, **restyle(image, [layer]))
    image.delete()


def little_memory(megabytes: int) -> None:
    """Have the system say that there is so much memory left."""
    with open("/proc/meminfo", encoding="ascii") as file:
        text = re.sub(r"(MemAvailable:\s+)\d+", rf"\g<1>{megabytes * 1000}", file.read())
    with open(MEMINFO, "w", encoding="ascii") as file:
        file.write(text)
    subprocess.run(["mount", "--bind", MEMINFO, "/proc/meminfo"], check=True)


def no_memory_for_pixels() -> None:
    little_memory(20)
    observed("little memory")
    stop_worker()
    fill_disk(RUN, "12m", left=8_000_000)
    afterwards("worker started")
    observed("little memory and a full disk")
    afterwards("little memory and a full disk")
    unmount("/proc/meminfo")
    stop_worker()
    unmount(RUN)


def no_memory_for_the_result() -> None:
    afterwards("worker started")
    observed("no memory for the result", disturbed=lambda: Disturbance(lambda: limit(4_000_000)))
    afterwards("no memory for the result")


def limit(room: int) -> None:
    """Let the worker have so many bytes more than it has, and no more."""
    with open(f"/proc/{worker()}/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    resource.prlimit(worker(), resource.RLIMIT_AS, (pages * resource.getpagesize() + room, resource.RLIM_INFINITY))


def no_disk_for_a_style() -> None:
    fill_disk(STYLES, "64k")
    given = {"run_mode": Gimp.RunMode.NONINTERACTIVE, "folder": "/tmp/photos", "name": "Homeless", "trained": False}
    ended = call(LEARN, **given)
    emit("no style", status=ended["status"], message=ended["message"], names=names(), left=left_behind())
    unmount(STYLES)
    ended = call(LEARN, **given)
    emit("style", status=ended["status"], message=ended["message"], names=names())


def everything() -> None:
    no_memory_for_pixels()
    no_memory_for_the_result()
    no_disk_for_a_style()


if __name__ == "__main__":
    reported(everything)
