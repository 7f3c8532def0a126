"""The marker segments of a JPEG: metadata, what is kept of them, and what is told of the rest."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...texts import Text
from . import checks, xmp
from .iptc import without_thumbnails

EXIF, XMP, RESOURCES = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_LONG_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
_PROFILE, _PICTURES = b"ICC_PROFILE\0", b"MPF\0"
APP0, APP1, APP2, APP13, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE
_APPS = range(0xE0, 0xF0)
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_KNOWN = (  # what is kept, or told in words of its own; JFXX is a thumbnail
    (APP0, b"JFIF\0"),
    (APP0, b"JFXX\0"),
    (APP1, EXIF),
    (APP1, XMP),
    (APP1, _LONG_XMP),
    (APP2, _PROFILE),
    (APP2, _PICTURES),
    (APP2, _GAIN_MAP),
    (APP13, RESOURCES),
    (APP14, b"Adobe"),
)
_MANY = {_LONG_XMP, _PROFILE, RESOURCES}  # which come in several segments
_IN_SCAN = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")  # a marker that ends a scan
_PADDING = 64  # bytes after the picture that are no loss


@dataclass(frozen=True)
class Segment:
    """One segment, without its marker and length; `end` is the offset of what follows it."""

    marker: int
    payload: bytes
    end: int = 0

    def is_one_of(self, known: Iterable[tuple[int, bytes]]) -> bool:
        """Whether it is of one of these (marker, beginning)."""
        return any(self.marker == marker and self.payload.startswith(start) for marker, start in known)


def read_segments(data: bytes) -> Iterator[Segment]:
    """Yield the marker segments before the compressed data, also of a truncated file."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield Segment(marker, data[at + 4 : at + 2 + length], at + 2 + length)
        at += 2 + length


def frame_of(segments: Iterable[Segment]) -> tuple[int, int, int, int]:
    """Return bits, rows, columns and channels; raise ValueError if there is no frame header."""
    frame = next((segment for segment in segments if segment.marker in _FRAME_MARKERS), None)
    if frame is None:
        raise ValueError(Text("no frame header"))
    return struct.unpack_from(">BHHB", frame.payload)


def first_of(segments: Iterable[Segment], marker: int, start: bytes) -> bytes | None:
    """Return what follows the beginning `start` in the first such segment."""
    return next(
        (segment.payload[len(start) :] or None for segment in segments if segment.is_one_of([(marker, start)])), None
    )


def for_decoder(data: bytes, segments: Iterable[Segment]) -> bytes:
    """Return a JPEG without the metadata that its decoder would parse, and complain of."""
    kept = b"".join(
        struct.pack(">BBH", 0xFF, segment.marker, len(segment.payload) + 2) + segment.payload
        for segment in segments
        if segment.is_one_of([(APP0, b"JFIF\0"), (APP2, _PROFILE), (APP14, b"Adobe")])
        or segment.marker not in (*_APPS, COMMENT)
    )
    end = max((segment.end for segment in segments), default=2)
    return data[:2] + kept + data[end:]


def comment_of(segments: Iterable[Segment]) -> bytes | None:
    """Return the comments, one a line."""
    return b"\n".join(segment.payload for segment in segments if segment.marker == COMMENT) or None


def resources_of(segments: Iterable[Segment]) -> bytes | None:
    """Return Photoshop's resource blocks, without thumbnails."""
    parts = [segment.payload for segment in segments if segment.is_one_of([(APP13, RESOURCES)])]
    return without_thumbnails(b"".join(part[len(RESOURCES) :] for part in parts)) or None


def resolution_of(segments: Iterable[Segment]) -> tuple[float, float] | None:
    """Return pixels per inch, across and down."""
    jfif = first_of(segments, APP0, b"JFIF\0")
    if jfif is None or len(jfif) < 7:
        return None
    unit, across, down = struct.unpack_from(">BHH", jfif, 2)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def notes_of(data: bytes, segments: list[Segment]) -> tuple[Text, ...]:
    """Return what is told of segments, and of data after the picture, that are not kept."""
    notes = []
    has_gain_map = first_of(segments, APP2, _GAIN_MAP) is not None or xmp.has_gain_map(first_of(segments, APP1, XMP))
    if has_gain_map:
        notes.append(xmp.gain_map_left_out())
    elif first_of(segments, APP2, _PICTURES):
        notes.append(Text("holds more than one picture (MPO); the first is used, the others are not kept"))
    elif (size := _size_after_picture(data, segments)) > _PADDING:
        notes.append(checks.left_out([Text("{size:.0f} KB after the picture, a film perhaps", size=size / 1e3)]))
    if first_of(segments, APP1, _LONG_XMP):
        notes.append(Text("the extended part of its XMP is not kept"))
    if others := list(dict.fromkeys(_others(segments))):
        notes.append(checks.left_out(others))
    return tuple(notes)


def _others(segments: Iterable[Segment]) -> Iterator[str]:
    """Yield the names of segments that are not kept."""
    seen: set[bytes] = set()
    for segment in segments:
        if segment.marker not in _APPS:
            continue
        known = next((start for marker, start in _KNOWN if segment.is_one_of([(marker, start)])), None)
        if known is None or (known in seen and known not in _MANY):
            name = re.match(rb"[\w .:/-]*", segment.payload[:20])
            label = name[0].decode("ascii", "replace").strip() if name else ""
            yield f"JPEG APP{segment.marker - 0xE0} {label}".strip()
        elif known is not None:
            seen.add(known)


def _size_after_picture(data: bytes, segments: Iterable[Segment]) -> int:
    """Return the number of bytes after the end of the picture, zeros not counted; 0 if it has none."""
    at = max((segment.end for segment in segments), default=2)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        (length,) = struct.unpack_from(">H", data, at + 2)
        after = at + 2 + length
        found = _IN_SCAN.search(data, after) if data[at + 1] == 0xDA else None
        if data[at + 1] == 0xDA and found is None:
            return 0
        at = after if found is None else found.start()
    return len(data[at + 2 :].strip(b"\0")) if at + 2 <= len(data) else 0
