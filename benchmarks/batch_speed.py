"""Many photos: photos a second, cores busy and memory of `atelier apply`, beside its peers; and after being killed.

    python benchmarks/batch_speed.py PORTRAITS [--count 2000] [--peers 100] [--large 60] [--kills 5] [--work FOLDER]

PORTRAITS is a folder of portraits. They are scaled to sizes of 1 to 24 megapixels, one in fifty is broken, and all
are restyled (1); the run is killed with -9 and begun again, at random (2); photos that are not broken are restyled by
us and by each peer (3); and photos of 12 megapixels show what restyling adds to decoding and encoding (4). 0 leaves a
part out. The folder of photos is kept where --work names one, and used again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from batch_folder import build, num_broken, portraits_of, whole_photos
from report import machine_line, table_text

STYLE = "golden-hour"  # a designed one: what ImageMagick can do with a HaldCLUT
PLAIN, ADAPTS = "low-key", "documentary-1936"  # a color table and grid alone; learnt from photos, fits itself to each
ATELIER = [sys.executable, "-m", "portrait_atelier.core.cli"]
_PEERS = Path(__file__).with_name("batch_peers.py")
_SAMPLE_EVERY = 0.1  # seconds


@dataclass(frozen=True)
class Run:
    """A program with all its children.

    Attributes:
        seconds: by the clock.
        cpu_seconds: of all cores.
        megabytes: at the highest.
        load: of the machine, at its end.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float
    load: float

    @property
    def cores(self) -> float:
        """How many cores were busy."""
        return self.cpu_seconds / self.seconds

    def row(self, name: str, count: int) -> list[str]:
        """A row of a table."""
        speed, each = count / self.seconds, self.cpu_seconds / count
        cells = (f"{self.seconds:.1f}", f"{speed:.2f}", f"{each:.3f}", f"{self.cores:.2f}", f"{self.megabytes:.0f}")
        return [name, *cells, f"{self.load:.1f}"]


HEADINGS = ["", "seconds", "photos a second", "CPU s a photo", "cores busy", "memory, MB", "load"]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--peers", type=int, default=100)
    parser.add_argument("--large", type=int, default=60)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    print(machine_line("pillow", "imagecodecs", "numba", "color-matcher"), flush=True)
    portraits = portraits_of(chosen.portraits)
    with tempfile.TemporaryDirectory() as scratch:
        photos = chosen.work or Path(scratch) / "photos"
        if chosen.count:
            mixed = build(portraits, photos / f"mixed-{chosen.count}", chosen.count)
            everything(mixed, Path(scratch), chosen.count, chosen.kills)
        if chosen.peers:
            count = max(chosen.count, 2 * chosen.peers)
            beside_peers(build(portraits, photos / f"mixed-{count}", count), Path(scratch), chosen.peers)
        if chosen.large:
            large = build(portraits, photos / f"large-{chosen.large}", chosen.large, [12])
            twelve_megapixels(large, Path(scratch), chosen.large)


def everything(photos: Path, scratch: Path, count: int, kills: int) -> None:
    """The whole folder, once in one run and once killed on the way."""
    whole = scratch / "whole"
    run = measured(_apply(photos, whole, STYLE), fails=True)
    print(f"\n**All {count} photos, {num_broken(count)} of them broken.** {_told(whole, count)}\n")
    print(table_text(HEADINGS, [run.row(f"atelier apply -s {STYLE}", count)]), flush=True)
    if kills:
        print(f"\n**Killed with -9 {kills} times.** {killed(photos, scratch, count, kills, run.seconds)}", flush=True)
    shutil.rmtree(whole)


def _told(output: Path, count: int) -> str:
    written, expected = len(list(output.rglob("*.jpg"))), count - num_broken(count)
    return f"{written} of {expected} results are there."


def killed(photos: Path, scratch: Path, count: int, kills: int, seconds: float) -> str:
    """Kill a run again and again, and compare what comes out in the end with that of one run."""
    output, told, chance = scratch / "killed", list[str](), random.Random(0)
    command = [*_apply(photos, output, STYLE), "--json"]
    parts = []
    for _ in range(kills):
        wait = chance.uniform(0.4, 1.6) * seconds / (kills + 1)
        parts.append(_started(command, told, wait))
    parts.append(_started(command, told, None))
    done = [line["output"] for line in map(json.loads, told) if line["state"] == "done"]
    first, last = _hashes(scratch / "whole"), _hashes(output)
    left = [path for path in output.rglob(".*") if path.is_file() and path.suffix == ".jpg"]
    same = sum(first[name] == last.get(name) for name in first)
    text = (
        f"{parts} photos were done in these runs. Of {len(first)} results {same} are there and equal those of the run "
        f"above, {len(last) - same} others; {len(done) - len(set(done))} were told twice; {len(left)} half-written "
        f"files are left. ({count} photos)"
    )
    shutil.rmtree(output)
    return text


