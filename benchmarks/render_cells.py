"""One measurement of the render benchmark: one renderer, one size, in a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

Job = Callable[[], object]


def make_photo(megapixels: float, kind: str, dtype: type) -> np.ndarray:
    """A 3:2 photo: scikit-image's astronaut, enlarged ("smooth"), or random colors ("noise").

    Returns:
        (H, W, 3) of that dtype.
    """
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(megapixels * 1e6 / height)
    if kind == "noise":
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    else:
        from PIL import Image
        from skimage import data

        portrait = Image.fromarray(data.astronaut()).crop((0, 0, 512, 341))
        pixels = np.array(portrait.resize((width, height), Image.Resampling.BICUBIC))
    if dtype == np.uint8:
        return pixels
    if dtype == np.uint16:
        return pixels.astype(np.uint16) * np.uint16(257)
    return pixels.astype(np.float32) / np.float32(255)


def _our_look(grid: bool):
    from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_shape

    rng, size = np.random.default_rng(0), np.float32(0.05)
    table, lights = (rng.standard_normal(shape, np.float32) * size for shape in (table_shape(), grid_shape()))
    return Look(table, lights * np.float32(grid))


def ours(dtype: type, grid: bool, device: str = "cpu", by: str = "kernel") -> Callable[[np.ndarray], Job]:
    """Our renderer; on the CPU by the compiled kernel, by numpy as small photos are, or by torch."""

    def prepare(pixels: np.ndarray) -> Job:
        import torch
        from portrait_atelier.core.imaging.rendering.look import Window
        from portrait_atelier.core.imaging.rendering.render import render
        from portrait_atelier.core.imaging.rendering.render_numpy import render_with_numpy
        from portrait_atelier.core.imaging.rendering.render_torch import render_with_torch

        look, window = _our_look(grid), Window.whole(*pixels.shape[:2])
        given = (pixels, look, 1.0, None, window, np.empty_like(pixels), True)
        jobs = {
            "kernel": lambda: render(pixels, look, device=device),
            "numpy": lambda: render_with_numpy(*given),
            "torch": lambda: render_with_torch(*given, torch.device("cpu")),
        }
        return jobs[by]

    prepare.dtype = dtype
    return prepare


def _reference(pixels: np.ndarray) -> Job:
    import torch
    from portrait_atelier.core.imaging.rendering.look_tensors import apply_look, tensors_of

    look, image = tensors_of(_our_look(True)), torch.from_numpy(pixels).permute(2, 0, 1)[None]
    return torch.inference_mode()(lambda: apply_look(image, *look))


def _pillow(size: int) -> Callable[[np.ndarray], Job]:
    def prepare(pixels: np.ndarray) -> Job:
        from PIL import Image, ImageFilter

        Image.MAX_IMAGE_PIXELS = None
        table = ImageFilter.Color3DLUT.generate(size, lambda red, green, blue: (red**0.9, green, blue**1.1))
        image = Image.fromarray(pixels)
        return lambda: image.filter(table)

    prepare.dtype = np.uint8
    return prepare


def color_matcher(pixels: np.ndarray) -> Job:
    """As ComfyUI's ColorMatch node calls it: float photo and reference, method "mkl"."""
    from color_matcher import ColorMatcher

    reference = make_photo(1, "smooth", np.float32)[:, ::-1] ** np.float32(1.2)
    return lambda: ColorMatcher().transfer(src=pixels, ref=reference, method="mkl")


_reference.dtype = color_matcher.dtype = np.float32

RENDERERS: dict[str, Callable[[np.ndarray], Job]] = {
    "ours, float32, table + grid": ours(np.float32, True),
    "ours, float32, table": ours(np.float32, False),
    "ours, uint16, table + grid": ours(np.uint16, True),
    "ours, uint16, table": ours(np.uint16, False),
    "ours, uint8 dithered, table + grid": ours(np.uint8, True),
    "ours, uint8 dithered, table": ours(np.uint8, False),
    "ours, CUDA, float32, table + grid": ours(np.float32, True, device="cuda"),
    "ours, MPS, float32, table + grid": ours(np.float32, True, device="mps"),
    "ours, numpy, uint8 dithered, table + grid": ours(np.uint8, True, by="numpy"),
    "ours, torch on the CPU, float32, table + grid": ours(np.float32, True, by="torch"),
    "torch reference, float32, table + grid": _reference,
    "Pillow Color3DLUT 17, uint8, table": _pillow(17),
    "Pillow Color3DLUT 33, uint8, table": _pillow(33),
    "color-matcher MKL, float32": color_matcher,
}


def measure(name: str, megapixels: float, kind: str, repeats: int) -> dict[str, float]:
    """Run one renderer on one photo.

    Returns:
        seconds: best of the repeats, after one run on a small photo that compiles and loads; peak_bytes: the most the
        process held during the first, above what it held before; output_bytes: of which the result.
    """
    prepare = RENDERERS[name]
    prepare(make_photo(0.05, kind, prepare.dtype))()
    job = prepare(make_photo(megapixels, kind, prepare.dtype))
    started = time.perf_counter()
    peak, output = peak_bytes(job)
    seconds = [time.perf_counter() - started]
    for _ in range(repeats - 1):
        started = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - started)
    return {"seconds": min(seconds), "peak_bytes": peak, "output_bytes": output}


def peak_bytes(job: Job) -> tuple[int, int]:
    before = psutil.Process().memory_info().rss
    try:
        Path("/proc/self/clear_refs").write_text("5")  # Linux: forget the highest mark so far
    except OSError:
        result, highest = _sampled(job)
    else:
        result = job()
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        highest = int(status["VmHWM"].split()[0]) * 1024
    return highest - before, _size(result)


def _sampled(job: Job) -> tuple[object, int]:
    process, finished, highest = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while not finished.wait(0.002):
            highest[0] = max(highest[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = job()
    finished.set()
    watcher.join()
    return result, max(highest[0], process.memory_info().rss)


def _size(result: object) -> int:
    if hasattr(result, "nbytes"):
        return int(result.nbytes)
    width, height = getattr(result, "size", (0, 0))
    return 4 * width * height  # Pillow keeps four bytes for a pixel
