"""A watching process that photos are brought to, half of them slowly, and that is killed on the way."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from PIL import Image
from waiting import until

STYLE = "golden-hour"
_PIECES = 6


def start_watching(folder: Path, output: Path, *options: object) -> subprocess.Popen[str]:
    """Start `atelier watch` as a program of its own, which files keep still for a short time only."""
    words = ["watch", folder, "-s", STYLE, "-o", output, "--settle", 0.4, "--scan", 1, *options]
    code = [sys.executable, "-m", "portrait_atelier.core.cli", *map(str, words)]
    return subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str, str]:
    """End a process by a signal: (exit code, stdout, stderr)."""
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def bring(photo: Path, place: Path, *, kind: str, pause: float) -> None:
    """Bring a photo to a place: copied at once, renamed into it, or written in pieces with pauses."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "renamed":
        part = place.with_name(f"{place.name}.part")
        shutil.copyfile(photo, part)
        os.replace(part, place)
    elif kind == "slow":
        content = photo.read_bytes()
        with place.open("wb") as file:
            for start in range(0, len(content), len(content) // _PIECES):
                file.write(content[start : start + len(content) // _PIECES])
                file.flush()
                time.sleep(pause)
    else:
        shutil.copyfile(photo, place)


def bring_all(photos: list[Path], folder: Path, places: list[Path], *, pause: float) -> None:
    """Bring photos at random times, half of them in pieces; append where each of them is."""
    rng = random.Random(len(places))
    for number, photo in enumerate(photos):
        kind = ("slow", "copied", "slow", "renamed")[number % 4]
        place = folder / rng.choice((".", "sub", "sub/deep")) / f"{len(places):04}{photo.suffix}"
        bring(photo, place, kind=kind, pause=pause * rng.uniform(0.5, 1.5))
        places.append(place)
        time.sleep(pause * rng.uniform(0, 2))


def finished(output: Path) -> Counter[str]:
    """How often the journal says of each result that it is done."""
    lines = (output / ".atelier-journal.jsonl").read_text(encoding="utf-8").splitlines()
    return Counter(line["done"] for line in map(_parsed, lines) if "done" in line)


def wait_for(output: Path, count: int, seconds: float = 300.0) -> None:
    """Wait until so many results are finished."""
    until(lambda: (output / ".atelier-journal.jsonl").exists() and len(finished(output)) >= count, seconds)


def check_whole(places: list[Path], folder: Path, output: Path) -> None:
    """Check that there is one whole result for each photo, finished once, and nothing else."""
    names = sorted(place.relative_to(folder).as_posix() for place in places)
    there = sorted(
        path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file() and path.name[0] != "."
    )
    assert there == names
    assert finished(output) == Counter(names)
    for name in names:
        with Image.open(output / name) as picture:
            picture.load()
    left = [path for path in output.rglob(".*") if path.is_file() and path.suffix != ".jsonl"]
    assert left == []


def _parsed(line: str) -> dict:
    try:
        return json.loads(line)
    except ValueError:  # cut off by a kill
        return {}
