"""Duration, CPU time and memory of whole commands.

    python benchmarks/startup.py [--times 5] [--threshold]

The photo is scikit-image's astronaut, as it is (512 px) and enlarged to 24 megapixels. Modules and files are
cached by the system: the first run is not counted. `--threshold` times the compiled kernel's import and both CPU
renderers instead, and prints from how many pixels on the kernel pays (`KERNEL_PIXELS` in
core/imaging/rendering/render.py).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from report import machine_line, table_text

STYLE, SMALL, LARGE = "golden-hour", "apply, 512 px JPEG", "apply, 24 MP JPEG"
_LARGE_SIZE = (6000, 4000)
# In a process of its own: a child's memory at its highest counts from its parent's.
_PHOTOS = """
from PIL import Image
from skimage import data
astronaut = Image.fromarray(data.astronaut())
astronaut.save({small!r}, quality=92)
astronaut.crop((0, 0, 512, 341)).resize({size}, Image.Resampling.BICUBIC).save({large!r}, quality=92)
"""
_KERNEL_IMPORT = "from portrait_atelier.core.imaging.rendering import render_cpu"
_RENDERER = """
import time
import numpy as np
from portrait_atelier.core.imaging.rendering.look import Look, Window
from portrait_atelier.core.imaging.{module} import {function} as render
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style_file import load_style
look = load_style(find_style({style!r}).path).look
pixels = np.random.default_rng(0).integers(0, 256, (1200, 1200, 3), np.uint8)
arguments = (pixels, look, 1.0, None, Window.whole(1200, 1200), np.empty_like(pixels), True)
seconds = []
for _ in range(4):
    started = time.perf_counter()
    render(*arguments)
    seconds.append(time.perf_counter() - started)
print([seconds[0] - min(seconds[1:]), min(seconds[1:]) / pixels[..., 0].size])
"""


@dataclass(frozen=True)
class Run:
    """One whole process.

    Attributes:
        seconds: until it ended.
        cpu_seconds: of user and system together, all threads.
        megabytes: of memory at its highest.
        text: what it printed.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float
    text: str = ""


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--threshold", action="store_true")
    arguments = parser.parse_args()
    print(machine_line("numpy", "numba", "torch", "typer"), "\n")
    if arguments.threshold:
        print(threshold(arguments.times))
        return
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: measured(words, arguments.times) for name, words in commands(Path(folder)).items()}
    headings = ["command", "best, s", "median, s", "CPU, s", "memory, MB"]
    print(table_text(headings, [row(*item) for item in runs.items()]))
    print(f"\n24 MP / 512 px: {best(runs[LARGE]) / best(runs[SMALL]):.1f}")


def commands(folder: Path) -> dict[str, list[str]]:
    """The commands to time, by what they are called."""
    small, large = folder / "small.jpg", folder / "large.jpg"
    run(["-c", _PHOTOS.format(small=str(small), large=str(large), size=_LARGE_SIZE)])
    applied = {
        name: ["apply", str(path), "-s", STYLE, "-o", str(folder / "out.jpg"), "--overwrite"]
        for name, path in ((SMALL, small), (LARGE, large))
    }
    return {**applied, "styles": ["styles"], "show": ["show", STYLE], "doctor": ["doctor"]}


def measured(words: list[str], times: int) -> list[Run]:
    """Run a command so many times, after once for nothing."""
    command = ["-m", "portrait_atelier.core.cli", *words]
    return [run(command) for _ in range(times + 1)][1:]


def run(arguments: list[str]) -> Run:
    """Run Python with these arguments, and see what it takes."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss, in a megabyte
    return Run(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, text)


def best(runs: list[Run]) -> float:
    """Seconds of the quickest run."""
    return min(run.seconds for run in runs)


def row(name: str, runs: list[Run]) -> list[str]:
    """A line of the table."""
    median, cpu = statistics.median(run.seconds for run in runs), min(run.cpu_seconds for run in runs)
    return [name, f"{best(runs):.2f}", f"{median:.2f}", f"{cpu:.2f}", f"{max(run.megabytes for run in runs):.0f}"]


def threshold(times: int) -> str:
    """From how many pixels on the kernel is worth its import and its reading from numba's cache."""
    plain = min(run(["-c", "import numpy, portrait_atelier.core.imaging.rendering.look"]).seconds for _ in range(times))
    loaded = min(run(["-c", _KERNEL_IMPORT]).seconds for _ in range(times)) - plain
    (first, kernel), (_, numpy) = (
        renderer(name, function, times)
        for name, function in (("render_cpu", "render_on_cpu"), ("render_numpy", "render_with_numpy"))
    )
    pixels = (loaded + first) / (numpy - kernel)
    return (
        f"import {loaded:.2f} s, kernel from the cache {first:.2f} s; a pixel {kernel * 1e9:.1f} ns by the kernel, "
        f"{numpy * 1e9:.0f} ns by numpy: worth it from {pixels / 1e6:.1f} million pixels on"
    )


def renderer(module: str, function: str, times: int) -> tuple[float, float]:
    """Seconds that a renderer's first call takes beyond the others, and seconds a pixel."""
    program = _RENDERER.format(module=module, function=function, style=STYLE)
    answers = [json.loads(run(["-c", program]).text) for _ in range(times)]
    return min(answer[0] for answer in answers), min(answer[1] for answer in answers)


if __name__ == "__main__":
    main()
