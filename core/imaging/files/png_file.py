"""PNG files: pixels by imagecodecs, metadata as chunks that are read and written here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np

from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_INCH = 0.0254
_LEVEL_8, _LEVEL_16 = 4, 2  # the low bits of 16 are noise: a higher level takes longer and saves nothing
_MAX_TEXT = 64 << 20


def read_png(path: Path, *, max_megapixels: float) -> Photo:
    """Read a PNG, without applying its orientation; a palette becomes RGB, fewer than 8 bits become 8.

    Args:
        path: a file whose content is PNG.
        max_megapixels: limit, checked before decoding.

    Raises:
        PhotoError: unsupported, too large, or damaged.
    """
    data = path.read_bytes()
    width, height = struct.unpack_from(">II", data, 16)
    checks.check_size(path, width, height, max_megapixels)
    chunks = list(_chunks(data))
    if _is_animated(chunks):
        raise checks.animation_error(path)
    if chunks[-1][0] != b"IEND":
        raise ValueError(Text("its end is missing"))
    color, alpha = _split(imagecodecs.png_decode(data))
    first = {kind: body for kind, body in reversed(chunks)}
    metadata = Metadata(
        exif=first.get(b"eXIf"),
        xmp=_xmp(chunks),
        resolution=_resolution(first.get(b"pHYs", b"")),
        text_chunks=_texts(chunks),
    )
    return Photo(color, alpha, _profile(first.get(b"iCCP")), metadata, Encoding(lossless=True), path, "PNG")


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
    if photo.profile:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(photo.profile)))
    if metadata.resolution:
        across, down = (round(value / _INCH) for value in metadata.resolution)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    if metadata.xmp:
        chunks.append((b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
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


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks as (kind, body), also of a truncated file; those of pixels have an empty body."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        yield kind, b"" if kind == b"IDAT" else data[at + 8 : at + 8 + length]
        at += 12 + length


def _packed(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _is_animated(chunks: list[tuple[bytes, bytes]]) -> bool:
    return any(kind == b"acTL" and int.from_bytes(body[:4], "big") > 1 for kind, body in chunks)


def _profile(body: bytes | None) -> bytes | None:
    if body is None:
        return None
    try:
        return _inflated(body.split(b"\0", 1)[1][1:])
    except (zlib.error, IndexError):
        return b"damaged"  # reported later as an unusable profile


def _inflated(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed, _MAX_TEXT)


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(_XMP_KEYWORD + b"\0")


def _xmp(chunks: list[tuple[bytes, bytes]]) -> bytes | None:
    for kind, body in chunks:
        if _is_xmp(kind, body):
            compressed = body[len(_XMP_KEYWORD) + 1] == 1
            text = body[len(_XMP_KEYWORD) + 3 :].split(b"\0", 2)[-1]  # after language and translated keyword
            return _inflated(text) if compressed else text
    return None


def _texts(chunks: list[tuple[bytes, bytes]]) -> bytes:
    kinds = (b"tEXt", b"zTXt", b"iTXt")
    return b"".join(_packed(kind, body) for kind, body in chunks if kind in kinds and not _is_xmp(kind, body))


def _resolution(body: bytes) -> tuple[float, float] | None:
    if len(body) != 9:
        return None
    across, down, unit = struct.unpack(">IIB", body)
    return (across * _INCH, down * _INCH) if unit == 1 and across and down else None
