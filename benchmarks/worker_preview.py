"""Latency of the preview of GIMP's dialog: seconds from a request to the worker until its answer.

    python benchmarks/worker_preview.py [--times 40]

Every request is a new one: another style, another variation, or another strength of the same style. A pixel style gives
a rough preview, then an exact one from a reduced layer of 24 megapixels.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SIZES = {"3:2": (420, 280), "square": (420, 420)}
LARGE = {"3:2": (1536, 1024), "square": (1536, 1536)}
LOOK, PIXEL = "northern-window", "red-chalk"
_EXACT_TIMES = 3


def main() -> None:
    """Print a table."""
    from report import machine_line, table_text
    from worker_process import connect, running

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40)
    times = parser.parse_args().times
    print(machine_line("torch", "numba", "numpy"), "\n")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        with running(place, threads=None), connect(place) as worker:
            worker.ask("styles")
            for shape, size in SIZES.items():
                show(worker, "show", size, reduced=True)
                show(worker, "show-large", LARGE[shape])
                rows += [[f"{what}, {shape}", *told(seconds)] for what, seconds in measured(worker, times)]
    print(table_text(["question", "p50, s", "p95, s", "most, s"], rows))


def show(worker, request: str, size: tuple[int, int], **values: object) -> None:
    """Send a portrait of a size: float for `show`, 8 bits for `show-large`."""
    import cv2
    from portrait_atelier.core.styles.cover import astronaut

    picture = cv2.resize(astronaut().pixels, size, interpolation=cv2.INTER_AREA)
    pixels = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    pixels = pixels.astype(np.float32) / 255 if request == "show" else pixels
    worker.ask(request, {"width": size[0], "height": size[1], "gray": False, **values}, [pixels.tobytes()])


def measured(worker, times: int) -> Iterator[tuple[str, list[float]]]:
    """Each kind of question with the seconds of each time."""
    names = [style["name"] for style in worker.ask("styles")["styles"] if style["kind"] != "pixel"]
    yield "another look", [asked(worker, name) for name in names]
    yield "another variation of a look", [asked(worker, LOOK, variation=number) for number in range(1, times)]
    yield "another strength", [asked(worker, LOOK, strength=number / times) for number in range(times)]
    yield "a pixel style, roughly", [asked(worker, PIXEL, variation=number) for number in range(1, times)]
    exact = [asked(worker, PIXEL, variation=number, exact=True) for number in range(1, _EXACT_TIMES + 1)]
    yield "a pixel style, exactly", exact
    yield "another strength of a pixel style", [asked(worker, PIXEL, 1, number / times) for number in range(times)]


def asked(worker, style: str, variation: int = 0, strength: float = 1.0, *, exact: bool = False) -> float:
    """Seconds of one question."""
    started = time.perf_counter()
    worker.ask("preview", {"style": style, "strength": strength, "variation": variation, "exact": exact})
    return time.perf_counter() - started


def told(seconds: list[float]) -> list[str]:
    """Median, 95th percentile and largest."""
    return [f"{value:.3f}" for value in (*np.quantile(seconds, [0.5, 0.95]), max(seconds))]


if __name__ == "__main__":
    main()
