"""Time and memory of Apply Portrait Style inside ComfyUI: `COMFYUI_PATH=... python benchmarks/comfy_apply.py`.

Time and memory of the node, of core's `apply_style` on the same array, and of KJNodes' ColorMatch (its method "mkl", by
color-matcher), with numba and without, of any styles. Node and core alternate in one process, so that both see the same
load; memory is the peak of one run above the memory before, each in its own process.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from render_cells import color_matcher, make_photo, peak_bytes
from report import machine_line, table_text

ROOT = Path(__file__).resolve().parent.parent
PACK = "comfy_pack"
NAMES = ("node", "core", "ColorMatch MKL")
_FAST = 1.0  # seconds
Job = Callable[[], object]


def main() -> None:
    arguments = _arguments()
    if arguments.cell:
        if arguments.numba == ["without"]:
            sys.modules["numba"] = None  # pyright: ignore[reportArgumentType]  (as if it were not installed)
        print(json.dumps(_measure(arguments.cell, arguments.sizes[0], arguments.repeats, arguments.styles[0])))
        return
    print(machine_line("numpy", "numba", "torch", "color-matcher"))
    print(f"Times: median of {arguments.repeats}, ms of the clock, and least of the processors; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}.\n")
    rows = []
    for style in arguments.styles:
        for size in arguments.sizes:
            for numba in arguments.numba:
                rows.append(_row(style, size, numba, arguments))
                print(rows[-1], file=sys.stderr, flush=True)
    clock = [*(f"{name}, ms" for name in NAMES), "node, CPU ms", f"{NAMES[-1]}, CPU ms"]
    headings = ["style", "photo", "numba", *clock, "node above core"]
    print(table_text([*headings, *(f"{name}, MB" for name in NAMES)], rows))


def _row(style: str, size: float, numba: str, arguments: argparse.Namespace) -> list[str]:
    times = _cell("times", style, size, numba, arguments)
    memory = {name: _cell(name, style, size, numba, arguments)["peak_bytes"] / 1e6 for name in NAMES}
    milliseconds = [f"{1000 * times[name]:.0f}" for name in NAMES]
    milliseconds += [f"{1000 * times[f'{name} CPU']:.0f}" for name in ("node", NAMES[-1])]
    overhead = f"{100 * times['overhead']:+.0f} %"
    facts = [Path(style).stem, f"{size:g} MP", numba, *milliseconds, overhead]
    return [*facts, *(f"{memory[name]:.0f}" for name in NAMES)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 12, 24], help="megapixels")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--styles", nargs="+", default=["golden-hour"], help="names, or paths of style files")
    parser.add_argument("--numba", nargs="+", choices=["with", "without"], default=["with", "without"])
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    return parser.parse_args()


def _cell(name: str, style: str, size: float, numba: str, arguments: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, __file__, "--cell", name, "--sizes", str(size), "--styles", style]
    command += ["--repeats", str(arguments.repeats), "--numba", numba]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _measure(name: str, size: float, repeats: int, style: str) -> dict[str, float]:
    photo = make_photo(size, "smooth", np.float32)
    if name != "times":
        job, warm = _job(name, photo, style), _job(name, photo[:64, :64].copy(), style)
        warm()
        return {"peak_bytes": peak_bytes(job)[0]}
    jobs = {name: _job(name, photo, style) for name in NAMES}
    for known in ("node", "core"):
        jobs[known]()
    seconds: dict[str, list[float]] = {known: [] for known in NAMES}
    work: dict[str, list[float]] = {known: [] for known in NAMES}  # of the processors
    for turn in range(repeats):
        is_fast = max(seconds[NAMES[-1]], default=0.0) < _FAST  # ColorMatch takes seconds for large photos: once
        for known in NAMES if turn == 0 or is_fast else ("node", "core"):
            started, worked = time.perf_counter(), time.process_time()
            jobs[known]()
            seconds[known].append(time.perf_counter() - started)
            work[known].append(time.process_time() - worked)
    pairs = [node / core - 1 for node, core in zip(seconds["node"], seconds["core"], strict=True)]
    return {
        **{known: statistics.median(times) for known, times in seconds.items()},
        **{f"{known} CPU": min(times) for known, times in work.items()},
        "overhead": statistics.median(pairs),
    }


def _job(name: str, photo: np.ndarray, style: str) -> Job:
    if name.startswith("ColorMatch"):
        return color_matcher(photo)
    nodes = comfy_nodes()
    loaded = pack_part("core.learning.resolve").resolve_style(style)
    if name == "core":
        applying, controls = pack_part("core.styles.applying"), pack_part("core.styles.controls")
        content = pack_part("core.imaging.photo").Photo(pixels=photo)
        return lambda: applying.apply_style(content, loaded, controls.Controls(device="cpu")).pixels
    import torch

    image, apply = torch.from_numpy(photo)[None], nodes["AtelierApplyStyle"]
    given = {"image": [image], "strength": [1.0], "variation": [0], "series": [False], "style": [loaded]}
    return torch.inference_mode()(lambda: apply.execute(**given)[0])


def comfy_nodes() -> dict:
    """Import the nodes as ComfyUI does."""
    if PACK not in sys.modules:
        sys.path.insert(0, os.environ["COMFYUI_PATH"])
        import comfy.cli_args

        comfy.cli_args.args.cpu = True
        place = [str(ROOT)]
        spec = importlib.util.spec_from_file_location(PACK, ROOT / "__init__.py", submodule_search_locations=place)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[PACK] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[PACK])
    return {node.GET_SCHEMA().node_id: node for node in asyncio.run(_listed())}


async def _listed() -> list:
    return await (await sys.modules[PACK].comfy_entrypoint()).get_node_list()


def pack_part(name: str):
    return importlib.import_module(f"{PACK}.{name}")


if __name__ == "__main__":
    main()
