"""Writing of photo files, with depth, profile and metadata as far as the format can store them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import PhotoError
from ...texts import Text, joined
from ..color_management import ColorSpace, as_float
from ..photo import RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE_SUFFIXES, Photo
from .atomic import atomic_write, check_writable
from .checks import left_out
from .exif import resolution_of
from .png_color import HDR_KINDS, holds_color_chunks
from .stamp import Stamp, stamped

_DEEPEST: dict[str, tuple[type, ...]] = {
    "JPEG": (np.uint8,),
    "WebP": (np.uint8,),
    "PNG": (np.uint8, np.uint16),
    "TIFF": (np.uint8, np.uint16, np.float32),
}
_MAX_JPEG_XMP = 65504
_MAX_SIDES = {"JPEG": 65500, "WebP": 16383}


def copy_untouched(
    photo: Photo, path: Path, *, overwrite: bool = False, quality: int | None = None, stamp: Stamp | None = None
) -> bool:
    """Copy the file of a photo that nothing was done to, if nothing else is asked; it then holds all it held.

    Args:
        photo: as `read_photo` returned it.
        path: as for `write_photo`.
        overwrite: as for `write_photo`.
        quality: as for `write_photo`; if one is given, the photo has to be written.
        stamp: as for `write_photo`; likewise.

    Returns:
        Whether it was copied; the photo's notes, on what reading lost, are then void.

    Raises:
        AtelierError: as for `write_photo`.
    """
    if photo.path is None or output_format(photo, path) != photo.file_format or (quality, stamp) != (None, None):
        return False
    with atomic_write(path, overwrite=overwrite) as temporary:
        shutil.copyfile(photo.path, temporary)
    return True


def write_photo(
    photo: Photo, path: Path, *, overwrite: bool = False, quality: int | None = None, stamp: Stamp | None = None
) -> tuple[Text, ...]:
    """Write a photo; the suffix of `path` names the format.

    Args:
        photo: what to write.
        path: the file; missing folders are created. Without a suffix the format is that of the photo's own file.
        overwrite: whether an existing file may be replaced.
        quality: of a JPEG or WebP, 1 to 100; None for that of the photo's own file.
        stamp: what was done to it, which is added to its XMP; None for nothing.

    Returns:
        Notes on what the format cannot store, for users.

    Raises:
        AtelierError: the file exists, cannot be written, or its suffix names an unsupported format.
    """
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality must be 1 to 100, got {quality}")
    file_format = output_format(photo, path)
    check_writable(path, overwrite=overwrite)
    _check_side(photo, path, file_format)
    fitted, notes = _fitted(photo, file_format)
    if stamp is not None:
        fitted = _with_stamp(fitted, stamp, file_format, notes)
    with atomic_write(path, overwrite=overwrite) as temporary:
        notes += _encode(fitted, temporary, file_format, quality)
    return tuple(notes)


def output_format(photo: Photo, path: Path) -> str:
    """Return the format of a new file: by the suffix of `path`, else that of the photo's own file.

    HEIC, AVIF and RAW are not written: without a suffix such photos become JPEG, a RAW a TIFF.

    Raises:
        PhotoError: the suffix names no format that can be written.
    """
    suffix = path.suffix.lower()
    if suffix in WRITABLE_SUFFIXES:
        return WRITABLE_SUFFIXES[suffix]
    if suffix:
        what = Text("no format for {suffix}", suffix=suffix)
        if suffix in READ_ONLY_SUFFIXES:
            what = Text("{format} is only read", format=READ_ONLY_SUFFIXES[suffix])
        raise PhotoError(
            "{path}: cannot be written ({what}); let its name end in .jpg, .png, .tif or .webp", path=path, what=what
        )
    if photo.file_format == "RAW":
        return "TIFF"
    return photo.file_format if photo.file_format in _DEEPEST else "JPEG"


def writable_suffix(path: Path) -> str:
    """Return the suffix for a new version of the photo at `path`: its own if it can be written, else ".jpg" or, of a
    RAW, ".tif".
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        return ".tif"
    return path.suffix if path.suffix.lower() in WRITABLE_SUFFIXES else ".jpg"


def requantized(values: np.ndarray, dtype: np.dtype | type) -> np.ndarray:
    """Convert pixels to another depth, rounded, and clamped to [0, 1] from float to integers."""
    if values.dtype == dtype:
        return values
    if np.dtype(dtype) == np.float32:
        return as_float(values)
    top = np.iinfo(dtype).max
    result = np.empty(values.shape, dtype)
    for strip in _strips(values):
        result[strip] = np.rint(as_float(values[strip]).clip(0, 1) * np.float32(top))
    return result


def _check_side(photo: Photo, path: Path, file_format: str) -> None:
    limit = _MAX_SIDES.get(file_format)
    if limit and max(photo.width, photo.height) > limit:
        raise PhotoError(
            "{path}: cannot be written ({width} x {height} pixels, {format} holds {limit} at most); let its name "
            "end in .tif or .png",
            path=path,
            width=photo.width,
            height=photo.height,
            format=file_format,
            limit=limit,
        )


