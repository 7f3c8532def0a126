"""Other ways to give a look to a folder of photos, each a program of its own that the benchmark measures.

    python benchmarks/batch_peers.py KIND IN OUT WITH

KIND: `calls` (one call of `atelier apply` after another), `python` (`pa.apply` after another), `halves` (`atelier
apply` on one thread in a process for each core, each with its part of the photos), `magick` (-hald-clut over all
cores), `matcher` (color-matcher's MKL in a process pool), `pillow` and `codec` (decode and encode alone, over all
cores), `pillow1` and `codec1` (the same on one thread). WITH is the style, the HaldCLUT or the photo that it needs.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image, JpegImagePlugin

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
Job = tuple[Path, Path]


def main() -> None:
    """Run one of the ways over a folder."""
    kind, source, target, tool = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    jobs = [(path, target / path.relative_to(source)) for path in sorted(source.rglob("*.jpg"))]
    for _, path in jobs:
        path.parent.mkdir(parents=True, exist_ok=True)
    WAYS[kind](jobs, tool)


def by_calls(jobs: Iterable[Job], style: str) -> None:
    """Start a process for each photo."""
    for source, target in jobs:
        command = [sys.executable, "-m", "portrait_atelier.core.cli", "apply", str(source), "-s", style]
        subprocess.run([*command, "-o", str(target)], check=True, stdout=subprocess.DEVNULL)


def by_python(jobs: Iterable[Job], style: str) -> None:
    """Call the function for each photo, in one process."""
    import portrait_atelier as pa

    loaded = pa.load_style(style)
    for source, target in jobs:
        pa.apply(source, loaded, output=target)


def by_halves(jobs: Iterable[Job], style: str) -> None:
    """Start a process for each core, each on one thread with its part of the photos."""
    sources = [source for source, _ in jobs]
    target = next(target for _, target in jobs).parent
    command = [sys.executable, "-m", "portrait_atelier.core.cli", "apply", "-s", style, "--workers", "1"]
    running = [
        subprocess.Popen([*command, "-o", str(target / str(part)), *map(str, sources[part::CORES])])
        for part in range(CORES)
    ]
    if any([process.wait() for process in running]):
        raise SystemExit("a part failed")


def by_magick(jobs: Iterable[Job], hald: str) -> None:
    """Start ImageMagick for each photo, as many at once as there are cores, each on one thread."""
    environment = {**os.environ, "MAGICK_THREAD_LIMIT": "1"}

    def one(job: Job) -> None:
        command = ["convert", str(job[0]), hald, "-hald-clut", str(job[1])]
        subprocess.run(command, check=True, env=environment)

    _all(ThreadPoolExecutor(CORES), one, jobs)


def by_matcher(jobs: Iterable[Job], reference: str) -> None:
    """Give each photo the colors of one, by color-matcher's MKL."""
    _all(ProcessPoolExecutor(CORES), partial(_matched, reference), jobs)


def _matched(reference: str, job: Job) -> None:
    import numpy as np
    from color_matcher import ColorMatcher
    from color_matcher.normalizer import Normalizer

    photo, wanted = (np.asarray(Image.open(path).convert("RGB")) for path in (job[0], reference))
    result = ColorMatcher().transfer(src=photo, ref=wanted, method="mkl")
    Image.fromarray(Normalizer(result).uint8_norm()).save(job[1], quality=92)


def _all(pool: Executor, work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    with pool:
        list(pool.map(work, jobs))


def _by_pillow(job: Job) -> None:
    with Image.open(job[0]) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        sampling = JpegImagePlugin.get_sampling(image)
        image.save(job[1], "JPEG", qtables=image.quantization, subsampling=sampling)


def _by_codec(job: Job) -> None:
    """Decode and encode with the same calls as we do, and nothing between."""
    from portrait_atelier.core.imaging.files.jpeg_pixels import decode_pixels, image_of

    data = job[0].read_bytes()
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        pixels, sampling = decode_pixels(image, data), JpegImagePlugin.get_sampling(image)
        image_of(pixels).save(job[1], "JPEG", qtables=image.quantization, subsampling=sampling)


def _over(num_threads: int, work: Callable[[Job], None]) -> Callable[[Iterable[Job], str], None]:
    return lambda jobs, _: _all(ThreadPoolExecutor(num_threads), work, jobs)


WAYS: dict[str, Callable[[Iterable[Job], str], None]] = {
    "calls": by_calls,
    "python": by_python,
    "halves": by_halves,
    "magick": by_magick,
    "matcher": by_matcher,
    "pillow": _over(CORES, _by_pillow),
    "pillow1": _over(1, _by_pillow),
    "codec": _over(CORES, _by_codec),
    "codec1": _over(1, _by_codec),
}

if __name__ == "__main__":
    main()
