"""Speed of the renderers, Pillow's Color3DLUT and color-matcher: `python benchmarks/render.py`.

Every measurement runs in its own process: best time of several runs, and peak memory of one above the memory before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

import numpy as np
from render_cells import RENDERERS, measure
from report import machine_line, table_text

OURS, PILLOW, MKL = "ours, float32, table + grid", "Pillow Color3DLUT 17, uint8, table", "color-matcher MKL, float32"
# name begins so: (largest photo in megapixels, share of the repeats, why no larger)
LIMITS = {
    "torch reference": (12, 0.1, "needs over 300 bytes a pixel"),
    "ours, numpy": (24, 0.2, "takes minutes"),
    "ours, torch": (24, 0.2, "takes minutes"),
    "color-matcher": (24, 0.3, "takes over 15 s and 6 GB"),
}
Results = dict[tuple[str, float], dict[str, float]]


def main() -> None:
    arguments = _arguments()
    if arguments.cell:
        print(json.dumps(measure(arguments.cell, arguments.sizes[0], arguments.photo, arguments.repeats)))
        return
    print(machine_line("numpy", "numba", "torch", "pillow", "color-matcher"))
    print(f"Photo: {arguments.photo}. Times: best of {arguments.repeats} (fewer for slow peers), ms.")
    results: Results = {}
    for _ in range(arguments.rounds):
        _run_round(arguments, results)
    names = [name for name in RENDERERS if any(cell == name for cell, _ in results)]
    _print_table("time, ms", names, arguments.sizes, results, lambda cell: f"{1000 * cell['seconds']:.0f}")
    _print_table("peak memory above before (of it output), MB", names, arguments.sizes, results, _memory_text)
    _print_ratios(arguments.sizes, results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 12, 24, 100], help="megapixels")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1, help="go through everything so often; the best counts")
    parser.add_argument("--photo", choices=["smooth", "noise"], default="smooth")
    parser.add_argument("--only", nargs="+", default=[""], help="only renderers whose names hold one of these")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run_round(arguments: argparse.Namespace, results: Results) -> None:
    for size in arguments.sizes:
        for name in RENDERERS:
            if not any(part in name for part in arguments.only) or not _device_is_here(name):
                continue
            print(f"{size:g} MP, {name} ...", file=sys.stderr, flush=True)
            reason = _run_cell(name, size, arguments, results)
            if reason:
                print(f"Left out: {name}, {size:g} MP: {reason}", file=sys.stderr)


def _run_cell(name: str, size: float, arguments: argparse.Namespace, results: Results) -> str | None:
    largest, share, reason = next((limit for start, limit in LIMITS.items() if name.startswith(start)), (1e9, 1, ""))
    if size > largest:
        return reason
    repeats = max(1, round(arguments.repeats * share))
    # Settings that force numpy's matrix library onto another processor's code would slow the peers.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    command = [sys.executable, __file__, "--cell", name, "--sizes", str(size), "--photo", arguments.photo]
    command += ["--repeats", str(repeats)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return (run.stderr.strip().splitlines() or [f"exit {run.returncode}"])[-1]
    cell = json.loads(run.stdout.splitlines()[-1])
    best = results.setdefault((name, size), cell)
    best["seconds"] = min(best["seconds"], cell["seconds"])
    return None


def _device_is_here(name: str) -> bool:
    import torch

    if "CUDA" in name:
        return torch.cuda.is_available()
    return "MPS" not in name or torch.backends.mps.is_available()


def _memory_text(cell: dict[str, float]) -> str:
    return f"{cell['peak_bytes'] / 1e6:.0f} ({cell['output_bytes'] / 1e6:.0f})"


def _print_table(what: str, names: list[str], sizes: list[float], results: Results, text) -> None:
    rows = [
        [name, *(text(results[name, size]) if (name, size) in results else "-" for size in sizes)] for name in names
    ]
    print("\n" + table_text([what, *(f"{size:g} MP" for size in sizes)], rows))


def _print_ratios(sizes: list[float], results: Results) -> None:
    print()
    for size in sizes:
        cells = {name: results.get((name, size)) for name in (OURS, PILLOW, MKL)}
        ours = cells[OURS]
        if ours is None:
            continue
        facts = [f"{size:g} MP: {1e9 * ours['seconds'] / (size * 1e6):.2f} ns a pixel"]
        facts += [f"{other['seconds'] / ours['seconds']:.1f} x {name}" for name, other in cells.items() if other][1:]
        above = (ours["peak_bytes"] - ours["output_bytes"]) / 1e6
        print(", ".join([*facts, f"peak memory {np.ceil(above):.0f} MB above output"]))


if __name__ == "__main__":
    main()
