"""WebP files: 8 bits, lossy or lossless."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks

DEFAULT_QUALITY = 95
_KNOWN = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"EXIF", b"XMP ", b"ICCP"))


def read_webp(path: Path, *, max_megapixels: float) -> Photo:
    """Read a WebP, without applying its orientation.

    Args:
        path: a file whose content is WebP.
        max_megapixels: limit, checked before decoding.

    Raises:
        PhotoError: unsupported, too large, or damaged.
    """
    data = path.read_bytes()
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise ValueError(Text("its end is missing"))
    width, height = _size(data)
    checks.check_size(path, width, height, max_megapixels)
    checks.check_plausible(path, len(data), width * height * 4)
    chunks = list(_chunks(data))
    names = [name for name, _ in chunks]
    if b"ANIM" in names and names.count(b"ANMF") != 1:
        raise checks.animation_error(path)
    pixels = imagecodecs.webp_decode(data)  # not Pillow, which has its own limit
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    first = dict(reversed(chunks))
    exif = first.get(b"EXIF", b"").removeprefix(b"Exif\0\0")
    metadata = Metadata(exif=exif or None, xmp=first.get(b"XMP ") or None)
    color = np.ascontiguousarray(pixels[..., :3])
    encoding = Encoding(lossless=b"VP8L" in names)
    others = list(dict.fromkeys(f"WebP {name.decode('latin-1').strip()}" for name in names if name not in _KNOWN))
    notes = (checks.left_out(others),) if others else ()
    return Photo(color, alpha, first.get(b"ICCP"), metadata, encoding, path, "WebP", notes)


def encode_webp(photo: Photo, pixels: np.ndarray, quality: int | None) -> bytes:
    """Encode a photo as WebP.

    Args:
        photo: its metadata, profile and encoding are used, not its pixels.
        pixels: (H, W, 3) or (H, W, 4) uint8.
        quality: 1 to 100; None for lossless if the photo's own WebP was, else 95.
    """
    metadata = photo.metadata
    options: dict[str, Any] = {
        name: value
        for name, value in (("icc_profile", photo.profile), ("exif", metadata.exif), ("xmp", metadata.xmp))
        if value
    }
    if quality is None and photo.encoding.lossless and photo.file_format == "WebP":
        options |= {"lossless": True, "quality": 50}
    else:
        options["quality"] = DEFAULT_QUALITY if quality is None else quality
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", exact=True, method=4, **options)
    return buffer.getvalue()


def _size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    across, down = struct.unpack_from("<HH", data, 26)
    return across & 0x3FFF, down & 0x3FFF


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks as (name, body), those of a frame included; the body is empty for all but metadata."""
    at = 12
    while at + 8 <= len(data):
        name, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        yield name, data[at + 8 : at + 8 + size] if name in (b"EXIF", b"XMP ", b"ICCP") else b""
        if name == b"ANMF":
            yield data[at + 24 : at + 28], b""
        at += 8 + size + size % 2
