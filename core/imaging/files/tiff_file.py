"""TIFF files of every depth, compression and byte order, with profile, EXIF, XMP and IPTC."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from ...errors import PhotoError
from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks
from .exif import DAMAGED_EXIF, byte_order, first_directory, resolution_of
from .iptc import iptc_of_resources, resources_with_iptc, without_iptc, without_thumbnails
from .tiff_directory import (
    IPTC,
    RESOURCES,
    XMP,
    Directory,
    Value,
    add_to_tiff,
    described,
    exif_of_tiff,
    is_descriptive,
    is_kept,
    read_directory,
)

_PROFILE, _DNG_VERSION, _PALETTE = 34675, 50706, 320
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE_COLOR, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_RAW_PHOTOMETRICS = (32803, 34892)
_JPEG_COMPRESSIONS = (6, 7)
_COMPRESSIONS = {1: "none", 5: "lzw"}
_BUFFER = 16 << 20  # bytes of compressed pixels that are read at once
_MOST_PAGES = 100
_REDUCED = 1  # bit of NewSubfileType: a reduced copy of another page
_PROBES, _PROBE_BYTES = 8, 1 << 20


def read_tiff(path: Path, *, max_megapixels: float) -> Photo:
    """Read the first picture of a TIFF, without applying its orientation.

    Args:
        path: a file whose content is TIFF.
        max_megapixels: limit, checked before decoding.

    Raises:
        PhotoError: unsupported, too large, or damaged.
    """
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        _check(path, page, max_megapixels)
        checks.check_plausible(path, sum(page.databytecounts), page.nbytes)
        if any(
            start + size > file.filehandle.size
            for start, size in zip(page.dataoffsets, page.databytecounts, strict=True)
        ):
            raise ValueError(Text("its pixels end early"))
        notes = []
        if sum(not (other.subfiletype & _REDUCED) for other in pages_of(file)) > 1:
            notes.append(Text("holds more than one page; the first is used, the others are not kept"))
        pixels, alpha = _channels(path, page, notes)
        metadata = _metadata(path, page, notes)
        profile = _bytes(page, _PROFILE)
        kind = _COMPRESSIONS.get(int(page.compression), "deflate")
        extra = _kind_of_alpha(page)
    if alpha is not None and extra == 1:
        pixels = _divided(pixels, alpha)
    encoding = Encoding(compression=kind, extra_sample=extra, lossless=True)
    return Photo(pixels, alpha, profile, metadata, encoding, path, "TIFF", tuple(notes))


def pages_of(file: tifffile.TiffFile) -> Iterator[Any]:
    """Yield the pages of a file, the first hundred at most, up to one that was there: damaged files go in a circle."""
    seen = set[int]()
    for page in islice(file.pages, _MOST_PAGES):
        if page.offset in seen:
            return
        seen.add(page.offset)
        yield page


def write_tiff(photo: Photo, path: Path) -> list[Text]:
    """Write a photo as TIFF.

    Args:
        photo: to write.
        path: replaced if it exists.

    Returns:
        Notes on what TIFF cannot store.
    """
    metadata = photo.metadata
    order = byte_order(metadata.exif) if metadata.exif else "<"
    options: dict[str, Any] = {"photometric": "minisblack" if photo.is_gray else "rgb", "byteorder": order}
    pixels = photo.pixels
    if photo.alpha is not None:
        color = _multiplied(pixels, photo.alpha) if photo.encoding.extra_sample == 1 else pixels
        pixels = np.dstack([color, photo.alpha])
        options["extrasamples"] = [photo.encoding.extra_sample]
    if photo.encoding.compression != "none":
        names = {"lzw": "lzw", "deflate": "adobe_deflate"}
        options |= {"compression": names[photo.encoding.compression], "predictor": True}
    resolution = (resolution_of(metadata.exif) if metadata.exif else None) or metadata.resolution
    if resolution:
        options |= {"resolution": resolution, "resolutionunit": "inch"}
    if photo.profile:
        options["iccprofile"] = photo.profile
    try:
        tifffile.imwrite(path, pixels, metadata=None, software=False, planarconfig="contig", **options)
    except OSError as error:
        if error.errno is None:
            _raise_cause(path)
        raise
    return _append_metadata(path, metadata)


def _raise_cause(path: Path) -> None:
    """Raise why a file could not be written to its end, which numpy does not tell, by writing on."""
    with path.open("ab", buffering=0) as file:
        for _ in range(_PROBES):
            file.write(bytes(_PROBE_BYTES))


def _check(path: Path, page: Any, max_megapixels: float) -> None:
    if _DNG_VERSION in page.tags or int(page.photometric) in _RAW_PHOTOMETRICS:
        raise PhotoError(
            "{path}: is a camera's RAW file under the name of a TIFF (wrong suffix); rename it to {better}",
            path=path,
            better=path.with_suffix(".dng").name,
        )
    checks.check_size(path, page.imagewidth, page.imagelength, max_megapixels)
    if page.photometric == _CMYK:
        raise checks.cmyk_error(path)
    is_packed_ycbcr = page.photometric == _YCBCR and int(page.compression) in _JPEG_COMPRESSIONS
    if page.photometric not in (_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE_COLOR) and not is_packed_ycbcr:
        name = getattr(page.photometric, "name", page.photometric)
        raise PhotoError(
            "{path}: has colors of the kind {kind} (gray or RGB is needed); save it as RGB", path=path, kind=name
        )
    if page.dtype is None or page.dtype.kind not in "buf" or page.dtype.itemsize > (8 if page.dtype.kind == "f" else 2):
        name = page.dtype.name if page.dtype is not None else "unknown"
        raise PhotoError(
            "{path}: has pixels of the kind {kind} (8 or 16 bits, or float, are needed); save it as 16-bit",
            path=path,
            kind=name,
        )


def _channels(path: Path, page: Any, notes: list[Text]) -> tuple[np.ndarray, np.ndarray | None]:
    data = page.asarray(buffersize=_BUFFER)
    if page.axes.startswith("S"):
        data = np.moveaxis(data, 0, -1)
    data = data.reshape(page.imagelength, page.imagewidth, -1)
    if page.photometric == _PALETTE_COLOR:
        return _from_palette(page, data[..., 0]), None
    data = _at_full_range(data, page, notes)
    num_colors = 1 if page.photometric in (_MIN_IS_WHITE, _MIN_IS_BLACK) else 3
    if data.shape[2] < num_colors:
        raise PhotoError(
            "{path}: has {channels} channels (gray or RGB is needed); save it as RGB", path=path, channels=data.shape[2]
        )
    color = np.ascontiguousarray(data[..., 0] if num_colors == 1 else data[..., :3])
    if page.photometric == _MIN_IS_WHITE:
        color = (1 if color.dtype == np.float32 else np.iinfo(color.dtype).max) - color
    if data.shape[2] > num_colors + 1:
        notes.append(Text("holds more channels than color and transparency; the others are not kept"))
    has_alpha = data.shape[2] > num_colors
    return color, np.ascontiguousarray(data[..., num_colors]) if has_alpha else None


def _at_full_range(data: np.ndarray, page: Any, notes: list[Text]) -> np.ndarray:
    if data.dtype.kind == "f":
        if data.dtype != np.float32:
            notes.append(Text("its {bits}-bit floats become 32-bit floats", bits=data.dtype.itemsize * 8))
        data = data.astype(np.float32, copy=False)
        if not np.isfinite(data).all():
            notes.append(Text("some pixels are no numbers; they become black"))
            data = np.nan_to_num(data, nan=0, posinf=0, neginf=0)
        return data
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    dtype = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    data = data.astype(dtype, copy=False)  # in this computer's byte order
    if bits in (8, 16):
        return data
    scaled = data.astype(np.float32) * (np.iinfo(dtype).max / (2**bits - 1))
    return np.rint(scaled).astype(dtype)


def _from_palette(page: Any, index: np.ndarray) -> np.ndarray:
    colors = np.asarray(page.tags[_PALETTE].value, np.uint16).reshape(3, -1).T
    if colors.max() > 255:  # some writers use 8 bits only
        colors = colors >> 8
    return colors.astype(np.uint8)[index]


def _divided(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Divide by alpha; fully transparent pixels stay unchanged."""
    white = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    result = pixels.copy()
    for row, opacity in zip(result, alpha, strict=True):
        seen = opacity > 0
        share = opacity[seen].astype(np.float64) / white
        straight = row[seen] / (share if row.ndim == 1 else share[:, None])
        row[seen] = straight if pixels.dtype == np.float32 else np.rint(straight).clip(0, white)
    return result