def _fitted(photo: Photo, file_format: str) -> tuple[Photo, list[Text]]:
    """Convert a photo to what a format can store, with notes on what is lost."""
    notes: list[Text] = []
    if photo.alpha is not None and file_format == "JPEG":
        photo = replace(photo, pixels=_on_white(photo.pixels, photo.alpha), alpha=None)
        notes.append(Text("what was transparent is white now (JPEG holds no transparency)"))
    if photo.is_gray and photo.profile and file_format == "WebP":
        gray = ColorSpace.of(photo.profile, True).to_srgb(photo.pixels)
        photo = replace(photo, pixels=requantized(gray, photo.pixels.dtype), profile=None)
        notes.append(Text("its gray profile was exchanged for sRGB (WebP holds RGB only)"))
    dtypes = _DEEPEST[file_format]
    if photo.pixels.dtype not in dtypes:
        notes.append(
            Text(
                "{deep} became {shallow} ({format} holds no more)",
                deep=_depth(photo.pixels.dtype),
                shallow=_depth(np.dtype(dtypes[-1])),
                format=file_format,
            )
        )
        alpha = None if photo.alpha is None else requantized(photo.alpha, dtypes[-1])
        photo = replace(photo, pixels=requantized(photo.pixels, dtypes[-1]), alpha=alpha)
    return photo, notes + _lost_metadata(photo, file_format)


def _with_stamp(photo: Photo, stamp: Stamp, file_format: str, notes: list[Text]) -> Photo:
    own = photo.metadata.xmp
    try:
        packet = stamped(own, stamp)
    except ValueError:
        notes.append(Text("its XMP is damaged, so it got no stamp"))
        return photo
    if file_format == "JPEG" and len(packet) > _MAX_JPEG_XMP >= len(own or b""):
        notes.append(Text("its XMP leaves no room in a JPEG, so it got no stamp"))
        return photo
    return replace(photo, metadata=replace(photo.metadata, xmp=packet))


def _lost_metadata(photo: Photo, file_format: str) -> list[Text]:
    metadata, lost = photo.metadata, list[Text]()
    if metadata.resources and file_format in ("PNG", "WebP"):
        lost.append(Text("IPTC"))
    if metadata.comment and file_format != "JPEG":
        lost.append(Text("comment"))
    if metadata.text_chunks and file_format != "PNG":
        lost.append(Text("PNG text"))
    if metadata.resolution and file_format == "WebP" and not (metadata.exif and resolution_of(metadata.exif)):
        lost.append(Text("resolution"))
    notes = _lost_color(photo, file_format)
    if lost:
        notes.append(Text("left out: {what} ({format} has no place for it)", what=joined(lost), format=file_format))
    return notes


def _lost_color(photo: Photo, file_format: str) -> list[Text]:
    """Return notes on what of a photo's colors other programs will not see."""
    if file_format == "PNG" and holds_color_chunks(photo):
        return []
    lost = [f"PNG {kind.decode()}" for kind, _ in photo.metadata.color_chunks if kind in HDR_KINDS]
    notes = [left_out(lost)] if lost else []
    if ColorSpace.of(photo.profile, photo.is_gray).is_hdr:
        notes.append(
            Text("its colors are HDR, as its profile says; programs that do not know such profiles show it wrong")
        )
    return notes


def _depth(dtype: np.dtype) -> Text:
    if dtype == np.float32:
        return Text("32-bit float")
    return Text("{bits} bits", bits=dtype.itemsize * 8)


def _on_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    result = np.empty_like(pixels)
    for strip in _strips(pixels):
        share = as_float(alpha[strip]).reshape(*alpha[strip].shape, *(1,) * (pixels.ndim - 2))
        result[strip] = requantized(1 - share + as_float(pixels[strip]) * share, pixels.dtype)
    return result


def _strips(pixels: np.ndarray) -> list[slice]:
    """Yield slices of rows, so that a whole photo is never converted to float at once."""
    return [slice(top, top + 64) for top in range(0, len(pixels), 64)]


def _encode(photo: Photo, path: Path, file_format: str, quality: int | None) -> list[Text]:
    if file_format == "TIFF":
        from .tiff_file import write_tiff

        return write_tiff(photo, path)
    if file_format == "PNG":
        from .png_file import write_png

        write_png(photo, _with_alpha(photo), path)
        return []
    notes: list[Text] = []
    if file_format == "JPEG":
        from .jpeg_file import encode_jpeg

        data, notes = encode_jpeg(photo, photo.pixels, quality)
    elif file_format == "WebP":
        from .webp_file import encode_webp

        color = np.repeat(photo.pixels[..., None], 3, axis=-1) if photo.is_gray else photo.pixels
        data = encode_webp(photo, _with_alpha(replace(photo, pixels=color)), quality)
    else:
        raise ValueError(f"no module writes {file_format}")
    path.write_bytes(data)
    return notes


def _with_alpha(photo: Photo) -> np.ndarray:
    return np.ascontiguousarray(photo.pixels if photo.alpha is None else np.dstack([photo.pixels, photo.alpha]))
