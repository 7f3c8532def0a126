"""RAW files of cameras, developed by LibRaw where `rawpy` is installed; they are not written."""

from __future__ import annotations

import importlib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile

from ...errors import PhotoError
from ...texts import Text
from ..coded_color import profile_of_rgb
from ..photo import Metadata, Photo
from . import checks, exif
from .iptc import resources_with_iptc, without_thumbnails
from .jpeg_segments import APP1, EXIF, XMP, first_of, read_segments, resources_of
from .tiff_directory import IPTC, RESOURCES, Directory, exif_of_tiff, read_directory
from .tiff_directory import XMP as XMP_TAG
from .tiff_file import pages_of

_ADOBE_RGB = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), (0.3127, 0.3290))
_GAMMA = 563 / 256  # of Adobe RGB (1998)
_MAX_HEADER = 64 << 20  # bytes in which metadata are looked for


def read_raw(path: Path, *, max_megapixels: float, halved: bool = False) -> Photo:
    """Develop a RAW file neutrally: the camera's white balance, no change of exposure, Adobe RGB in 16 bits.

    Args:
        path: a file of a camera.
        max_megapixels: limit, checked before decoding.
        halved: whether a fast development at half the size will do.

    Returns:
        The photo, upright, with a note on the development.

    Raises:
        PhotoError: too large, damaged, or of a camera that LibRaw does not know.
    """
    rawpy = importlib.import_module("rawpy")
    if _ends_early(path):
        raise ValueError(Text("its pixels end early"))
    try:
        with rawpy.imread(str(path)) as raw:
            checks.check_size(path, raw.sizes.width, raw.sizes.height, max_megapixels)
            pixels = raw.postprocess(
                use_camera_wb=True,
                no_auto_bright=True,
                output_bps=16,
                output_color=rawpy.ColorSpace.Adobe,
                gamma=(_GAMMA, 0),
                half_size=halved,
            )
            packets = _packets(path, rawpy, raw)
    except rawpy.LibRawError as error:
        raise PhotoError(
            "{path}: cannot be developed ({cause}); export a 16-bit TIFF first", path=path, cause=error
        ) from error
    is_gray = pixels.shape[2] == 1  # of a camera without color filters
    notes = [Text("developed from RAW with the camera's white balance, in 16 bits and Adobe RGB")]
    return Photo(
        pixels=np.ascontiguousarray(pixels[..., 0] if is_gray else pixels),
        profile=profile_of_rgb(_ADOBE_RGB, _GAMMA, is_gray=is_gray),
        metadata=_metadata(packets, pixels.shape[1], pixels.shape[0], notes),
        path=path,
        file_format="RAW",
        notes=tuple(notes),
    )


def _ends_early(path: Path) -> bool:
    """Whether a file that is built like a TIFF lacks pixels, which LibRaw makes black."""
    with suppress(*checks.DAMAGE), tifffile.TiffFile(path) as file:
        pages = [page for page in pages_of(file) if isinstance(page, tifffile.TiffPage)]
        pages += [below for page in pages for below in page.pages or () if isinstance(below, tifffile.TiffPage)]
        return any(
            start + size > file.filehandle.size
            for page in pages
            for start, size in zip(page.dataoffsets, page.databytecounts, strict=False)
        )
    return False


class _Packets(NamedTuple):
    exif: bytes | None = None
    xmp: bytes | None = None
    resources: bytes | None = None


def _packets(path: Path, rawpy: Any, raw: Any) -> _Packets:
    """Return EXIF, XMP and IPTC, of the file if it is built like a TIFF, else of the JPEG in it."""
    with path.open("rb") as file:
        block = file.read(_MAX_HEADER)
    with suppress(*exif.DAMAGED_EXIF):
        root = read_directory(block, exif.first_directory(block))
        packet = root.values[XMP_TAG].data if XMP_TAG in root.values else None
        return _Packets(exif_of_tiff(block), packet, _resources(root))
    with suppress(rawpy.LibRawError, *checks.DAMAGE):  # the photo is whole, whatever the preview is
        preview = raw.extract_thumb()
        if preview.format == rawpy.ThumbFormat.JPEG:
            segments = list(read_segments(preview.data))
            return _Packets(first_of(segments, APP1, EXIF), first_of(segments, APP1, XMP), resources_of(segments))
    return _Packets()


def _resources(root: Directory) -> bytes | None:
    resources = without_thumbnails(root.values[RESOURCES].data if RESOURCES in root.values else b"")
    if IPTC in root.values:
        resources = resources_with_iptc(resources, root.values[IPTC].data)
    return resources or None


def _metadata(packets: _Packets, width: int, height: int, notes: list[Text]) -> Metadata:
    block = packets.exif
    try:  # LibRaw turned the photo upright
        block = exif.normalize_orientation(block, width, height) if block else None
    except exif.DAMAGED_EXIF:
        block = None
    if block is None:
        notes.append(Text("its EXIF cannot be read and was left out"))
    return Metadata(exif=block, xmp=packets.xmp, resources=packets.resources)
