"""Conversion of arrays and Pillow images to photos of core, and back."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from ..errors import PhotoError
from ..imaging.color_management import ColorSpace
from ..imaging.photo import Photo

if TYPE_CHECKING:
    from PIL.Image import Image

_log = logging.getLogger(__name__)
_CHANNELS = (1, 2, 3, 4)
_BRIGHTEST_MEAN = 2.0  # greatest mean of floating point with white at 1; larger ones suggest a range up to 255
_KEPT_MODES = ("L", "LA", "RGB", "RGBA", "I;16")
_CONVERTED_MODES = {"1": "L", "P": "RGB", "PA": "RGBA", "RGBX": "RGB", "La": "LA", "RGBa": "RGBA"}


def is_image(picture: object) -> TypeGuard[Image]:
    """Whether an object is a Pillow image; does not import Pillow."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(picture, pillow.Image)


def photo_of(picture: np.ndarray | Image) -> Photo:
    """Convert a picture in memory to a photo; EXIF orientation is not applied.

    Args:
        picture: (H, W) or (H, W, 1) gray, (H, W, 2) gray with alpha, (H, W, 3) RGB or (H, W, 4) RGB with alpha; uint8,
            uint16, or floating point with white at 1; sRGB-encoded, alpha not multiplied in. Or an image of Pillow,
            whose color profile is used.

    Raises:
        ValueError: an array is of another shape or type.
        TypeError: it is not a picture.
        PhotoError: the mode of the image is not supported.
    """
    if isinstance(picture, np.ndarray):
        return _photo_of_array(picture)
    if is_image(picture):
        return _photo_of_image(picture)
    raise TypeError(f"a picture must be a path, a numpy array or a Pillow image, got {type(picture).__name__}")


def array_like(photo: Photo, original: np.ndarray) -> np.ndarray:
    """Convert a photo to a new array with the type and channels of the array it was made from."""
    if photo.is_gray and original.ndim == 2:
        return photo.pixels.astype(original.dtype)
    return _channels_of(photo).astype(original.dtype, copy=False)


def image_like(photo: Photo, original: Image) -> Image:
    """Convert a photo to a new image with the metadata of the image it was made from."""
    from PIL import Image

    channels = _channels_of(photo)
    image = Image.fromarray(channels[..., 0] if channels.shape[2] == 1 else channels)
    image.info = {name: value for name, value in original.info.items() if name not in ("icc_profile", "transparency")}
    if photo.profile is not None:
        image.info["icc_profile"] = photo.profile
    return image


def mask_pixels(mask: np.ndarray | Image) -> np.ndarray:
    """Return the pixels of a mask, (H, W) or (H, W, 3), uint8, uint16 or float32; `True` becomes white.

    Raises:
        ValueError, TypeError, PhotoError: as `photo_of`.
    """
    if isinstance(mask, np.ndarray) and mask.dtype == np.bool_:
        mask = mask.astype(np.uint8) * np.uint8(255)
    pixels = photo_of(mask).pixels
    return np.nan_to_num(pixels) if pixels.dtype == np.float32 else pixels


def _photo_of_array(array: np.ndarray, profile: bytes | None = None) -> Photo:
    is_float = np.issubdtype(array.dtype, np.floating)
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), *((count,) for count in _CHANNELS)) or not array.size:
        raise ValueError(f"a picture must be (H, W), or (H, W, C) with 1 to 4 channels, got shape {array.shape}")
    if array.dtype.type not in (np.uint8, np.uint16) and not is_float:
        raise ValueError(f"a picture must be uint8, uint16 or floating point with white at 1, got {array.dtype}")
    channels = array.astype(np.float32 if is_float else array.dtype.type).reshape(*array.shape[:2], -1)
    color = channels[..., 0] if channels.shape[2] < 3 else channels[..., :3]
    if is_float and float(color.mean()) > _BRIGHTEST_MEAN:
        raise ValueError(f"a picture in floating point must have white at 1, got values up to {color.max():g}")
    alpha = channels[..., -1] if channels.shape[2] in (2, 4) else None
    return Photo(np.ascontiguousarray(color), None if alpha is None else np.ascontiguousarray(alpha), profile)


def _photo_of_image(image: Image) -> Photo:
    mode = _CONVERTED_MODES.get(image.mode, image.mode)
    if "transparency" in image.info:  # one color, or a palette's colors
        mode = "LA" if mode == "L" else "RGBA"
    if mode not in _KEPT_MODES:
        raise PhotoError("the image is in mode {mode} (not gray or RGB); convert it to RGB first", mode=mode)
    plain = image if image.mode == mode else image.convert(mode)
    profile = _profile_of(image, is_gray=mode in ("L", "LA", "I;16"))
    return _photo_of_array(np.asarray(plain), profile)


def _profile_of(image: Image, *, is_gray: bool) -> bytes | None:
    profile = image.info.get("icc_profile") or None
    try:
        ColorSpace.of(profile, is_gray)
    except ValueError as error:
        _log.warning("the image's color profile was left out and sRGB assumed (%s)", error)
        return None
    return profile


def _channels_of(photo: Photo) -> np.ndarray:
    """Return a new array (H, W, C): gray or RGB, and alpha if there is any."""
    color = photo.pixels[..., None] if photo.is_gray else photo.pixels
    parts = [color] if photo.alpha is None else [color, photo.alpha[..., None]]
    return np.concatenate(parts, axis=-1)
