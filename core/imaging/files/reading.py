"""Reading of photo files: any format and depth, upright, with metadata; and fast reading of small copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ...texts import Text
from ..color_management import ColorSpace
from ..photo import MAX_MEGAPIXELS, Photo
from ..proxy import PROXY_SIZE, Proxy, proxy_of
from . import checks, exif, xmp
from .recognition import recognize

_MAX_RESOLUTION = 65535.0


def read_photo(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read a photo.

    Args:
        path: a JPEG, PNG, TIFF or WebP file, or HEIC, AVIF or a camera's RAW where they can be read.
        max_megapixels: limit, checked before decoding.

    Returns:
        The photo, upright; the first of several pictures in one file, with a note.

    Raises:
        PhotoError: the file cannot be read, or its kind is not supported. The text names the cure.
    """
    file_format = recognize(path)
    with checks.decode_errors_as_photo_error(path):
        return _finished(_decode(path, file_format, max_megapixels))


def read_proxy(path: Path) -> Proxy:
    """Read the proxy of a photo, for which a look is computed; a JPEG is decoded at reduced size.

    Args:
        path: as for `read_photo`.

    Raises:
        PhotoError: as for `read_photo`, or every pixel is transparent.
    """
    with checks.decode_errors_as_photo_error(path):
        # Twice the size of a proxy, so that the last step is still an area average.
        return proxy_of(read_reduced(path, 2 * PROXY_SIZE))


def read_reduced(path: Path, least_size: int) -> Photo:
    """Read a photo for display: a JPEG or RAW is decoded at reduced size, other formats at full size.

    Args:
        path: as for `read_photo`.
        least_size: smallest longer side in pixels, unless the photo is smaller.

    Raises:
        PhotoError: as for `read_photo`.
    """
    file_format = recognize(path)
    if file_format not in ("JPEG", "RAW"):
        return read_photo(path)
    from .jpeg_file import read_jpeg
    from .raw_file import read_raw

    with checks.decode_errors_as_photo_error(path):
        if file_format == "RAW":
            return _finished(read_raw(path, max_megapixels=MAX_MEGAPIXELS, halved=True))
        return _finished(read_jpeg(path, max_megapixels=MAX_MEGAPIXELS, reduced_to=least_size))


def _decode(path: Path, file_format: str, max_megapixels: float) -> Photo:
    """Decode with the module of the format, imported lazily, since a JPEG needs no TIFF library."""
    if file_format == "JPEG":
        from .jpeg_file import read_jpeg as read
    elif file_format == "PNG":
        from .png_file import read_png as read
    elif file_format == "TIFF":
        from .tiff_file import read_tiff as read
    elif file_format == "WebP":
        from .webp_file import read_webp as read
    elif file_format == "HEIC":
        from .heif_file import read_heic as read
    elif file_format == "AVIF":
        from .heif_file import read_avif as read
    elif file_format == "RAW":
        from .raw_file import read_raw as read
    else:
        raise ValueError(f"no module reads {file_format}")
    return read(path, max_megapixels=max_megapixels)


def _finished(photo: Photo) -> Photo:
    """Rotate a decoded photo upright, update its metadata, and drop an unusable profile."""
    metadata, notes, orientation = photo.metadata, list(photo.notes), 1
    if metadata.exif:
        try:
            orientation = exif.orientation_of(metadata.exif)
            size = photo.pixels.shape[1::-1] if orientation < 5 else photo.pixels.shape[:2]
            metadata = replace(metadata, exif=exif.normalize_orientation(metadata.exif, *size))
        except exif.DAMAGED_EXIF:
            metadata = replace(metadata, exif=None)
            notes.append(Text("its EXIF is damaged and was left out"))
    if metadata.xmp:
        metadata = replace(metadata, xmp=_fitting_xmp(metadata.xmp, notes))
    if metadata.resolution:
        across_first = metadata.resolution if orientation < 5 else metadata.resolution[::-1]
        believable = all(1 <= value <= _MAX_RESOLUTION for value in across_first)
        metadata = replace(metadata, resolution=across_first if believable else None)
        if not believable:
            notes.append(Text("its resolution cannot be right and was left out"))
    return replace(
        photo,
        pixels=_upright(photo.pixels, orientation),
        alpha=None if photo.alpha is None else _upright(photo.alpha, orientation),
        profile=_usable_profile(photo, notes),
        metadata=metadata,
        notes=tuple(notes),
    )


def _fitting_xmp(packet: bytes, notes: list[Text]) -> bytes | None:
    try:
        return exif.upright_xmp(xmp.without_attachments(packet))
    except ValueError:
        notes.append(Text("its XMP is damaged and was left out"))
        return None


def _usable_profile(photo: Photo, notes: list[Text]) -> bytes | None:
    try:
        ColorSpace.of(photo.profile, photo.is_gray)
    except ValueError as error:
        notes.append(checks.unusable_profile(error))
        return None
    return photo.profile


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    if orientation == 1:
        return pixels
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
