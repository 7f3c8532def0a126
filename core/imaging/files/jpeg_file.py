"""JPEG files, with their quantization tables and metadata."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import JpegImagePlugin

from ...errors import PhotoError
from ...texts import Text
from ..photo import Encoding, Metadata, Photo
from . import checks
from .jpeg_pixels import decode_pixels, image_of
from .jpeg_segments import (
    APP1,
    APP13,
    EXIF,
    RESOURCES,
    XMP,
    Segment,
    comment_of,
    first_of,
    for_decoder,
    frame_of,
    notes_of,
    read_segments,
    resolution_of,
    resources_of,
)

DEFAULT_QUALITY = 95
_MAX_SEGMENT = 65533
_MAX_HEAD = 1 << 20  # bytes of metadata before the frame header


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
    segments = list(read_segments(data))
    _check_frame(path, len(data), segments, max_megapixels)
    # Not Image.open, which has its own limit.
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(for_decoder(data, segments)))
    with image:
        if image.mode == "CMYK":
            raise checks.cmyk_error(path)
        encoding = _encoding(image)
        if reduced_to is not None:
            scale = reduced_to / max(image.size)
            image.draft(image.mode, (int(image.width * scale), int(image.height * scale)))
        pixels = decode_pixels(image, data) if reduced_to is None else np.array(image)
        profile = image.info.get("icc_profile")
    metadata = Metadata(
        exif=first_of(segments, APP1, EXIF),
        xmp=first_of(segments, APP1, XMP),
        resources=resources_of(segments),
        resolution=resolution_of(segments),
        comment=comment_of(segments),
    )
    return Photo(pixels, None, profile, metadata, encoding, path, "JPEG", notes_of(data, segments))


def size_of_jpeg(path: Path) -> tuple[int, int]:
    """Return rows and columns from the frame header.

    Raises:
        OSError, ValueError, struct.error: the file cannot be read, or is no JPEG.
    """
    with path.open("rb") as file:
        _, height, width, _ = frame_of(read_segments(file.read(_MAX_HEAD)))
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
    extra = _packed(APP1, XMP, metadata.xmp, "XMP", notes)
    extra += _packed_resources(metadata.resources)
    if metadata.exif and len(metadata.exif) + len(EXIF) > _MAX_SEGMENT:
        notes.append(Text("its EXIF is too large for a JPEG and was left out"))
    elif metadata.exif:
        options["exif"] = EXIF + metadata.exif
    if metadata.resolution:
        options["dpi"] = tuple(min(round(value), 65535) for value in metadata.resolution)
    if photo.profile:
        options["icc_profile"] = photo.profile
    buffer = io.BytesIO()
    comment = (metadata.comment or b"")[:_MAX_SEGMENT]
    image_of(pixels).save(buffer, "JPEG", extra=extra, comment=comment, **options)
    return buffer.getvalue(), notes


def _check_frame(path: Path, num_bytes: int, segments: list[Segment], max_megapixels: float) -> None:
    precision, height, width, num_channels = frame_of(segments)
    checks.check_size(path, width, height, max_megapixels)
    checks.check_plausible(path, num_bytes, width * height * num_channels)
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


def _encoding(image: JpegImagePlugin.JpegImageFile) -> Encoding:
    tables = tuple(tuple(image.quantization[key]) for key in sorted(image.quantization))
    subsampling = JpegImagePlugin.get_sampling(image)
    # Rare samplings that Pillow cannot write (4:1:1, 4:4:0) become 4:4:4.
    return Encoding(tables or None, max(subsampling, 0), bool(image.info.get("progressive")))


def _packed(marker: int, start: bytes, payload: bytes | None, name: str, notes: list[Text]) -> bytes:
    if not payload:
        return b""
    if len(start) + len(payload) > _MAX_SEGMENT:
        notes.append(Text("its {what} is too large for a JPEG and was left out", what=name))
        return b""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(start) + len(payload)) + start + payload


def _packed_resources(resources: bytes | None) -> bytes:
    room = _MAX_SEGMENT - len(RESOURCES)
    parts = [(resources or b"")[at : at + room] for at in range(0, len(resources or b""), room)]
    return b"".join(_packed(APP13, RESOURCES, part, "IPTC", []) for part in parts)
