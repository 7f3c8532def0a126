"""Photos that arrive in a watched folder, half of them slowly, while the watcher is killed.

    python benchmarks/watch_arrivals.py [FOLDER] [--count 200] [--kills 2] [--pause 0.1] [--large 20]

FOLDER has portraits to bring; without it, scikit-image's astronaut is brought, in as many crops. `--large` of them are
enlarged to 12 megapixels. They arrive as they do in life: copied at once, renamed into the folder, or written in six
pieces with pauses; the watcher gets kill -9 at random moments and is begun again. At the end each photo must have one
whole result that the journal calls done once, and nothing else may be there. It prints how long results took after
their photos were complete.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from PIL import Image
from report import machine_line
from skimage import data

sys.path += [str(Path(__file__).resolve().parents[1] / "tests" / part) for part in ("batch", "")]
from watch_process import bring_all, check_whole, end, finished, start_watching, wait_for

_SIDE = 512


def main() -> None:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds, of one write and between photos")
    parser.add_argument("--large", type=int, default=20)
    arguments = parser.parse_args()
    print(machine_line())
    with tempfile.TemporaryDirectory() as where:
        photos = _photos(arguments.folder, Path(where) / "from", arguments.count, arguments.large)
        _run(photos, Path(where) / "arriving", arguments.kills, arguments.pause)


def _photos(folder: Path | None, into: Path, count: int, num_large: int) -> list[Path]:
    """Write the photos to bring, the large ones among the others."""
    into.mkdir()
    sources = sorted(folder.glob("*.jpg")) if folder else []
    rng, paths = random.Random(0), []
    for number in range(count):
        if sources:
            picture = Image.open(sources[number % len(sources)]).convert("RGB")
        else:
            left, top = rng.randrange(100), rng.randrange(100)
            picture = Image.fromarray(data.astronaut()).crop((left, top, left + 400, top + 400))
        is_large = number % max(count // max(num_large, 1), 1) == 0 and num_large > 0
        paths.append(into / f"{number}.jpg")
        (picture.resize((3464, 3464)) if is_large else picture.resize((_SIDE, _SIDE))).save(paths[-1], quality=92)
    return paths


def _run(photos: list[Path], folder: Path, kills: int, pause: float) -> None:
    folder.mkdir()
    output, places, rng, started = folder / "out", [], random.Random(1), time.monotonic()
    bringing = threading.Thread(target=bring_all, args=(photos, folder, places), kwargs={"pause": pause})
    bringing.start()
    for number in range(kills):
        process = start_watching(folder, output)
        wait_for(output, (number + 1) * len(photos) // (kills + 2))
        time.sleep(rng.uniform(0, 2))
        end(process, signal.SIGKILL)
        print(f"killed with {sum(finished(output).values())} of {len(photos)} done, {len(places)} there")
    process = start_watching(folder, output)
    bringing.join()
    arrived = time.monotonic()
    wait_for(output, len(photos), seconds=3600)
    done = time.monotonic()
    code, _, told = end(process)
    check_whole(places, folder, output)
    late = [
        (output / place.relative_to(folder)).stat().st_mtime - place.stat().st_mtime
        for place in places[len(photos) // 2 :]
    ]
    print(f"all {len(photos)} done once, each whole; exit code {code}; the last words: {told.splitlines()[-1]}")
    print(f"all were there after {arrived - started:.0f} s, all done {done - arrived:.1f} s later")
    print(f"a result came {statistics.median(late):.1f} s after its photo (median; 95 %: {_share(late, 0.95):.1f} s)")


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


if __name__ == "__main__":
    main()
