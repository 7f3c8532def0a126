"""A Ray cluster on this computer beside the plain engine: the same results, and what it costs.

    python benchmarks/fleet_overhead.py FOLDER [--count 100] [--sizes 0.25,2,12] [--style documentary-1936]

FOLDER has portraits, which are scaled to each size in megapixels. The plain engine restyles them with one worker and
with two, then Ray does with one worker and with two, and with two of which one gets kill -9 in the middle. All results
must have the hashes of the plain engine's. Overhead is the time of a photo beyond that of the plain engine with as many
workers, without the start of the cluster, which is told apart. The memory is that of all processes together, as far as
it is not shared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
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
from portrait_atelier.core.batch.running import Pace, run_batch
from portrait_atelier.core.imaging.rendering.render import KERNEL_PIXELS, load_kernel_beside
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
        a_photo: seconds of each further one.
        memory: bytes at the highest.
    """

    hashes: dict[str, str]
    start: float
    a_photo: float
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
    print(table_text(["MP", "engine", "start, s", "s a photo", "overhead, ms", "memory, MB", "results"], rows))


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
    over = 1000 * (found.a_photo - beside.a_photo)
    return [
        f"{size:g}",
        name,
        f"{found.start:.1f}",
        f"{found.a_photo:.3f}",
        f"{over:.0f}",
        f"{found.memory / 1e6:.0f}",
        same,
    ]


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
    loading = load_kernel_beside(KERNEL_PIXELS, texture=needs_texture_kernels(request, style))
    if loading is not None:
        loading.join()
    journal = Journal.read(output, request, style)
    planned = plan(request, style.name, journal)
    journal.open()
    began, times = time.perf_counter(), []
    with _Memory() as memory:
        for outcome in engine(planned, request, style, journal):
            assert outcome.state == "done", outcome.error
            times.append(time.perf_counter())
            if kill_in_the_middle and len(times) == len(planned.tasks) // 2:
                _kill_a_worker()
    journal.close()
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in output.glob("*.jpg")}
    return Measured(hashes, times[0] - began, (times[-1] - times[0]) / (len(times) - 1), memory.highest)


def _kill_a_worker() -> None:
    for process in psutil.Process().children(recursive=True):
        if "PhotoWorker" in " ".join(process.cmdline()):
            process.kill()
            return


class _Memory:
    """The memory of this process and all below it, at its highest."""

    def __init__(self) -> None:
        self.highest, self._end = 0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.5):
            self.highest = max(self.highest, sum(map(_own_memory, [psutil.Process(), *_below()])))


def _below() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _own_memory(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().uss
    except psutil.Error:
        return 0


if __name__ == "__main__":
    sys.exit(main())