def _multiplied(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    white = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    result = pixels.copy()
    for row, opacity in zip(result, alpha, strict=True):
        share = opacity.astype(np.float64) / white
        product = row * (share if row.ndim == 1 else share[:, None])
        seen = opacity > 0
        row[seen] = (product if pixels.dtype == np.float32 else np.rint(product))[seen]
    return result


def _kind_of_alpha(page: Any) -> int:
    if not page.extrasamples:
        return 2
    kind = int(page.extrasamples[0])
    return kind if kind in (0, 1, 2) else 0


def _metadata(path: Path, page: Any, notes: list[Text]) -> Metadata:
    if others := [tag.name for tag in page.tags if not is_kept(tag.code)]:
        notes.append(checks.left_out([f"TIFF {name}" for name in dict.fromkeys(others)]))
    exif = _exif(path, page, notes) if any(is_descriptive(tag.code) for tag in page.tags) else None
    resources = without_thumbnails(_bytes(page, RESOURCES) or b"")
    if iptc := _bytes(page, IPTC):
        resources = resources_with_iptc(resources, iptc)
    return Metadata(exif, _bytes(page, XMP), resources or None, _resolution(page))


def _exif(path: Path, page: Any, notes: list[Text]) -> bytes | None:
    if not page.parent.is_bigtiff:
        with (
            suppress(*DAMAGED_EXIF),
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as block,
        ):
            return exif_of_tiff(block)  # pyright: ignore[reportArgumentType]
    notes.append(Text("its EXIF cannot be read and was left out"))
    return None


def _bytes(page: Any, tag: int) -> bytes | None:
    if tag not in page.tags:
        return None
    value = page.tags[tag].value
    if isinstance(value, bytes):
        return value
    kind = {3: "H", 4: "I"}.get(int(page.tags[tag].dtype), "B")
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(number, int) for number in numbers):
        return None
    return struct.pack(f"{page.parent.byteorder}{len(numbers)}{kind}", *numbers)


