"""Damaged files by the thousand, each read as users would; a program, so that a crash or a hang is one of its own.

python fuzzing.py FOLDER FIRST COUNT: reads mutants FIRST to FIRST + COUNT - 1 of the files in FOLDER, writes a line of
JSON, and exits with 1 if one of them was met by anything but a result or an AtelierError. The same number is the same
mutant; what was read last is in FOLDER/last.
"""

import json
import resource
import struct
import sys
import time
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo, read_proxy
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.tables.reading import read_color_table
from portrait_atelier.core.styles.style_file import load_style

TABLES = (".cube", ".3dl", ".csp", ".spi1d", ".spi3d")
WORDS = (
    b"nan",
    b"inf",
    b"-1",
    b"0",
    b"1e309",
    b"99999999",
    b"99999999999999999999",
    b"LUT_3D_SIZE 65",
    b"\xff",
    b"\0",
    b"\n",
)
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 16000, 65535 << 16)
Mutation = Callable[[bytearray, np.random.Generator], None]


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """An offset; half of them in the first part, where the headers are."""
    return int(rng.integers(min(len(data), 1024) if rng.random() < 0.5 else len(data)))


def flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 9))):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def set_bytes(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 5))):
        at = _place(data, rng)
        size = int(rng.integers(1, 16))
        data[at : at + size] = rng.bytes(size)


def set_numbers(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        form = str(rng.choice([">H", "<H", ">I", "<I"]))
        at, size = _place(data, rng), struct.calcsize(form)
        value = int(rng.choice(EXTREMES)) & ((1 << 8 * size) - 1)
        data[at : at + size] = struct.pack(form, value)


def cut_off(data: bytearray, rng: np.random.Generator) -> None:
    del data[_place(data, rng) :]


def take_out(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 200))]


def repeat(data: bytearray, rng: np.random.Generator) -> None:
    at, size = _place(data, rng), int(rng.integers(1, 400))
    data[at:at] = data[at : at + size] * int(rng.integers(1, 20))


def swap(data: bytearray, rng: np.random.Generator) -> None:
    first, second, size = _place(data, rng), _place(data, rng), int(rng.integers(1, 100))
    part = bytes(data[first : first + size])
    data[second : second + len(part)] = part


def set_words(data: bytearray, rng: np.random.Generator) -> None:
    """Exchange a word of a text; of other files, bytes."""
    at = _place(data, rng)
    begin = max(data.rfind(space, 0, at) for space in b" \n\t") + 1
    end = min((found for found in (data.find(space, at) for space in b" \n") if found >= 0), default=at)
    data[begin : min(end, begin + 40)] = WORDS[int(rng.integers(len(WORDS)))]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    set_bytes,
    set_numbers,
    set_numbers,
    cut_off,
    take_out,
    repeat,
    swap,
    set_words,
)


def mend_png(data: bytearray) -> None:
    """Set the checksums of a PNG right, so that what they protect is reached."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            return
        struct.pack_into(">I", data, at + 8 + length, zlib.crc32(data[at + 4 : at + 8 + length]))
        at += 12 + length


def mutant(number: int, sources: list[Path]) -> tuple[Path, bytes]:
    """Return a source, and its mutant of this number."""
    rng = np.random.default_rng(number)
    source = sources[number % len(sources)]
    data = bytearray(source.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        if len(data) > 1:
            MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng)
    if source.suffix == ".png" and rng.random() < 0.7:
        mend_png(data)
    return source, bytes(data)


def read_as_photo(path: Path, number: int) -> None:
    """Read a photo, or its proxy, and write it again."""
    if number % 5 == 0:
        read_proxy(path)
        return
    photo = read_photo(path)
    if photo.pixels.size < 1 << 20:
        suffix = (".jpg", ".png", ".tif", ".webp")[number % 4]
        write_photo(photo, path.with_name(f"written{suffix}"), overwrite=True)


def read(path: Path, source: Path, number: int) -> None:
    """Read a file as what its source is."""
    if path.suffix in (".safetensors", ".zip"):
        load_style(path)
    elif path.suffix in TABLES or source.stem == "hald":
        read_color_table(path)
    else:
        read_as_photo(path, number)


def peak_megabytes() -> float:
    """The most memory that this program ever had."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage counts what the process had been before it became this program
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> int:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sources = sorted((folder / "sources").iterdir())
    for source in sources:  # libraries are loaded, and caches filled
        read(source, source, 1)
    base = peak = peak_megabytes()
    told = {"read": 0, "refused": 0, "slowest": 0.0, "growth": 0.0}
    failures = []
    for number in range(first, first + count):
        source, data = mutant(number, sources)
        path = folder / f"mutant{source.suffix}"
        path.write_bytes(data)
        (folder / "last").write_text(f"{number} {source.name}")
        begun = time.monotonic()
        try:
            read(path, source, number)
            told["read"] += 1
        except AtelierError:
            told["refused"] += 1
        except Exception:  # noqa: BLE001 - whatever a user would see as a traceback
            failures.append(f"{number} {source.name}: {traceback.format_exc()}")
        told["slowest"] = max(told["slowest"], time.monotonic() - begun)
        if peak_megabytes() > peak + 20:
            peak = peak_megabytes()
            told[f"{number} {source.name}"] = round(peak - base)
    told["growth"] = peak_megabytes() - base
    sys.stdout.write(json.dumps(told | {"failures": failures}))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
