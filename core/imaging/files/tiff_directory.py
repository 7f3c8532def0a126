"""Parsing and packing of TIFF directories, by which EXIF is copied from and to TIFF files."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from .exif import (
    EXIF_DIRECTORY,
    GPS_DIRECTORY,
    INTEROP_DIRECTORY,
    NO_UNIT,
    ORIENTATION,
    RESOLUTION,
    RESOLUTION_UNIT,
    byte_order,
    entries,
    first_directory,
    pointers,
)

XMP, IPTC, RESOURCES = 700, 33723, 34377
# Tags of a TIFF's first directory that describe the photo, not the encoding of the file.
_DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, ORIENTATION, 285, 305, 306, 315, 316, 18246, 18249, 33432, 36867}
    | set(range(40091, 40096))  # Windows' tags: title, comment, author, keywords, subject
)
_ENCODING = frozenset(  # tags that say how the pixels are stored, or that are read and written by themselves
    {XMP, IPTC, RESOURCES, 347, 34675}
    | {*range(254, 269), *range(273, 285), *range(288, 302), *range(317, 326), *range(332, 343), *range(512, 533)}
)
_MARKS = {"<": b"II*\0", ">": b"MM\0*"}


class Value(NamedTuple):
    """A tag's value: its TIFF type, its count, its bytes in the byte order of the file."""

    kind: int
    num_items: int
    data: bytes


@dataclass(frozen=True)
class Directory:
    """The tags of a directory, and its sub-directories."""

    values: Mapping[int, Value] = field(default_factory=dict)
    children: Mapping[int, Directory] = field(default_factory=dict)


def read_directory(block: bytes, start: int, depth: int = 0) -> Directory:
    """Read the directory at `start` of a TIFF-structured block, with its sub-directories."""
    below = dict(pointers(block, start)) if depth < 3 else {}
    values = {
        entry.tag: Value(entry.kind, entry.count, bytes(block[entry.start : entry.start + entry.size]))
        for entry in entries(block, start)
        if entry.tag not in below
    }
    children = {}
    for tag, at in below.items():
        with suppress(struct.error):  # skip a damaged sub-directory
            children[tag] = read_directory(block, at, depth + 1)
    return Directory(values, children)


def pack_directory(directory: Directory, order: str, base: int) -> bytes:
    """Pack a directory and its sub-directories for offset `base` of a block or file; no directory follows."""
    tags = sorted({*directory.values, *directory.children})
    heap_start = base + 2 + 12 * len(tags) + 4
    table, heap = bytearray(struct.pack(order + "H", len(tags))), bytearray()
    for tag in tags:
        heap += b"\0" * (len(heap) % 2)
        here = heap_start + len(heap)
        if tag in directory.children:
            table += struct.pack(order + "HHII", tag, 4, 1, here)
            heap += pack_directory(directory.children[tag], order, here)
            continue
        value = directory.values[tag]
        table += struct.pack(order + "HHI", tag, value.kind, value.num_items)
        if len(value.data) <= 4:
            table += value.data.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", here)
            heap += value.data
    return bytes(table + bytes(4) + heap)


def exif_of_tiff(block: bytes) -> bytes | None:
    """Convert the tags of a TIFF file to an EXIF block.

    Args:
        block: the whole file, or a memory map of it.

    Raises:
        ValueError, struct.error: the block is no classic TIFF, or damaged.
    """
    order = byte_order(block)
    root = read_directory(block, first_directory(block))
    whole = described(root)
    if not whole.values and not whole.children:
        return None
    whole = Directory({**whole.values, **_resolution(root, order)}, whole.children)
    return _MARKS[order] + struct.pack(order + "I", 8) + pack_directory(whole, order, 8)


def _resolution(root: Directory, order: str) -> Mapping[int, Value]:
    """Return the tags of the resolution, if they have a unit."""
    unit = root.values.get(RESOLUTION_UNIT)
    if unit is None or unit.data[:2] == struct.pack(order + "H", NO_UNIT):
        return {}
    return {tag: root.values[tag] for tag in RESOLUTION if tag in root.values} | {RESOLUTION_UNIT: unit}


def described(directory: Directory) -> Directory:
    """Keep the tags that describe the photo, not the encoding of the file."""
    return Directory({tag: value for tag, value in directory.values.items() if tag in _DESCRIPTIVE}, directory.children)


def is_descriptive(tag: int) -> bool:
    """Whether a tag of a TIFF's first directory, or a directory below it, describes the photo."""
    return tag in _DESCRIPTIVE or tag in (EXIF_DIRECTORY, GPS_DIRECTORY, INTEROP_DIRECTORY)


def is_kept(tag: int) -> bool:
    """Whether a tag of a TIFF's first directory is kept, or says how the pixels were stored."""
    return tag in _ENCODING or is_descriptive(tag)


def add_to_tiff(block: bytes, added: Directory) -> tuple[int, bytes]:
    """Repack the first directory of a TIFF file with more tags, to be appended to the file.

    Args:
        block: a whole classic TIFF file with one picture, or a memory map of it.
        added: tags in the file's byte order; existing tags win.

    Returns:
        The offset of the new directory (the length of the file, made even), and the bytes to append there.
    """
    own = read_directory(block, first_directory(block))
    base = len(block) + len(block) % 2
    merged = Directory({**added.values, **own.values}, {**added.children, **own.children})
    return base, pack_directory(merged, byte_order(block), base)
