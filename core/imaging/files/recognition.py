"""Detection of file formats by the first bytes, and errors for unsupported ones."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ...errors import PhotoError
from ...installation import install_command
from ...texts import Text, cause_of
from ..photo import PHOTO_SUFFIXES, RAW_SUFFIXES

HEADER_SIZE = 64

_USUAL_SUFFIX = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp", "HEIC": ".heic", "AVIF": ".avif"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR")
_OTHERS = (
    (b"GIF8", Text("a GIF, which holds 256 colors or an animation")),
    (b"BM", Text("a BMP picture")),
    (b"8BPS", Text("a Photoshop document")),
    (b"%PDF", Text("a PDF document")),
    (b"gimp xcf", Text("a GIMP document")),
    (b"\xff\x0a", Text("a JPEG XL picture")),
    (b"\0\0\0\x0cJXL ", Text("a JPEG XL picture")),
    (b"\0\0\0\x0cjP  ", Text("a JPEG 2000 picture")),
    (b"v/1\x01", Text("an OpenEXR picture")),
    (b"#?RADIANCE", Text("a Radiance picture")),
)


def recognize(path: Path) -> str:
    """Detect the format of a file by its content.

    Args:
        path: any path.

    Returns:
        "JPEG", "PNG", "TIFF", "WebP", "HEIC", "AVIF" or "RAW".

    Raises:
        PhotoError: there is no such file, it cannot be opened, its format is not supported, or its suffix names
            another format.
    """
    header = _read_header(path)
    if _is_raw(path, header):
        if not can_read_raw():
            raise PhotoError(
                "{path}: is a camera's RAW file (its decoder is not installed); {command}, or export a 16-bit TIFF "
                "first",
                path=path,
                command=install_command("raw"),
            )
        return "RAW"
    found = _format_of(header)
    if found is None:
        raise _other_kind(path, header)
    claimed = PHOTO_SUFFIXES.get(path.suffix.lower(), found)
    if claimed != found:
        better = path.with_suffix(_USUAL_SUFFIX[found]).name
        raise PhotoError(
            "{path}: is a {found} picture under the name of a {claimed} (wrong suffix); rename it to {better}",
            path=path,
            found=found,
            claimed=claimed,
            better=better,
        )
    return found


def can_read_raw() -> bool:
    """Whether RAW files can be read here."""
    return importlib.util.find_spec("rawpy") is not None


def _read_header(path: Path) -> bytes:
    if os.path.isdir(path):
        raise PhotoError("{path}: is a folder, not a photo (one file is needed here); name a photo in it", path=path)
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_SIZE)
    except FileNotFoundError as error:
        raise PhotoError("{path}: does not exist (no such file); check its name and folder", path=path) from error
    except OSError as error:
        raise PhotoError(
            "{path}: cannot be opened ({cause}); check that you may read it", path=path, cause=cause_of(error)
        ) from error
    if not header:
        raise PhotoError("{path}: is empty (0 bytes); copy it again from its source", path=path)
    return header


def _is_raw(path: Path, header: bytes) -> bool:
    is_canon = header[:4] in (b"II*\0", b"MM\0*") and header[8:10] == b"CR"
    is_raw = header.startswith(_RAW_STARTS) or is_canon or header[4:12] == b"ftypcrx "
    return is_raw or (path.suffix.lower() in RAW_SUFFIXES and _format_of(header) in (None, "TIFF"))


def _format_of(header: bytes) -> str | None:
    if header.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if header.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if header[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if header[:4] == b"RIFF" and header[8:12] == b"WEBP":
        return "WebP"
    return _format_of_box(header) if header[4:8] == b"ftyp" else None


def _format_of_box(header: bytes) -> str | None:
    length = min(int.from_bytes(header[:4], "big"), len(header))
    brands = {header[8:12]} | {header[start : start + 4] for start in range(16, length - 3, 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIC" if brands & _HEIC_BRANDS else None


def _other_kind(path: Path, header: bytes) -> PhotoError:
    what = next((name for start, name in _OTHERS if header.startswith(start)), None)
    if what is None:
        return PhotoError(
            "{path}: is not a photo (its content is none of JPEG, PNG, TIFF or WebP, whatever its name); choose "
            "another file",
            path=path,
        )
    return PhotoError(
        "{path}: is {what} (not read here); save the picture you want as JPEG, PNG, TIFF or WebP", path=path, what=what
    )
