"""Disturbs a call while it is under way, from a thread of the script, and looks for what it leaves behind."""

import contextlib
import glob
import os
import signal
import subprocess
import threading
import time

RUN = "/tmp/home/.cache/portrait-atelier"
PLUGIN = "portrait_style/portrait_style.py"
_AT_START = set(os.listdir("/tmp"))
_OF_TORCH = "torchinductor_"  # an empty folder that torch makes for itself


def worker() -> int:
    """The worker's process number, 0 if there is none."""
    for lock in glob.glob(f"{RUN}/run-*/lock"):
        with contextlib.suppress(ValueError, OSError), open(lock, encoding="ascii") as file:
            number = int(file.read() or 0)
            if number and os.path.exists(f"/proc/{number}"):
                return number
    return 0


def plugin() -> int:
    """The process number of the plug-in that is under way, 0 if there is none."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            if PLUGIN.encode() in file.read():
                return int(path.split("/")[2])
    return 0


def gimp() -> int:
    """GIMP's own process number: the program that started the plug-ins."""
    with open(f"/proc/{os.getpid()}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[1])


def lent(number: int) -> int:
    """How many pieces of memory for pixels a process holds."""
    return len(sizes_lent(number))


def sizes_lent(number: int) -> list[int]:
    """How many bytes each piece of memory for pixels has that a process holds."""
    sizes = []
    for path in glob.glob(f"/proc/{number}/fd/*"):
        with contextlib.suppress(OSError):
            link = os.readlink(path)
            if "memfd:portrait-atelier" in link or (link.startswith(RUN) and link.endswith(" (deleted)")):
                sizes.append(os.stat(path).st_size)
    return sizes


def left_behind() -> dict:
    """What is still there though nothing is under way; a moment is given to the worker to notice."""
    end = time.monotonic() + 60
    while (lent(worker()) or plugin()) and time.monotonic() < end:
        time.sleep(0.05)
    new = sorted(set(os.listdir("/tmp")) - _AT_START - {"lines.jsonl"})
    files = glob.glob(f"{RUN}/run-*/pixels-*") + [name for name in new if not name.startswith(_OF_TORCH)]
    return {"shm": os.listdir("/dev/shm"), "memory": lent(worker()), "files": files, "plugin": plugin()}


def killing(victim, number: signal.Signals):
    """What sends a signal to the process that `victim` tells then."""

    def kill() -> None:
        process = victim()
        assert process, "there is nothing to disturb"  # 0 would be these scripts and the tests themselves
        os.kill(process, number)

    return kill


class Disturbance:
    """Does something to a call once the worker has memory for its pixels, so many bytes, and a moment has passed."""

    def __init__(self, act, moment: float = 0.05, least: int = 0) -> None:
        self._act, self._moment, self._least = act, moment, least
        self.struck = False
        self._thread = threading.Thread(target=self._strike, daemon=True)

    def __enter__(self) -> "Disturbance":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(1)

    def _strike(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if any(size >= self._least for size in sizes_lent(worker())):
                time.sleep(self._moment)
                self._act()
                self.struck = True
                return
            time.sleep(0.005)


def stop_worker() -> None:
    """End the worker, as the system does when its user leaves."""
    number = worker()
    if number:
        os.kill(number, signal.SIGTERM)
    while worker():
        time.sleep(0.05)


def fill_disk(folder: str, size: str, *, left: int = 0) -> None:
    """Put a small disk in the place of a folder, with so many bytes left on it."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", folder], check=True)
    with open(f"{folder}/filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(f"{folder}/filler", os.path.getsize(f"{folder}/filler") - left)


def unmount(path: str) -> None:
    """Take away what was put there."""
    subprocess.run(["umount", path], check=True)
