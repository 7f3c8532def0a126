"""Color tables as looks, beside ImageMagick, ffmpeg and colour-science: `python benchmarks/color_tables.py`.

Tables are made by code, written as files, and given to a 16-bit picture (the astronaut beside random colors) by us and
by the peer that reads them. Times are of whole commands, from file to file, at the size that is asked for.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.tables.reading import read_color_table
from render_cells import make_photo
from report import machine_line, table_text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from table_files import write_cube_1d, write_cube_3d, write_cube_shaper, write_hald

_TIMED = ("c33.cube", "c65.cube", "d1024.cube", "shaper.cube", "h8-16.png")
Peer = Callable[[Path, Path, Path], None]  # photo, table, result


@dataclass(frozen=True)
class Case:
    """One table: how it is written, and who reads it beside us."""

    name: str
    file: str
    write: Callable[[Path], object]
    peer: str


def cases() -> list[Case]:
    """All tables."""
    found = [Case(f"cube 3D {n}", f"c{n}.cube", partial(write_cube_3d, size=n), "ffmpeg lut3d") for n in (17, 33, 65)]
    found += [Case(f"cube 1D {n}", f"d{n}.cube", partial(write_cube_1d, count=n), "ffmpeg lut1d") for n in (256, 1024)]
    wide, below = partial(write_cube_3d, size=33, high=1.5), partial(write_cube_3d, size=33, low=-0.25, high=1.25)
    shaper = partial(write_cube_shaper, count=1024, size=33)
    found += [
        Case("cube 3D 33, domain 0 to 1.5", "wide.cube", wide, "ffmpeg lut3d"),
        Case("cube 3D 33, domain -0.25 to 1.25", "below.cube", below, "colour-science"),  # ffmpeg takes 0 for the first
        Case("cube shaper 1024 + 3D 33", "shaper.cube", shaper, "colour-science"),
    ]
    for level in (4, 8, 12):
        for dtype in (np.uint8, np.uint16):
            bits = 8 * np.dtype(dtype).itemsize
            write = partial(write_hald, level=level, dtype=dtype)
            found.append(Case(f"HaldCLUT level {level}, {bits} bits", f"h{level}-{bits}.png", write, "ImageMagick"))
    return found


def peers() -> dict[str, Peer]:
    """The programs that are here."""
    found: dict[str, Peer] = {}
    if shutil.which("ffmpeg"):
        found["ffmpeg lut3d"] = _by_ffmpeg("lut3d", "tetrahedral")
        found["ffmpeg lut1d"] = _by_ffmpeg("lut1d", "linear")
    for program in ("magick", "convert-im6.q16", "convert"):
        if shutil.which(program) and "Version: ImageMagick" in _output(program, "-version"):
            found["ImageMagick"] = _by_image_magick(program)
            break
    try:
        import colour  # noqa: F401
    except ImportError:
        return found
    found["colour-science"] = _by_colour
    return found


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _by_ffmpeg(kind: str, interpolation: str) -> Peer:
    def run(photo: Path, table: Path, result: Path) -> None:
        filters = f"format=gbrp16le,{kind}={table.name}:interp={interpolation},format=rgb48be"
        command = ["ffmpeg", "-y", "-v", "error", "-i", photo.name, "-vf", filters, result.name]
        subprocess.run(command, cwd=photo.parent, check=True)

    return run


def _by_image_magick(program: str) -> Peer:
    def run(photo: Path, table: Path, result: Path) -> None:
        subprocess.run([program, str(photo), str(table), "-hald-clut", "-depth", "16", str(result)], check=True)

    return run


def _by_colour(photo: Path, table: Path, result: Path) -> None:
    import colour

    reader = colour.io.read_LUT_ResolveCube if "shaper" in table.name else colour.io.read_LUT_IridasCube
    read = reader(str(table))
    colors = read_photo(photo).pixels / 65535
    for part in read if isinstance(read, colour.LUTSequence) else [read]:
        option = {"interpolator": colour.algebra.table_interpolation_tetrahedral} if part.table.ndim == 4 else {}
        colors = part.apply(colors, **option)
    write_photo(Photo(pixels=(colors.clip(0, 1) * 65535).round().astype(np.uint16)), result, overwrite=True)


def _ours(photo: Path, table: Path, result: Path) -> None:
    pixels = render(read_photo(photo).pixels, read_color_table(table).look())
    write_photo(Photo(pixels=pixels), result, overwrite=True)


def _row(case: Case, peer: Peer | None, photo: Path, folder: Path) -> list[str]:
    table, own, theirs = folder / case.file, folder / "ours.png", folder / "theirs.png"
    if peer is None:
        return [case.name, case.peer, "not here", "", ""]
    _ours(photo, table, own)
    peer(photo, table, theirs)
    found, expected = (read_photo(path).pixels.astype(np.float64) / 257 for path in (own, theirs))
    away = np.abs(found - expected)
    size = read_color_table(table).size
    return [case.name, case.peer, str(size), f"{away.mean():.4f}", f"{away.max():.3f}"]


def _seconds(run: Callable[[], object], repeats: int) -> float:
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return min(found)


def _times(every: list[Case], there: dict[str, Peer], megapixels: float, repeats: int, folder: Path) -> list[list[str]]:
    """Seconds from file to file of whole programs, and of our renderer alone."""
    photo = folder / "large.png"
    pixels = make_photo(megapixels, "smooth", np.uint16)
    write_photo(Photo(pixels=pixels), photo, overwrite=True)
    rows = []
    for case in every:
        table, look = folder / case.file, read_color_table(folder / case.file).look()
        render(pixels[:64], look)  # compiles and loads
        alone = _seconds(lambda look=look: render(pixels, look), repeats)
        command = [sys.executable, "-m", "portrait_atelier.core.cli", "apply", str(photo), "-s", str(table), "-o"]
        command += [str(folder / "ours.png"), "--overwrite"]
        whole = _seconds(lambda command=command: subprocess.run(command, check=True, capture_output=True), repeats)
        peer = there.get(case.peer)
        theirs = "not here"
        if peer is not None and case.peer != "colour-science":
            run = lambda peer=peer, table=table: peer(photo, table, folder / "theirs.png")  # noqa: E731
            theirs = f"{_seconds(run, repeats):.2f}"
        elif peer is not None:
            theirs = "-"
        rows.append([case.name, f"{1000 * alone:.0f}", f"{whole:.2f}", case.peer, theirs])
    return rows


def main() -> None:
    """Print how far we are from each peer, and how long both take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    there, every = peers(), cases()
    print(machine_line("numpy", "numba", "colour-science"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in every:
            case.write(folder / case.file)
        astronaut = make_photo(0.25, "smooth", np.uint16)
        noise = np.random.default_rng(0).integers(0, 65536, astronaut.shape).astype(np.uint16)
        write_photo(Photo(pixels=np.concatenate([astronaut, noise], 1)), folder / "photo.png")
        rows = [_row(case, there.get(case.peer), folder / "photo.png", folder) for case in every]
        print("\n" + table_text(["differences, of 255", "peer", "points", "mean", "largest"], rows))
        chosen = [
            case for case in every if case.file in ("c33.cube", "c65.cube", "d1024.cube", "shaper.cube", "h8-16.png")
        ]
        timed = _times(chosen, there, options.megapixels, options.repeats, folder)
        heading = f"{options.megapixels:g} MP, 16-bit PNG to PNG"
        print("\n" + table_text([heading, "rendering, ms", "atelier apply, s", "peer", "peer, s"], timed))


if __name__ == "__main__":
    main()
