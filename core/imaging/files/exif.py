"""EXIF blocks, edited in place, so that unknown parts (maker notes) keep their offsets."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
ORIENTATION, EXIF_DIRECTORY, GPS_DIRECTORY, INTEROP_DIRECTORY = 0x0112, 0x8769, 0x8825, 0xA005
RESOLUTION, RESOLUTION_UNIT, NO_UNIT = (0x011A, 0x011B), 0x0128, 1
_INCHES = {2: 1.0, 3: 2.54}  # what a resolution is multiplied by, by unit
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
_THUMBNAIL_START, _THUMBNAIL_LENGTH = 0x0201, 0x0202
DAMAGED_EXIF = (struct.error, IndexError, KeyError, ValueError)


@dataclass(frozen=True)
class Entry:
    """One tag of a directory: its type, its count, and the offset of its value in the block."""

    tag: int
    kind: int
    count: int
    start: int

    @property
    def size(self) -> int:
        """Size of the value in bytes."""
        return TYPE_SIZES[self.kind] * self.count


def byte_order(block: bytes) -> str:
    """Return the byte order of a TIFF-structured block as a character for struct; raise ValueError if it is none."""
    orders = {b"II*\0": "<", b"MM\0*": ">"}
    if bytes(block[:4]) not in orders:
        raise ValueError("no byte order mark")
    return orders[bytes(block[:4])]


def first_directory(block: bytes) -> int:
    """Return the offset of the first directory of a block."""
    return struct.unpack_from(byte_order(block) + "I", block, 4)[0]


def entries(block: bytes, start: int) -> Iterator[Entry]:
    """Return the tags of the directory at `start`, without those of unknown type or outside the block."""
    order = byte_order(block)
    (num_entries,) = struct.unpack_from(order + "H", block, start)
    for at in range(start + 2, start + 2 + 12 * num_entries, 12):
        tag, kind, count, offset = struct.unpack_from(order + "HHII", block, at)
        if kind not in TYPE_SIZES:
            continue
        entry = Entry(tag, kind, count, at + 8 if TYPE_SIZES[kind] * count <= 4 else offset)
        if entry.start + entry.size <= len(block):
            yield entry


def orientation_of(block: bytes) -> int:
    """Return the orientation, 1 to 8; 1 if it is missing."""
    for entry in entries(block, first_directory(block)):
        if entry.tag == ORIENTATION and entry.kind == 3:
            value = struct.unpack_from(byte_order(block) + "H", block, entry.start)[0]
            return value if 1 <= value <= 8 else 1
    return 1


def resolution_of(block: bytes) -> tuple[float, float] | None:
    """Return pixels per inch across and down; None if they or their unit are missing."""
    order, unit, values = byte_order(block), NO_UNIT, list[float]()
    for entry in entries(block, first_directory(block)):
        if entry.tag == RESOLUTION_UNIT and entry.kind == 3:
            (unit,) = struct.unpack_from(order + "H", block, entry.start)
        elif entry.tag in RESOLUTION and entry.kind == 5:
            numerator, denominator = struct.unpack_from(order + "II", block, entry.start)
            values.append(numerator / denominator if denominator else 0)
    scale = _INCHES.get(unit)
    if scale is None or len(values) != 2 or min(values) <= 0:
        return None
    return values[0] * scale, values[1] * scale


def normalize_orientation(block: bytes, width: int, height: int) -> bytes:
    """Update an EXIF block for a photo that was rotated upright: orientation 1, new size, no thumbnail.

    Args:
        block: EXIF, starting with its byte order mark.
        width: of the upright photo in pixels.
        height: of the upright photo in pixels.

    Returns:
        The edited block; a thumbnail at its end is cut off.
    """
    changed, order = bytearray(block), byte_order(block)
    root = first_directory(block)
    starts = [root] + [pointer for tag, pointer in pointers(block, root) if tag == EXIF_DIRECTORY]
    values = {ORIENTATION: 1} | dict.fromkeys(_WIDTHS, width) | dict.fromkeys(_HEIGHTS, height)
    for start in starts:
        for entry in entries(block, start):
            if entry.tag in values and entry.kind in (3, 4) and entry.count == 1:
                form, limit = ("H", 0xFFFF) if entry.kind == 3 else ("I", 0xFFFFFFFF)
                struct.pack_into(order + form, changed, entry.start, min(values[entry.tag], limit))
    return bytes(_without_thumbnail(changed, root))


def pointers(block: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Return the sub-directories of the directory at `start`, as (tag, offset)."""
    for entry in entries(block, start):
        if entry.tag in (EXIF_DIRECTORY, GPS_DIRECTORY, INTEROP_DIRECTORY) and entry.kind in (4, 13):
            yield entry.tag, struct.unpack_from(byte_order(block) + "I", block, entry.start)[0]


def _without_thumbnail(block: bytearray, root: int) -> bytearray:
    order = byte_order(bytes(block[:4]))
    link = root + 2 + 12 * struct.unpack_from(order + "H", block, root)[0]
    if link + 4 > len(block):
        return block
    (second,) = struct.unpack_from(order + "I", block, link)
    struct.pack_into(order + "I", block, link, 0)
    if not 0 < second < len(block) - 1:
        return block
    found = {
        entry.tag: struct.unpack_from(order + "I", block, entry.start)[0]
        for entry in entries(bytes(block), second)
        if entry.tag in (_THUMBNAIL_START, _THUMBNAIL_LENGTH) and entry.kind == 4
    }
    start, length = found.get(_THUMBNAIL_START, 0), found.get(_THUMBNAIL_LENGTH, 0)
    if start > 8 and start + length <= len(block):
        block[start : start + length] = bytes(length)
        if start + length == len(block):
            del block[start:]
    return block


def upright_xmp(packet: bytes) -> bytes:
    """Set the orientation in an XMP packet to 1, so that the photo is not rotated again."""
    packet = re.sub(rb"(tiff:Orientation=[\"'])[2-8]([\"'])", rb"\g<1>1\2", packet)
    return re.sub(rb"(<tiff:Orientation>)[2-8](</)", rb"\g<1>1\2", packet)
