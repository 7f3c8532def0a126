"""Small photos, metadata blocks and files of them, made by code."""

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.core.imaging.files.tiff_directory import Directory, Value, pack_directory

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="1"/></x:xmpmeta>'
IPTC = b"\x1c\x02\x69\x00\x05Title"
MAKER_NOTE = b"maker's own notes"


def pattern(dtype=np.uint8, channels: int = 3, height: int = 24, width: int = 36, seed: int = 0) -> np.ndarray:
    """(H, W, channels), or (H, W) for one; every pixel of its own color, over the whole range of the dtype."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    values = np.random.default_rng(seed).random(shape)
    return values.astype(np.float32) if dtype == np.float32 else np.rint(values * np.iinfo(dtype).max).astype(dtype)


def smooth(height: int = 24, width: int = 36) -> np.ndarray:
    """(H, W, 3) uint8 gradients, which a JPEG keeps nearly as they are."""
    y, x = np.mgrid[:height, :width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], -1).astype(np.uint8)


def short(order: str, value: int) -> Value:
    return Value(3, 1, struct.pack(order + "H", value))


def exif_block(
    orientation: int = 1, order: str = "<", size: tuple[int, int] = (36, 24), thumbnail: bytes = b""
) -> bytes:
    """EXIF of a camera: maker, orientation, size, a maker note, GPS; with a thumbnail at its end if one is given."""
    details = {
        0xA002: short(order, size[0]),
        0xA003: short(order, size[1]),
        0x927C: Value(7, len(MAKER_NOTE), MAKER_NOTE),
    }
    gps = Directory({0: Value(1, 4, b"\2\3\0\0")})
    values = {0x010F: Value(2, 7, b"Camera\0"), 0x0112: short(order, orientation), 0x8298: Value(2, 3, b"Me\0")}
    block = pack_directory(Directory(values, {0x8769: Directory(details), 0x8825: gps}), order, 8)
    block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + block
    return _with_thumbnail(block, order, thumbnail) if thumbnail else block


def _with_thumbnail(block: bytes, order: str, thumbnail: bytes) -> bytes:
    block += b"\0" * (len(block) % 2)
    link = 10 + 12 * struct.unpack_from(order + "H", block, 8)[0]
    start = len(block) + 2 + 24 + 4
    values = {
        0x0201: Value(4, 1, struct.pack(order + "I", start)),
        0x0202: Value(4, 1, struct.pack(order + "I", len(thumbnail))),
    }
    second = pack_directory(Directory(values), order, len(block))
    return block[:link] + struct.pack(order + "I", len(block)) + block[link + 4 :] + second + thumbnail


def iptc_resources() -> bytes:
    """Photoshop's blocks: a stale thumbnail, and IPTC."""
    blocks = b""
    for number, data in ((1036, b"thumb"), (1028, IPTC)):
        blocks += b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)
    return blocks


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg_bytes(pixels: np.ndarray, extra: bytes = b"", **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", extra=extra, **options)
    return buffer.getvalue()


def save(path: Path, pixels: np.ndarray, **options) -> Path:
    """Save 8 bits by Pillow, in the format of the suffix."""
    Image.fromarray(pixels).save(path, **options)
    return path