def _resolution(page: Any) -> tuple[float, float] | None:
    scale = {2: 1.0, 3: 2.54}.get(int(page.resolutionunit))
    if scale is None or 282 not in page.tags or 283 not in page.tags:
        return None
    across, down = page.resolution
    return (across * scale, down * scale) if across > 0 and down > 0 else None


def _append_metadata(path: Path, metadata: Metadata) -> list[Text]:
    values: dict[int, Value] = {}
    added = Directory()
    if metadata.exif:
        added = described(read_directory(metadata.exif, first_directory(metadata.exif)))
        values |= added.values
    for tag, kind, data in (
        (XMP, 1, metadata.xmp),
        (IPTC, 7, iptc_of_resources(metadata.resources or b"")),
        (RESOURCES, 7, without_iptc(metadata.resources or b"")),  # IPTC has a tag of its own
    ):
        if data:
            values[tag] = Value(kind, len(data), data)
    if not values and not added.children:
        return []
    with path.open("r+b") as file:
        if file.read(4)[2:].strip(b"\0") != b"*":
            return [Text("EXIF, XMP and IPTC were left out: the file is larger than 4 GB")]
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as block:
            order = byte_order(block[:4])
            base, packed = add_to_tiff(block, Directory(values, added.children))  # pyright: ignore[reportArgumentType]
        file.seek(0, 2)
        file.write(b"\0" * (base - file.tell()) + packed)
        file.seek(4)
        file.write(struct.pack(order + "I", base))
    return []
