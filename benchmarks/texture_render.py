"""Cost of texture and of tables for regions, beside G'MIC: `python benchmarks/texture_render.py`.

Every measurement runs in its own process, on an 8-bit photo, after a run on a small photo that compiles and loads: best
time and best CPU time of several runs, and peak memory of the first above photo and result.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from render_cells import _our_look, make_photo, peak_bytes
from report import machine_line, table_text

PLAIN, EVERYTHING = "table + grid", "everything"
OURS = (PLAIN, "+ ground and skin", "+ gray grain", "+ grain of color", "+ detail", "+ bloom and halation", EVERYTHING)
# What G'MIC has for it. Its own film grain (fx_simulate_grain) downloads its grain when it is used.
GMIC = {
    "G'MIC: grain (blurred noise)": "+f 0 noise. 8,0 blur. 1 add",
    "G'MIC: detail (unsharp)": "unsharp 4,1",
    "G'MIC: glow (threshold, blur, screen)": "+max 180 blur. 1% blend screen,0.5",
}
Results = dict[tuple[str, float], dict[str, float]]


def main() -> None:
    arguments = _arguments()
    if arguments.cell:
        print(json.dumps(_measure(arguments.cell, arguments.sizes[0], arguments.repeats)))
        return
    print(machine_line("numpy", "numba", "opencv-python"))
    results: Results = {}
    for _ in range(arguments.rounds):
        for size in arguments.sizes:
            for name in (*OURS, *GMIC):
                _keep_best(results, name, size, arguments.repeats)
    names = [name for name in (*OURS, *GMIC) if any(cell == name for cell, _ in results)]
    columns = {"wall, s": "seconds", "CPU, s": "cpu", "memory above photo and result, MB": "megabytes"}
    for heading, key in columns.items():
        rows = [[name, *(_text(results.get((name, size)), key) for size in arguments.sizes)] for name in names]
        print("\n" + table_text([heading, *(f"{size:g} MP" for size in arguments.sizes)], rows))
    for size in arguments.sizes:
        plain, all_of_it = (results[name, size] for name in (PLAIN, EVERYTHING))
        ratios = [
            f"{all_of_it[key] / plain[key]:.1f} x in {what}" for key, what in (("seconds", "time"), ("cpu", "CPU"))
        ]
        print(f"{size:g} MP: {EVERYTHING} takes {', '.join(ratios)} as much as {PLAIN}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[2, 24, 100], help="megapixels")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1, help="go through everything so often; the best counts")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    return parser.parse_args()


def _keep_best(results: Results, name: str, size: float, repeats: int) -> None:
    if name in GMIC and shutil.which("gmic") is None:
        print(f"Left out: {name}: gmic is not installed", file=sys.stderr)
        return
    print(f"{size:g} MP, {name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--cell", name, "--sizes", str(size), "--repeats", str(repeats)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(f"Left out: {name}: {(run.stderr.strip().splitlines() or ['failed'])[-1]}", file=sys.stderr)
        return
    found = json.loads(run.stdout.splitlines()[-1])
    best = results.setdefault((name, size), found)
    best.update({key: min(best[key], value) for key, value in found.items()})


def _measure(name: str, megapixels: float, repeats: int) -> dict[str, float]:
    if name in GMIC:
        return _measure_gmic(GMIC[name], megapixels, max(1, repeats // 2))
    _job(name, make_photo(0.05, "smooth", np.uint8))()
    job = _job(name, make_photo(megapixels, "smooth", np.uint8))
    peak, output = peak_bytes(job)
    times = [_timed(job) for _ in range(repeats)]
    seconds, cpu = (min(column) for column in zip(*times, strict=True))
    return {"seconds": seconds, "cpu": cpu, "megabytes": (peak - output) / 1e6}


def _timed(job: Callable[[], object]) -> tuple[float, float]:
    started, used = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - started, time.process_time() - used


def _job(name: str, pixels: np.ndarray) -> Callable[[], np.ndarray]:
    import numba  # noqa: F401  # so that small photos, too, are rendered by the kernel
    from portrait_atelier.core.imaging.photo import Photo
    from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
    from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture

    tones, white = np.array([0.01, 0.02, 0.03, 0.02, 0.01], np.float32), np.ones(3, np.float32)
    detail = Detail.of(skin=(0.6, 0.7, 1, 1.1), other=(1.2, 1.2, 1.1, 1.1))
    glows = (Glow(0.8, 0.03, 0.3, white), Glow(0.85, 0.006, 0.3, np.array([1, 0.3, 0.1], np.float32)))
    grain = Grain(tones, 1 / 2000, 0.3, 0.4)
    textures = {
        "+ gray grain": Texture(grain=Grain(tones, 1 / 2000, 0.3)),
        "+ grain of color": Texture(grain=grain),
        "+ detail": Texture(detail),
        "+ bloom and halation": Texture(glows=glows),
        EVERYTHING: Texture(detail, glows, grain),
    }
    look = replace(_our_look(True), texture=textures.get(name))
    if name in ("+ ground and skin", EVERYTHING):
        look = replace(look, ground=look.table[::-1].copy(), skin=look.table[:, ::-1].copy())
    photo, regions = Photo(pixels=pixels), _regions()
    return lambda: restyle_photo(photo, look, regions=regions).pixels


def _regions() -> np.ndarray:
    """Maps of a person in the middle."""
    y, x = np.mgrid[:80, :80] / 80
    person = np.clip((0.35 - np.hypot(x - 0.5, y - 0.6)) * 20, 0, 1)
    skin = np.clip((0.15 - np.hypot(x - 0.5, y - 0.4)) * 20, 0, 1)
    return np.stack([person, skin, skin, 0 * skin, 0 * skin]).astype(np.float32)


def _measure_gmic(command: str, megapixels: float, repeats: int) -> dict[str, float]:
    """Run a command on an uncompressed photo; what reading takes is measured apart, and taken away."""
    import resource

    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.ppm"
        Image.fromarray(make_photo(megapixels, "smooth", np.uint8)).save(path)

        def best(*words: str) -> tuple[float, float]:
            times = []
            for _ in range(repeats):
                started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(["gmic", "-v", "-", str(path), *words], check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                times.append((time.perf_counter() - started, cpu))
            seconds, cpu = (min(column) for column in zip(*times, strict=True))
            return seconds, cpu

        reading, whole = best("rm"), best(*command.split(), "rm")
        kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "seconds": whole[0] - reading[0],
        "cpu": whole[1] - reading[1],
        "megabytes": kilobytes / 1e3 - 2 * megapixels * 3,
    }


def _text(cell: dict[str, float] | None, key: str) -> str:
    if cell is None:
        return "-"
    return f"{cell[key]:.0f}" if key == "megabytes" else f"{cell[key]:.2f}"


if __name__ == "__main__":
    main()
