"""Seconds of the GIMP plug-in for a layer of 24 megapixels, in the real GIMP, and where they go.

    GIMP_ROOT=$(.ci/gimp_trees) python benchmarks/gimp_call.py [--cores 2] [--size 6000x4000]

The first call of the first depth starts the worker: Python with torch, the renderer loaded or compiled.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "hosts")]
PRECISIONS = ("U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_NON_LINEAR", "FLOAT_LINEAR")
_PARTS = ("connect", "get memory", "read", "restyle", "write", "insert")


def main() -> None:
    """Print a table for each tree named by GIMP_ROOT."""
    from gimp_host import GimpHost, gimp_roots, why_not

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="6000x4000")
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit(reason)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    for root in gimp_roots():
        with tempfile.TemporaryDirectory() as folder:
            host = GimpHost(root, Path(folder), shm_size="8g")
            print(f"\nGIMP {host.version}, {options.size}, {options.cores} cores\n")
            measure(host, [int(side) for side in options.size.split("x")])


def measure(host, size: list[int]) -> None:
    """Run the calls in one GIMP, and print what it said."""
    import gimp_cells

    host.prepare()
    installed = host.atelier("gimp", "install")
    if installed.returncode:
        sys.exit(installed.stderr)
    gimp_cells.write_picture(host.tmp)
    (host.tmp / "speed.json").write_text(json.dumps([*size, PRECISIONS]))
    run = host.python("speed.py", timeout=600, ATELIER_DEBUG="1").check()
    print(f"{'depth':18}{'call':>5}{'whole':>8}" + "".join(f"{part:>12}" for part in _PARTS))
    calls = re.split(r"portrait-style: call (\S+) (\d+)", run.output)
    for line, said in zip(run.of("speed"), calls[3::3], strict=True):
        found = dict(re.findall(r"to ([a-z ]+): ([\d.]+)", said))
        parts = "".join(f"{float(found.get(part, 'nan')):12.2f}" for part in _PARTS)
        print(f"{line['precision']:18}{line['number']:5}{line['seconds']:8.2f}{parts}  {line['message']}")


if __name__ == "__main__":
    main()