def _started(command: list[str], told: list[str], seconds: float | None) -> int:
    """Run a command for so long, and kill it; return how many photos it told of as done."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=_unbuffered())
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        out.seek(0)
        lines = [line for line in out.read().splitlines() if line.endswith("}")]
    told += lines
    return sum('"state": "done"' in line for line in lines)


def beside_peers(photos: Path, scratch: Path, count: int) -> None:
    """The same photos by us and by others."""
    part, hald = scratch / "part", scratch / "hald.png"
    for path in list(whole_photos(photos))[:count]:
        target = part / path.relative_to(photos)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    subprocess.run([*ATELIER, "export", STYLE, "-o", str(hald)], check=True, capture_output=True)
    reference = str(next(part.rglob("*.jpg")))
    commands = {
        f"atelier apply -s {STYLE}": _apply(part, scratch / "p0", STYLE),
        f"atelier apply -s {ADAPTS}": _apply(part, scratch / "p1", ADAPTS),
        f"the same, a process a core (-s {STYLE})": _peer("halves", part, scratch / "p6", STYLE),
        "a call of atelier apply for each": _peer("calls", part, scratch / "p2", STYLE),
        "pa.apply in a loop": _peer("python", part, scratch / "p3", STYLE),
        "ImageMagick -hald-clut, a process a core": _peer("magick", part, scratch / "p4", str(hald)),
        "color-matcher MKL, a process a core": _peer("matcher", part, scratch / "p5", reference),
    }
    print(f"\n**{count} of them that are not broken, by us and by peers.**\n")
    print(table_text(HEADINGS, [measured(command).row(name, count) for name, command in commands.items()]), flush=True)


def twelve_megapixels(photos: Path, scratch: Path, count: int) -> None:
    """What restyling adds to decoding and encoding."""
    ways = {
        "Pillow decodes and encodes, one thread": _peer("pillow1", photos, scratch / "t0", ""),
        "Pillow decodes and encodes, all cores": _peer("pillow", photos, scratch / "t1", ""),
        "our calls decode and encode, one thread": _peer("codec1", photos, scratch / "t2", ""),
        "our calls decode and encode, all cores": _peer("codec", photos, scratch / "t3", ""),
        **{f"atelier apply -s {name}": _apply(photos, scratch / name, name) for name in (PLAIN, STYLE, ADAPTS)},
    }
    runs = {name: measured(command) for name, command in ways.items()}
    print(f"\n**{count} photos of 12 megapixels, JPEG to JPEG.**\n")
    against = [runs[name].seconds for name in list(runs)[:4]]
    rows = []
    for name, run in runs.items():
        rows.append([*run.row(name, count), *(f"{run.seconds / seconds:.2f}" for seconds in against)])
    ratios = ["x Pillow, 1 thread", "x Pillow, cores", "x our calls, 1 thread", "x our calls, cores"]
    print(table_text([*HEADINGS, *ratios], rows), flush=True)


def measured(command: list[str], *, fails: bool = False) -> Run:
    """Run a program and measure it with all its children.

    Raises:
        SystemExit: it failed, unless that is expected.
    """
    before, started = os.times(), time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=_unbuffered())
        memory = _Memory(process.pid)
        memory.start()
        code = process.wait()
        seconds, after = time.perf_counter() - started, os.times()
        memory.join()
        out.seek(0)
        if code and not fails:
            raise SystemExit(f"{command}: {out.read()[-2000:].decode(errors='replace')}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(seconds, cpu, memory.most / 1e6, os.getloadavg()[0])


class _Memory(threading.Thread):
    """Watches the memory of a process and its children; what they share counts once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most, self._process = 0, psutil.Process(pid)

    def run(self) -> None:
        while True:
            total = 0
            try:
                for process in (self._process, *self._process.children(recursive=True)):
                    total += _memory_of(process)
                if not self._process.is_running() or self._process.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.Error:
                if not self._process.is_running():
                    return
            self.most = max(self.most, total)
            time.sleep(_SAMPLE_EVERY)


def _memory_of(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return getattr(full, "pss", full.rss)


def _apply(photos: Path, output: Path, style: str) -> list[str]:
    return [*ATELIER, "apply", str(photos), "-s", style, "-o", str(output)]


def _peer(kind: str, photos: Path, output: Path, tool: str) -> list[str]:
    return [sys.executable, str(_PEERS), kind, str(photos), str(output), tool]


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.jpg")
    }


def _unbuffered() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


if __name__ == "__main__":
    main()
