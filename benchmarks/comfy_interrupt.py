"""How long each node works on after cancel: `COMFYUI_PATH=... python benchmarks/comfy_interrupt.py`.

Each node runs in the real ComfyUI on the longest case that its users have, once to the end and then again and again,
cancelled at moments spread over that time; told is the longest time from the click to the end of the node. Cancel is
what the button does: ComfyUI's flag, set from another thread.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from comfy_apply import comfy_nodes, pack_part
from render_cells import make_photo
from report import machine_line, table_text

WANTED = 2.0  # seconds
_MOMENTS = (0.02, 0.2, 0.4, 0.6, 0.8, 0.95)  # shares of a run
_MOST_SECONDS = 120.0  # of a run: a training is cancelled within these
Job = Callable[[], object]
Cancellable = Callable[[], bool]  # runs a job; returns whether cancel ended it


def main() -> None:
    arguments = _arguments()
    print(machine_line("numpy", "numba", "torch"))
    print(f"Load {os.getloadavg()[0]:.1f}.\n")
    rows = []
    for name, make in CASES.items():
        if not arguments.cases or any(wanted in name for wanted in arguments.cases):
            rows.append(_row(name, _cancellable(make(arguments.size)), arguments.moments))
            print(rows[-1], flush=True)
    print(table_text(["node", "whole run, s", "longest wait, s", "at, s", f"under {WANTED:g} s"], rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=24, help="megapixels of the largest images")
    parser.add_argument("--moments", type=int, default=len(_MOMENTS), help="of each run")
    parser.add_argument("--cases", nargs="*", help="parts of their names; all without")
    return parser.parse_args()


def _row(name: str, job: Cancellable, num_moments: int) -> list[str]:
    whole, _ = _run(job, _MOST_SECONDS)
    places = np.linspace(0, len(_MOMENTS) - 1, num_moments).round().astype(int)
    found = {moment: _run(job, moment)[1] for moment in (_MOMENTS[place] * whole for place in places)}
    waits = {moment: wait for moment, wait in found.items() if wait is not None}
    if not waits:
        return [name, f"{whole:.1f}", "never cancelled", "", "NO"]
    moment = max(waits, key=waits.__getitem__)
    told = f"over {whole:.0f}" if whole >= _MOST_SECONDS else f"{whole:.1f}"
    return [name, told, f"{waits[moment]:.2f}", f"{moment:.1f}", "yes" if waits[moment] < WANTED else "NO"]


def _run(job: Cancellable, moment: float) -> tuple[float, float | None]:
    """Run a job that is cancelled at a moment; return seconds to its end, and those after the moment.

    The latter are None if the job came to its own end, which says nothing of cancel.
    """
    import comfy.model_management as management

    management.interrupt_current_processing(False)
    timer = threading.Timer(moment, management.interrupt_current_processing)
    timer.start()
    started = time.perf_counter()
    is_cancelled = job()
    seconds = time.perf_counter() - started
    timer.cancel()
    timer.join()
    management.interrupt_current_processing(False)
    return seconds, max(0.0, seconds - moment) if is_cancelled else None


def _cancellable(job: Job) -> Cancellable:
    import comfy.model_management as management
    import torch

    def run() -> bool:
        try:
            with torch.inference_mode():
                job()
        except management.InterruptProcessingException:
            return True
        return False

    return run


def _image(size: float, count: int = 1):
    import torch

    return torch.from_numpy(make_photo(size, "smooth", np.float32))[None].repeat(count, 1, 1, 1)


def _portraits(count: int):
    """Portraits that differ: the astronaut, in colors of its own each."""
    import torch

    pixels = torch.from_numpy(pack_part("core.styles.cover").astronaut().pixels).float() / 255
    return torch.stack([pixels ** (0.8 + 0.4 * number / count) for number in range(count)])


def _apply(style: str, share: float = 1.0, **more: object) -> Callable[[float], Job]:
    def make(size: float) -> Job:
        node, loaded = comfy_nodes()["AtelierApplyStyle"], pack_part("core.learning.resolve").resolve_style(style)
        given = {"strength": 1.0, "variation": 0, "series": False, "style": loaded, **more}
        image = _image(size * share)
        return lambda: node.execute(image=[image], **{name: [value] for name, value in given.items()})

    return make


def _match(size: float) -> Job:
    node, store = comfy_nodes()["AtelierMatchStyle"], pack_part("comfy_nodes.style_store").STORE
    image, reference = _image(size), _portraits(8)

    def run() -> None:
        store._styles.clear()  # as if the references were new
        given = {"strength": [1.0], "references": ["all together"], "series": [False]}
        node.execute(image=[image], reference=[reference], **given)

    return run


def _from_photos(_size: float) -> Job:
    node, store = comfy_nodes()["AtelierStyleFromPhotos"], pack_part("comfy_nodes.style_store").STORE
    images = _portraits(25)

    def run() -> None:
        store._styles.clear()
        node.execute(folder=["(none)"], content_folder=["(none)"], images=[images])

    return run


def _export(size: float) -> Job:
    node, image = comfy_nodes()["AtelierExportLook"], _image(size)
    import folder_paths

    folder_paths.set_output_directory(os.environ["ATELIER_CACHE"])
    loaded = pack_part("core.learning.resolve").resolve_style("documentary-1936")
    return lambda: node.execute(style=loaded, size="65", filename_prefix="looks/cancelled", image=image)


def _masks(size: float) -> Job:
    node, image = comfy_nodes()["AtelierPortraitMasks"], _image(size)
    return lambda: node.execute(image)


def _train(_size: float) -> Job:
    node, images = comfy_nodes()["AtelierTrainStyle"], _portraits(24)
    defaults = {found.id: getattr(found, "default", None) for found in node.GET_SCHEMA().inputs}
    given = {**defaults, "name": "cancelled", "overwrite": True}
    widgets = {name: [value] for name, value in given.items() if value is not None}

    def run() -> None:
        keep = pack_part("core.folders").cache_folder() / "preparations"
        shutil.rmtree(keep, ignore_errors=True)  # as if the photos were new
        (pack_part("core.folders").library_folder() / "cancelled.safetensors").unlink(missing_ok=True)
        for checkpoint in pack_part("core.learning.checkpoint").checkpoints():
            checkpoint.unlink(missing_ok=True)
        node.execute(images=[images], **widgets)

    return run


CASES: dict[str, Callable[[float], Job]] = {
    "Apply, fixed": _apply("soft-pastel"),
    "Apply, fixed, skin alone": _apply("golden-hour", region="skin"),
    "Apply, made from photos": _apply("documentary-1936"),
    "Apply, painted": _apply("copper-engraving", 0.5),
    "Match": _match,
    "Style From Photos": _from_photos,
    "Export Look": _export,
    "Portrait Masks": _masks,
    "Train": _train,
}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ATELIER_STYLES"] = os.environ["ATELIER_CACHE"] = str(Path(folder))
        main()
