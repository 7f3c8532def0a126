"""JPEG files, with their quantization tables and metadata."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import JpegImagePlugin

from ...errors import PhotoError
from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks
from .iptc import without_thumbnails
from .jpeg_pixels import decode_pixels, image_of

DEFAULT_QUALITY = 95
_MAX_SEGMENT = 65533
_MAX_HEAD = 1 << 20  # bytes of metadata before the frame header
_EXIF, _XMP, _RESOURCES = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_LONG_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class _Segment:
    marker: int
    payload: bytes


def read_jpeg(path: Path, *, max_megapixels: float, reduced_to: int | None = None) -> Photo:
    """Read a JPEG, without applying its orientation.

    Args:
        path: a file whose content is JPEG.
        max_megapixels: limit, checked before decoding.
        reduced_to: decode at a fraction of the size, a power of two, whose longer side is still at least this.

    Raises:
        PhotoError: unsupported, too large, or damaged.
    """
    data = path.read_bytes()
    segments = list(_segments(data))
    _check_frame(path, segments, max_megapixels)
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))  # not Image.open, which has its own limit
    with image:
        if image.mode == "CMYK":
            raise checks.cmyk_error(path)
        encoding = _encoding(image)
        if reduced_to is not None:
            scale = reduced_to / max(image.size)
            image.draft(image.mode, (int(image.width * scale), int(image.height * scale)))
        pixels = decode_pixels(image, data) if reduced_to is None else np.array(image)
        profile = image.info.get("icc_profile")
        comment = image.info.get("comment")
    metadata = Metadata(
        exif=_first(segments, 0xE1, _EXIF),
        xmp=_first(segments, 0xE1, _XMP),
        resources=_resources(segments),
        resolution=_resolution(segments),
        comment=comment,
    )
    return Photo(pixels, None, profile, metadata, encoding, path, "JPEG", _notes(segments))


def size_of_jpeg(path: Path) -> tuple[int, int]:
    """Return rows and columns from the frame header.

    Raises:
        OSError, ValueError, struct.error: the file cannot be read, or is no JPEG.
    """
    with path.open("rb") as file:
        _, height, width, _ = _frame(_segments(file.read(_MAX_HEAD)))
    return height, width


def encode_jpeg(photo: Photo, pixels: np.ndarray, quality: int | None) -> tuple[bytes, list[Text]]:
    """Encode a photo as JPEG.

    Args:
        photo: its metadata, profile and encoding are used, not its pixels.
        pixels: (H, W, 3) or (H, W) uint8.
        quality: 1 to 100; None for that of the photo's own JPEG, else 95.

    Returns:
        The bytes of the file, and notes on what JPEG cannot store.
    """
    notes: list[Text] = []
    options: dict[str, Any] = {"subsampling": photo.encoding.subsampling, "progressive": photo.encoding.progressive}
    if quality is None and photo.encoding.quantization:
        options["qtables"] = [list(table) for table in photo.encoding.quantization]
    else:
        options["quality"] = DEFAULT_QUALITY if quality is None else quality
    metadata = photo.metadata
    extra = _packed(0xE1, _XMP, metadata.xmp, "XMP", notes)
    extra += _packed_resources(metadata.resources)
    if metadata.exif and len(metadata.exif) + len(_EXIF) > _MAX_SEGMENT:
        notes.append(Text("its EXIF is too large for a JPEG and was left out"))
    elif metadata.exif:
        options["exif"] = _EXIF + metadata.exif
    if metadata.resolution:
        options["dpi"] = tuple(min(round(value), 65535) for value in metadata.resolution)
    if photo.profile:
        options["icc_profile"] = photo.profile
    buffer = io.BytesIO()
    comment = (metadata.comment or b"")[:_MAX_SEGMENT]
    image_of(pixels).save(buffer, "JPEG", extra=extra, comment=comment, **options)
    return buffer.getvalue(), notes


def _segments(data: bytes) -> Iterator[_Segment]:
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
        yield _Segment(marker, data[at + 4 : at + 2 + length])
        at += 2 + length


def _check_frame(path: Path, segments: list[_Segment], max_megapixels: float) -> None:
    precision, height, width, num_channels = _frame(segments)
    checks.check_size(path, width, height, max_megapixels)
    if precision != 8:
        raise PhotoError(
            "{path}: is a {bits}-bit JPEG (8 bits are read); save it as 8-bit JPEG or 16-bit TIFF",
            path=path,
            bits=precision,
        )
    if num_channels == 4:
        raise checks.cmyk_error(path)
    if num_channels not in (1, 3):
        raise PhotoError(
            "{path}: has {channels} channels (gray or RGB is needed); convert it to RGB first",
            path=path,
            channels=num_channels,
        )


def _frame(segments: Iterable[_Segment]) -> tuple[int, int, int, int]:
    """Bits, rows, columns and channels."""
    frame = next((segment for segment in segments if segment.marker in _FRAME_MARKERS), None)
    if frame is None:
        raise ValueError(Text("no frame header"))
    return struct.unpack_from(">BHHB", frame.payload)


def _encoding(image: JpegImagePlugin.JpegImageFile) -> Encoding:
    tables = tuple(tuple(image.quantization[key]) for key in sorted(image.quantization))
    subsampling = JpegImagePlugin.get_sampling(image)
    # Rare samplings that Pillow cannot write (4:1:1, 4:4:0) become 4:4:4.
    return Encoding(tables or None, max(subsampling, 0), bool(image.info.get("progressive")))


def _first(segments: list[_Segment], marker: int, start: bytes) -> bytes | None:
    for segment in segments:
        if segment.marker == marker and segment.payload.startswith(start):
            return segment.payload[len(start) :] or None
    return None


def _resources(segments: list[_Segment]) -> bytes | None:
    parts = [item.payload for item in segments if item.marker == 0xED and item.payload.startswith(_RESOURCES)]
    return without_thumbnails(b"".join(part[len(_RESOURCES) :] for part in parts)) or None


def _resolution(segments: list[_Segment]) -> tuple[float, float] | None:
    jfif = _first(segments, 0xE0, b"JFIF\0")
    if jfif is None or len(jfif) < 7:
        return None
    unit, across, down = struct.unpack_from(">BHH", jfif, 2)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def _notes(segments: list[_Segment]) -> tuple[Text, ...]:
    notes = []
    if _first(segments, 0xE2, b"MPF\0"):
        notes.append(Text("holds more than one picture (MPO); the first is used, the others are not kept"))
    if _first(segments, 0xE1, _LONG_XMP):
        notes.append(Text("the extended part of its XMP is not kept"))
    return tuple(notes)


def _packed(marker: int, start: bytes, payload: bytes | None, name: str, notes: list[Text]) -> bytes:
    if not payload:
        return b""
    if len(start) + len(payload) > _MAX_SEGMENT:
        notes.append(Text("its {what} is too large for a JPEG and was left out", what=name))
        return b""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(start) + len(payload)) + start + payload


def _packed_resources(resources: bytes | None) -> bytes:
    room = _MAX_SEGMENT - len(_RESOURCES)
    parts = [(resources or b"")[at : at + room] for at in range(0, len(resources or b""), room)]
    return b"".join(_packed(0xED, _RESOURCES, part, "IPTC", []) for part in parts)
