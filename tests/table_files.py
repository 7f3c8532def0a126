"""Color tables made by code, as files, and what other programs make of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.color_tables import table_colors

Colors = Callable[[np.ndarray], np.ndarray]


def film(colors: np.ndarray) -> np.ndarray:
    """A film: more chroma, a curve of contrast, warm whites, faded blacks."""
    colors = np.asarray(colors, np.float64).clip(0, 1)
    luma = (colors @ [0.3, 0.6, 0.1])[..., None]
    vivid = (colors + 0.2 * (colors - luma)).clip(0, 1)
    toned = 0.6 * vivid**2 * (3 - 2 * vivid) + 0.4 * vivid**0.8
    return (0.03 + 0.94 * toned * [1.02, 0.98, 0.92]).clip(0, 1)


def curve_rows(count: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """(count, 3): a curve for each channel at even steps."""
    steps = np.linspace(low, high, count).clip(0, None)
    return np.stack([steps**0.45, steps**1.3 * 0.9, 0.1 + 0.8 * steps], 1)


def lattice(size: int, low: float = 0.0, high: float = 1.0, colors: Colors = film) -> np.ndarray:
    """(size, size, size, 3) float64 of a table with a domain, indexed [r, g, b]."""
    return colors(low + table_colors(size).astype(np.float64) * (high - low))


def rows_text(rows: np.ndarray) -> str:
    return "".join(" ".join(f"{value:.7f}" for value in row) + "\n" for row in rows.reshape(-1, rows.shape[-1]))


def red_first(values: np.ndarray) -> np.ndarray:
    return values.transpose(2, 1, 0, 3).reshape(-1, 3)


def write_cube_3d(path: Path, size: int = 9, *, head: str = "", low: float = 0.0, high: float = 1.0) -> Path:
    domain = "" if (low, high) == (0, 1) else f"DOMAIN_MIN {low} {low} {low}\nDOMAIN_MAX {high} {high} {high}\n"
    body = rows_text(red_first(lattice(size, low, high)))
    path.write_text(f'TITLE "A film"\n{head}LUT_3D_SIZE {size}\n{domain}\n{body}', encoding="utf-8")
    return path


def write_cube_1d(path: Path, count: int = 256, *, low: float = 0.0, high: float = 1.0) -> Path:
    domain = "" if (low, high) == (0, 1) else f"DOMAIN_MIN {low} {low} {low}\nDOMAIN_MAX {high} {high} {high}\n"
    path.write_text(f"LUT_1D_SIZE {count}\n{domain}{rows_text(curve_rows(count, low, high))}", encoding="utf-8")
    return path


def write_cube_shaper(path: Path, count: int = 1000, size: int = 9) -> Path:
    """As DaVinci Resolve writes: curves over 0 to 1, then a table over their results."""
    ranges = "LUT_1D_INPUT_RANGE 0.0 1.0\nLUT_3D_INPUT_RANGE 0.0 1.0\n"
    head = f"LUT_1D_SIZE {count}\nLUT_3D_SIZE {size}\n{ranges}"
    path.write_text(head + rows_text(curve_rows(count)) + rows_text(red_first(lattice(size))), encoding="utf-8")
    return path


def write_hald(path: Path, level: int = 4, dtype: type = np.uint8) -> Path:
    limit = np.iinfo(dtype).max
    pixels = (red_first(lattice(level**2)) * limit).round().astype(dtype).reshape(level**3, level**3, 3)
    write_photo(Photo(pixels=pixels), path)
    return path


def sample_photo(seed: int = 0) -> np.ndarray:
    """(64, 96, 3) uint16: random colors, and ramps to both ends."""
    pixels = np.random.default_rng(seed).integers(0, 65536, (64, 96, 3)).astype(np.uint16)
    pixels[:8] = np.linspace(0, 65535, 96).astype(np.uint16)[:, None]
    return pixels


def image_magick() -> str:
    """Return ImageMagick's program; skip the test where there is none."""
    for name in ("magick", "convert-im6.q16", "convert"):
        found = shutil.which(name)
        if found is not None:
            run = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
            if "Version: ImageMagick" in run.stdout and "Q16" in run.stdout:
                return found
    pytest.skip("ImageMagick is not installed, or has less than 16 bits")


def by_image_magick(pixels: np.ndarray, hald: Path, folder: Path) -> np.ndarray:
    """Apply a HaldCLUT by ImageMagick, which interpolates linearly along each axis."""
    write_photo(Photo(pixels=pixels), folder / "in.png", overwrite=True)
    command = [image_magick(), folder / "in.png", hald, "-hald-clut", "-depth", "16", folder / "out.png"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return read_photo(folder / "out.png").pixels


def by_ffmpeg(pixels: np.ndarray, table: Path, folder: Path, *, is_curve: bool = False) -> np.ndarray:
    """Apply a .cube by ffmpeg, in tetrahedra."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("ffmpeg is not installed")
    write_photo(Photo(pixels=pixels), folder / "in.png", overwrite=True)
    shutil.copy(table, folder / "table.cube")  # a plain name, since the filter's syntax has letters of its own
    filters = "lut1d=table.cube:interp=linear" if is_curve else "lut3d=table.cube:interp=tetrahedral"
    command = [program, "-y", "-v", "error", "-i", "in.png", "-vf", f"format=gbrp16le,{filters},format=rgb48be"]
    subprocess.run([*command, "out.png"], check=True, capture_output=True, cwd=folder)
    return read_photo(folder / "out.png").pixels
