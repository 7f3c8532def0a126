"""A Ray cluster on this computer beside the plain engine: the same results, and what it costs.

    python benchmarks/fleet_overhead.py FOLDER [--count 100] [--sizes 0.25,2,12] [--style documentary-1936]

FOLDER has portraits, which are scaled to each size in megapixels. The plain engine restyles them with one worker and
with two, then Ray does with one worker and with two, and with two of which one gets kill -9 in the middle. All results
must have the hashes of the plain engine's. Overhead is the time of a photo beyond that of the plain engine with as many
workers, over the last two thirds of the photos; the start is told apart. On a busy machine only CPU seconds count. The
memory is that of all processes together, as far as it is not shared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image
from portrait_atelier.core.batch.cluster import ClusterOptions
from portrait_atelier.core.batch.fleet import run_fleet
from portrait_atelier.core.batch.journal import Journal
from portrait_atelier.core.batch.planning import Plan, plan
from portrait_atelier.core.batch.request import BatchRequest, PhotoOutcome
from portrait_atelier.core.batch.restyling import needs_texture_kernels
from portrait_atelier.core.batch.running import Pace, run_batch, total_pixels
from portrait_atelier.core.imaging.rendering.render import load_kernel_beside
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style
from report import machine_line, table_text

Engine = Callable[[Plan, BatchRequest, Style, Journal], Iterator[PhotoOutcome]]


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes:
        hashes: of the results, by name.
        start: seconds until the first result.
        a_photo: seconds of each of the last two thirds, when all workers have begun.
        cpu: of it, seconds of all cores together.
        memory: bytes at the highest.
    """

    hashes: dict[str, str]
    start: float
    a_photo: float
    cpu: float
    memory: int


def main() -> None:
    """Measure each engine at each size, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--sizes", default="0.25,2,12", help="megapixels")
    parser.add_argument("--style", default="documentary-1936")
    arguments = parser.parse_args()
    print(machine_line(), f"load {os.getloadavg()[0]:.1f}")
    style, rows = resolve_style(arguments.style), []
    for size in map(float, arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as where:
            photos = _photos(arguments.folder, Path(where) / "from", arguments.count, size)
            rows += _rows(photos, Path(where), style, size)
    print(
        table_text(
            ["MP", "engine", "start, s", "s a photo", "CPU s", "overhead, ms", "of CPU", "memory, MB", "results"], rows
        )
    )


def _photos(folder: Path, into: Path, count: int, megapixels: float) -> Path:
    into.mkdir()
    sources = sorted(folder.glob("*.jpg"))
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as opened:
            picture = opened.convert("RGB")
        scale = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
        size = round(picture.width * scale), round(picture.height * scale)
        picture.resize(size).save(into / f"{number:04}.jpg", quality=92)
    return into


def _rows(photos: Path, where: Path, style: Style, size: float) -> list[list[str]]:
    plain = {count: _measured(photos, where / f"plain{count}", style, _cores(count)) for count in (1, 2)}
    rows = []
    for count, found in plain.items():
        rows.append(_row(size, f"plain, {count}", found, found, plain[1]))
    for count in (1, 2):
        found = _measured(photos, where / f"ray{count}", style, _ray(count))
        rows.append(_row(size, f"ray, {count}", found, plain[count], plain[1]))
    found = _measured(photos, where / "killed", style, _ray(2), kill_in_the_middle=True)
    rows.append(_row(size, "ray, 2, one killed", found, plain[2], plain[1]))
    return rows


def _row(size: float, name: str, found: Measured, beside: Measured, expected: Measured) -> list[str]:
    same = "same" if found.hashes == expected.hashes else f"DIFFER, {len(found.hashes)}"
    values = [found.start, found.a_photo, found.cpu]
    over = [1000 * (found.a_photo - beside.a_photo), 1000 * (found.cpu - beside.cpu), found.memory / 1e6]
    return [f"{size:g}", name, *(f"{value:.3f}" for value in values), *(f"{value:.0f}" for value in over), same]


def _cores(count: int) -> Engine:
    return lambda planned, request, style, journal: run_batch(planned, request, style, journal, Pace(count))


def _ray(count: int) -> Engine:
    return lambda planned, request, style, journal: run_fleet(
        planned, request, style, journal, ClusterOptions(workers=count)
    )


def _measured(
    photos: Path, output: Path, style: Style, engine: Engine, *, kill_in_the_middle: bool = False
) -> Measured:
    request = BatchRequest((photos,), output, Controls())
    journal = Journal.read(output, request, style)
    planned = plan(request, style.name, journal)
    loading = load_kernel_beside(total_pixels(planned), texture=needs_texture_kernels(request, style))
    if loading is not None:
        loading.join()
    journal.open()
    began, times, begin = time.perf_counter(), [], max(len(planned.tasks) // 3, 1)
    with _Watched() as watched:
        for outcome in engine(planned, request, style, journal):
            assert outcome.state == "done", outcome.error
            times.append(time.perf_counter())
            if len(times) == begin:
                watched.count_from_here()
            if len(times) == len(planned.tasks):
                watched.look()
            if kill_in_the_middle and len(times) == len(planned.tasks) // 2:
                _kill_a_worker()
    journal.close()
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in output.glob("*.jpg")}
    further = len(times) - begin
    a_photo = (times[-1] - times[begin - 1]) / further
    return Measured(hashes, times[0] - began, a_photo, watched.cpu / further, watched.highest_memory)


def _kill_a_worker() -> None:
    for process in psutil.Process().children(recursive=True):
        if "PhotoWorker" in " ".join(process.cmdline()):
            process.kill()
            return


class _Watched:
    """This process and all below it: their memory at its highest, and what they have computed."""

    def __init__(self) -> None:
        self.highest_memory, self._end = 0, threading.Event()
        self._thread = threading.Thread(target=self._look_often)
        self._cpu: dict[int, float] = {}
        self._cpu_before = 0.0

    def __enter__(self) -> _Watched:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def cpu(self) -> float:
        """Seconds of all cores together, also of processes that have ended since they were last looked at."""
        return sum(self._cpu.values()) - self._cpu_before

    def count_from_here(self) -> None:
        """Leave out what was computed before."""
        self.look()
        self._cpu_before = sum(self._cpu.values())

    def look(self) -> None:
        """Look at all processes."""
        memory = 0
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            with suppress(psutil.Error):
                memory += process.memory_full_info().uss
                times = process.cpu_times()
                self._cpu[process.pid] = times.user + times.system
        self.highest_memory = max(self.highest_memory, memory)

    def _look_often(self) -> None:
        while not self._end.wait(0.5):
            self.look()


if __name__ == "__main__":
    main()
