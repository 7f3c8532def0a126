"""HEIC and AVIF files, read by Pillow or its plug-in; they are not written."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import PhotoError
from ...installation import install_command, pip_command
from ..photo import Metadata, Photo
from . import checks, exif


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
    image = pillow_heif.open_heif(path)
    width, height = image.size
    checks.check_size(path, width, height, max_megapixels)
    info = dict(image.info)
    if info.get("exif"):  # the rotation of the container was applied, which EXIF repeats
        info["exif"] = exif.normalize_orientation(_block(info["exif"]), width, height)
    return _photo(path, image.to_pillow(), info, "HEIC")


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
    with path.open("rb") as file, plugin.AvifImageFile(file) as image:
        width, height = image.size
        checks.check_size(path, width, height, max_megapixels)
        if getattr(image, "n_frames", 1) > 1:
            raise checks.animation_error(path)
        image.load()
        return _photo(path, image, image.info, "AVIF")


def _photo(path: Path, image: Any, info: dict[str, Any], file_format: str) -> Photo:
    pixels = np.array(image.convert("LA" if image.mode in ("L", "LA") else "RGBA"))
    has_alpha = "A" in image.mode
    color = np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3])
    alpha = np.ascontiguousarray(pixels[..., -1]) if has_alpha else None
    metadata = Metadata(exif=_block(info["exif"]) if info.get("exif") else None, xmp=info.get("xmp") or None)
    return Photo(color, alpha, info.get("icc_profile") or None, metadata, path=path, file_format=file_format)


def _block(packed: bytes) -> bytes:
    return packed.removeprefix(b"Exif\0\0")
