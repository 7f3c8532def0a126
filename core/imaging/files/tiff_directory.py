"""TIFF directories read into values and packed again: how EXIF moves between TIFF files and all the others."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from .exif import ORIENTATION, byte_order, entries, first_directory, pointers

XMP, IPTC, RESOURCES = 700, 33723, 34377
# Of a TIFF's first directory, what tells of the photo and not of how this file packs it.
_DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, ORIENTATION, 285, 305, 306, 315, 316, 18246, 18249, 33432, 36867}
    | set(range(40091, 40096))  # title, comment, author, keywords, subject as Windows writes them
)
_MARKS = {"<": b"II*\0", ">": b"MM\0*"}


class Value(NamedTuple):
    """A tag's value: its TIFF type, its count, its bytes in the order of the file."""

    kind: int
    num_items: int
    data: bytes


@dataclass(frozen=True)
class Directory:
    """The tags of a directory, and the directories it points to."""

    values: Mapping[int, Value] = field(default_factory=dict)
    children: Mapping[int, Directory] = field(default_factory=dict)


def read_directory(block: bytes, start: int, depth: int = 0) -> Directory:
    """Read the directory at `start` of a TIFF-structured block, and those below it."""
    below = dict(pointers(block, start)) if depth < 3 else {}
    values = {
        entry.tag: Value(entry.kind, entry.count, bytes(block[entry.start : entry.start + entry.size]))
        for entry in entries(block, start)
        if entry.tag not in below
    }
    children = {}
    for tag, at in below.items():
        with suppress(struct.error):  # a damaged one is left out, the others stay
            children[tag] = read_directory(block, at, depth + 1)
    return Directory(values, children)


def pack_directory(directory: Directory, order: str, base: int) -> bytes:
    """Pack a directory and those below it, to stand at `base` of a block or file; no directory follows it."""
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
    """Make an EXIF block of what a TIFF file says of its photo.

    Args:
        block: the whole file, or a memory map of it.

    Raises:
        ValueError, struct.error: it is no classic TIFF, or damaged.
    """
    order = byte_order(block)
    whole = described(read_directory(block, first_directory(block)))
    if not whole.values and not whole.children:
        return None
    return _MARKS[order] + struct.pack(order + "I", 8) + pack_directory(whole, order, 8)


def described(directory: Directory) -> Directory:
    """Keep what tells of the photo, and not of how a file packs it."""
    return Directory({tag: value for tag, value in directory.values.items() if tag in _DESCRIPTIVE}, directory.children)


def add_to_tiff(block: bytes, added: Directory) -> tuple[int, bytes]:
    """Pack a finished TIFF's first directory anew with more tags, to be appended to the file.

    Args:
        block: the whole classic TIFF file, or a memory map of it, of one picture.
        added: tags in the file's byte order; on a conflict the file's own win.

    Returns:
        Where the new directory will stand (the file's length, made even), and the bytes to append there.
    """
    own = read_directory(block, first_directory(block))
    base = len(block) + len(block) % 2
    merged = Directory({**added.values, **own.values}, {**added.children, **own.children})
    return base, pack_directory(merged, byte_order(block), base)
