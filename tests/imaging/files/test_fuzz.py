"""Damaged files are refused in words, or read: no traceback, no crash, no hang, no flood of memory, no chatter.

ATELIER_FUZZ_MUTANTS is how many there are; ATELIER_FUZZ_FIRST the number of the first.
"""

import importlib.util
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from metadata_cases import SUFFIXES, Source, write_source
from photo_files import exif_block, iptc_resources, jpeg_segment, smooth
from PIL import Image
from portrait_atelier.core.imaging.photo import Metadata
from portrait_atelier.core.styles.library import list_styles
from raw_files import write_dng
from table_files import lattice, write_cube_1d, write_cube_3d, write_cube_shaper, write_hald
from test_metadata_table import PACKET
from test_png_color import LEVELS, LIGHT, P3_CODES, gama, iccp
from test_told import GAIN_MAP_XMP, XMP_START, png_with, tiff_with

pytest.importorskip("resource")
TESTS = Path(__file__).resolve().parents[2]
NUM_MUTANTS = int(os.environ.get("ATELIER_FUZZ_MUTANTS", "400"))
FIRST = int(os.environ.get("ATELIER_FUZZ_FIRST", "0"))
MOST_GROWTH = 250  # MB
KINDS = [
    Source("JPEG", 8, 3, "p3"),
    Source("JPEG", 8, 1, "gray"),
    Source("PNG", 8, 4, "p3"),
    Source("PNG", 16, 1, "gray"),
    Source("TIFF", 8, 3, "p3"),
    Source("TIFF", 16, 4, "p3"),
    Source("TIFF", 32, 1, "gray"),
    Source("WebP", 8, 4, "p3"),
    Source("AVIF", 8, 3, "p3"),
    Source("AVIF", 10, 3, "srgb"),
    Source("HEIC", 8, 3, "p3"),
]
PACKAGES = {"HEIC": "pillow_heif", "AVIF": "PIL._avif"}


def _write_sources(folder: Path) -> None:
    metadata = Metadata(exif_block(6, thumbnail=b"thumbnail"), PACKET, iptc_resources(), (240.0, 240.0))
    for kind in KINDS:
        if kind.file_format not in PACKAGES or importlib.util.find_spec(PACKAGES[kind.file_format]):
            write_source(kind, folder / f"{kind.name}{SUFFIXES[kind.file_format]}", metadata)
    picture = Image.fromarray(smooth(64, 64))
    buffer = io.BytesIO()
    extra = jpeg_segment(0xE1, XMP_START + GAIN_MAP_XMP) + jpeg_segment(0xE2, b"MPF\0" + bytes(60))
    picture.save(buffer, "JPEG", progressive=True, extra=extra)
    (folder / "ultra.jpg").write_bytes(buffer.getvalue() * 2)
    (folder / "colors.png").write_bytes(png_with((b"cICP", P3_CODES), LIGHT, LEVELS, iccp(b"x" * 200), gama(1.0)))
    picture.quantize(16).save(folder / "palette.png", bits=4, transparency=1)
    picture.save(folder / "lossy.webp", quality=50)
    picture.quantize(16).save(folder / "palette.tif")
    tiff_with(folder / "big.tif", (315, "s", 0, "Somebody"), bigtiff=True, compression="zlib", predictor=True)
    tifffile.imwrite(folder / "tiles.tif", smooth(64, 64), photometric="rgb", tile=(16, 16), compression="lzw")
    tifffile.imwrite(folder / "jpeg.tif", smooth(64, 64), photometric="ycbcr", compression="jpeg")
    (folder / "deep.png").write_bytes(imagecodecs.png_encode(smooth(64, 64).astype(np.uint16) * 257))
    if importlib.util.find_spec("rawpy"):
        write_dng(folder / "camera.dng", smooth(64, 64) / 255.0)
    write_cube_3d(folder / "film.cube", 5)
    write_cube_shaper(folder / "shaper.cube", 50, 4)
    write_cube_1d(folder / "curve.cube", 40)
    write_hald(folder / "hald.png", 2)
    rows = "0 0 0\n0 0 1\n0 1 0\n0 1 1\n1 0 0\n1 0 1\n1 1 0\n1 1 1\n"
    places = "".join(f"{row} {row}\n" for row in rows.splitlines())
    (folder / "film.csp").write_text("CSPLUTV100\n3D\n" + "2\n0 1\n0 1\n" * 3 + "2 2 2\n" + rows)
    (folder / "film.spi3d").write_text("SPILUT 1.0\n3 3\n2 2 2\n" + places)
    deep = "".join(" ".join(str(round(value * 4095)) for value in row) + "\n" for row in lattice(5).reshape(-1, 3))
    (folder / "film.3dl").write_text(f"3DMESH\nMesh 2 12\n0 256 512 767 1023\n{deep}")
    bundled = sorted(
        (entry for entry in list_styles() if entry.origin == "bundled"), key=lambda entry: entry.path.stat().st_size
    )
    shutil.copyfile(bundled[0].path, folder / "style.safetensors")
    for name, method in {"stored": zipfile.ZIP_STORED, "packed": zipfile.ZIP_LZMA}.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w", method) as zipped:
            zipped.write(bundled[0].path, "für alle/style.safetensors")


def test_damaged_files_do_no_harm(tmp_path):
    (tmp_path / "sources").mkdir()
    _write_sources(tmp_path / "sources")
    command = [sys.executable, str(TESTS / "fuzzing.py"), str(tmp_path), str(FIRST), str(NUM_MUTANTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (tmp_path / "last").read_text() if (tmp_path / "last").exists() else "none"
    assert done.stdout, f"ended by {done.returncode} at mutant {last}: {done.stderr[-2000:]}"
    told = json.loads(done.stdout)
    assert told["failures"] == []
    assert told["growth"] < MOST_GROWTH, told
    assert [line for line in done.stderr.splitlines() if "mutant" not in line] == []  # LibRaw names the file
    assert told["read"] + told["refused"] == NUM_MUTANTS
    logging.getLogger(__name__).info("%s", told)
