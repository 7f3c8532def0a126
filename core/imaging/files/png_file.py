"""PNG files: pixels by imagecodecs, metadata as chunks that are read and written here."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np

from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks
from .png_color import COLOR_KINDS, holds_color_chunks, usable_colors

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_INCH = 0.0254
_LEVEL_8, _LEVEL_16 = 4, 2  # the low bits of 16 are noise: a higher level takes longer and saves nothing
_MAX_XMP = 4 << 20  # bytes, unpacked; more has been a few kilobytes of one letter
_LONG_XMP = 64 << 10  # bytes from which it is packed
_KEPT_KINDS = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", *COLOR_KINDS}
_OF_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by color type


def read_png(path: Path, *, max_megapixels: float) -> Photo:
    """Read a PNG, without applying its orientation; a palette becomes RGB, fewer than 8 bits become 8.

    Args:
        path: a file whose content is PNG.
        max_megapixels: limit, checked before decoding.

    Raises:
        PhotoError: unsupported, too large, or damaged.
    """
    data = path.read_bytes()
    width, height, depth, kind = struct.unpack_from(">IIBB", data, 16)
    checks.check_size(path, width, height, max_megapixels)
    checks.check_plausible(path, len(data), width * height * _CHANNELS.get(kind, 1) * (2 if depth == 16 else 1))
    chunks, end = _chunks(data)
    if _is_animated(chunks):
        raise checks.animation_error(path)
    if chunks[-1][0] != b"IEND":
        raise ValueError(Text("its end is missing"))
    color, alpha = _split(imagecodecs.png_decode(data))
    first = {kind: body for kind, body in reversed(chunks)}
    resolution = _resolution(first.get(b"pHYs", b""))
    notes = _notes(chunks, resolution is not None, data[end:].rstrip(b"\0"))
    profile, color_chunks = usable_colors(first, is_gray=color.ndim == 2, notes=notes)
    metadata = Metadata(
        exif=first.get(b"eXIf"),
        xmp=_xmp(chunks, notes),
        resolution=resolution,
        text_chunks=_texts(chunks),
        color_chunks=color_chunks,
    )
    return Photo(color, alpha, profile, metadata, Encoding(lossless=True), path, "PNG", tuple(notes))


def write_png(photo: Photo, pixels: np.ndarray, path: Path) -> None:
    """Write a photo as PNG.

    Args:
        photo: its metadata and profile are used, not its pixels.
        pixels: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), uint8 or uint16; alpha last.
        path: replaced if it exists.
    """
    level = _LEVEL_8 if pixels.dtype == np.uint8 else _LEVEL_16
    data = memoryview(imagecodecs.png_encode(pixels, level=level))
    metadata, chunks = photo.metadata, []
    if holds_color_chunks(photo):
        chunks += metadata.color_chunks
    elif photo.profile:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(photo.profile)))
    if metadata.resolution:
        across, down = (round(value / _INCH) for value in metadata.resolution)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    if metadata.xmp:
        is_long = len(metadata.xmp) > _LONG_XMP
        packed_xmp = zlib.compress(metadata.xmp) if is_long else metadata.xmp
        chunks.append((b"iTXt", _XMP_KEYWORD + (b"\0\1\0\0\0" if is_long else b"\0\0\0\0\0") + packed_xmp))
    after_header = 8 + 25  # signature, IHDR
    packed = [_packed(kind, body) for kind, body in chunks]
    with path.open("wb") as file:
        file.writelines([data[:after_header], *packed, metadata.text_chunks, data[after_header:]])


def _split(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    if pixels.ndim == 2:
        return pixels, None
    if pixels.shape[2] == 2:
        return np.ascontiguousarray(pixels[..., 0]), np.ascontiguousarray(pixels[..., 1])
    if pixels.shape[2] == 3:
        return pixels, None
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])


def _chunks(data: bytes) -> tuple[list[tuple[bytes, bytes]], int]:
    """Return the chunks as (kind, body), also of a truncated file, and where they end; IDAT has an empty body."""
    at, kind, chunks = len(_SIGNATURE), b"", list[tuple[bytes, bytes]]()
    while at + 12 <= len(data) and kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        chunks.append((kind, b"" if kind == b"IDAT" else data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks, at


def _packed(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _is_animated(chunks: list[tuple[bytes, bytes]]) -> bool:
    return any(kind == b"acTL" and int.from_bytes(body[:4], "big") > 1 for kind, body in chunks)


def _notes(chunks: list[tuple[bytes, bytes]], has_resolution: bool, rest: bytes) -> list[Text]:
    kept = _KEPT_KINDS | ({b"pHYs"} if has_resolution else set())
    kinds = dict.fromkeys(kind.decode("latin-1") for kind, _ in chunks if kind not in kept | _OF_PIXELS)
    others: list[str] = [f"PNG {name}" for name in kinds]
    if rest:
        size = math.ceil(len(rest) / 1e3)
        others.append(Text("{size:.0f} KB after the picture, a film perhaps", size=size))
    return [checks.left_out(others)] if others else []


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(_XMP_KEYWORD + b"\0")


def _xmp(chunks: list[tuple[bytes, bytes]], notes: list[Text]) -> bytes | None:
    for kind, body in chunks:
        if _is_xmp(kind, body):
            compressed = body[len(_XMP_KEYWORD) + 1] == 1
            text = body[len(_XMP_KEYWORD) + 3 :].split(b"\0", 2)[-1]  # after language and translated keyword
            return _unpacked_xmp(text, notes) if compressed else text
    return None


def _unpacked_xmp(packed: bytes, notes: list[Text]) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, _MAX_XMP)
    except zlib.error:
        notes.append(Text("its XMP is damaged and was left out"))
        return None
    if unpacker.unconsumed_tail:
        notes.append(Text("its XMP is larger than {limit} MB and was left out", limit=_MAX_XMP >> 20))
        return None
    return text


def _texts(chunks: list[tuple[bytes, bytes]]) -> bytes:
    kinds = (b"tEXt", b"zTXt", b"iTXt")
    return b"".join(_packed(kind, body) for kind, body in chunks if kind in kinds and not _is_xmp(kind, body))


def _resolution(body: bytes) -> tuple[float, float] | None:
    if len(body) != 9:
        return None
    across, down, unit = struct.unpack(">IIB", body)
    return (across * _INCH, down * _INCH) if unit == 1 and across and down else None
