"""HEIC and AVIF files, read by Pillow or its plug-in; they are not written."""

from __future__ import annotations

import importlib
import re
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import PhotoError
from ...installation import install_command, pip_command
from ...texts import Text
from ..coded_color import profile_of_codes
from ..hdr_curves import HLG, PQ
from ..photo import Encoding, Metadata, Photo
from . import checks, exif, xmp

_MAX_META = 4 << 20  # bytes of properties
_TIGHTNESS = 4  # how much tighter than other formats they pack photos
_APPLE_GAIN_MAP = "urn:com:apple:photo:2020:aux:hdrgainmap"


def read_heic(path: Path, *, max_megapixels: float) -> Photo:
    """Read a HEIC photo; the decoder rotates it upright.

    Raises:
        PhotoError: unsupported, damaged, or pillow-heif is not installed.
    """
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise PhotoError(
            "{path}: is a HEIC photo (its decoder is not installed); {command}",
            path=path,
            command=install_command("heic"),
        ) from error
    image = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
    width, height = image.size
    checks.check_size(path, width, height, max_megapixels)
    checks.check_plausible(path, path.stat().st_size, width * height * 3, tightness=_TIGHTNESS)
    info = dict(image.info)
    if info.get("exif"):  # the rotation of the container was applied, which EXIF repeats
        info["exif"] = exif.normalize_orientation(_block(info["exif"]), width, height)
    bits = int(info.get("bit_depth") or 8)
    pixels = np.asarray(image)
    if pixels.dtype == np.uint16:  # bits at the top
        pixels = _at_16_bits(pixels >> (16 - bits), bits)
    return _photo(path, pixels, info, "HEIC", _notes_of_heic(image, info))


def read_avif(path: Path, *, max_megapixels: float) -> Photo:
    """Read an AVIF photo, without applying its orientation.

    Raises:
        PhotoError: unsupported, damaged, or this Pillow has no AVIF decoder.
    """
    try:
        plugin = importlib.import_module("PIL.AvifImagePlugin")
        importlib.import_module("PIL._avif")
    except ImportError as error:
        raise PhotoError(
            "{path}: is an AVIF photo (this Pillow cannot read it); {command}",
            path=path,
            command=pip_command("--upgrade", "pillow"),
        ) from error
    # Pillow looks into EXIF, which is told of when it is damaged; a filter of one thread alone does not exist.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")
    with path.open("rb") as file, plugin.AvifImageFile(file) as image:
        width, height = image.size
        checks.check_size(path, width, height, max_megapixels)
        checks.check_plausible(path, path.stat().st_size, width * height * 3, tightness=_TIGHTNESS)
        if getattr(image, "n_frames", 1) > 1:
            raise checks.animation_error(path)
        bits, notes = _bits_of_avif(path), list[Text]()
        pixels = _deep_avif(path, bits, notes) if bits > 8 else None
        if pixels is None:
            image.load()
            pixels = np.asarray(image)
        return _photo(path, pixels, image.info, "AVIF", notes)


def _photo(path: Path, pixels: np.ndarray, info: dict[str, Any], file_format: str, notes: list[Text]) -> Photo:
    channels = pixels.reshape(*pixels.shape[:2], -1)
    has_alpha = channels.shape[2] in (2, 4)
    color = channels[..., 0] if channels.shape[2] < 3 else channels[..., :3]
    alpha = np.ascontiguousarray(channels[..., -1]) if has_alpha else None
    metadata = Metadata(exif=_block(info["exif"]) if info.get("exif") else None, xmp=info.get("xmp") or None)
    properties = _properties(path)
    if b"tmap" in properties or _APPLE_GAIN_MAP in (info.get("aux") or {}) or xmp.has_gain_map(metadata.xmp):
        notes.append(xmp.gain_map_left_out())
    profile = info.get("icc_profile") or _profile_of_codes(properties, color.ndim == 2, notes)
    return Photo(np.array(color), alpha, profile, metadata, Encoding(), path, file_format, tuple(notes))


def _profile_of_codes(properties: bytes, is_gray: bool, notes: list[Text]) -> bytes | None:
    found = [struct.unpack(">HH", codes) for codes in re.findall(rb"colrnclx(.{4})", properties, re.DOTALL)]
    if not found:
        return None
    # Beside a gain map stand the codes of the HDR picture that it makes.
    sdr = [codes for codes in found if codes[1] not in (PQ.code, HLG.code)] if b"tmap" in properties else []
    primaries, transfer = (sdr or found)[0]
    try:
        return profile_of_codes(primaries, transfer, is_gray)
    except ValueError as error:
        notes.append(checks.unusable_profile(error))
        return None


def _notes_of_heic(image: Any, info: dict[str, Any]) -> list[Text]:
    notes = []
    if len(image) > 1:
        notes.append(Text("holds more than one picture; the first is used, the others are not kept"))
    others = [name for name in info.get("aux") or {} if name != _APPLE_GAIN_MAP]
    others += ["depth"] if info.get("depth_images") else []
    others += [str(block.get("type", "metadata")) for block in info.get("metadata") or []]
    return [*notes, checks.left_out([f"HEIC {name}" for name in others])] if others else notes


def _bits_of_avif(path: Path) -> int:
    properties = _properties(path)
    at = properties.find(b"av1C")
    flags = properties[at + 6] if 0 <= at < len(properties) - 6 else 0
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


def _deep_avif(path: Path, bits: int, notes: list[Text]) -> np.ndarray | None:
    import imagecodecs

    if imagecodecs.AVIF.available:
        pixels = imagecodecs.avif_decode(path.read_bytes())
        if pixels.dtype == np.uint16 and pixels.ndim in (2, 3):
            return _at_16_bits(pixels, bits)
    notes.append(Text("{bits} bits are read as 8", bits=bits))
    return None


def _at_16_bits(pixels: np.ndarray, bits: int) -> np.ndarray:
    return np.rint(pixels * np.float32(65535 / (2**bits - 1))).astype(np.uint16)


def _properties(path: Path) -> bytes:
    """Return the box `meta`, in which all properties are; empty if there is none."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind == b"meta":
                return file.read(min(size, _MAX_META) - 8 if size >= 8 else 0)
            if size < 8:  # of 64 bits, or to the end of the file
                return b""
            file.seek(size - 8, 1)
    return b""


def _block(packed: bytes) -> bytes:
    return packed.removeprefix(b"Exif\0\0")
