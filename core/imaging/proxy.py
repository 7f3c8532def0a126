"""The proxy: a small copy of a photo, for which a look is computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PhotoError
from ..texts import Text
from .color_management import as_float, to_srgb, to_uint8, white_of
from .photo import Photo

PROXY_SIZE = 256
_BAND = 64
_MAT = 0.5  # gray behind transparent pixels


@dataclass(frozen=True)
class Proxy:
    """A photo at most 256 pixels on its longer side.

    Attributes:
        pixels: (H, W, 3) float32, sRGB-encoded, in [0, 1].
        weights: (H, W) float32 in [0, 1]: opacity of each pixel; never all zero.
    """

    pixels: np.ndarray
    weights: np.ndarray

    @classmethod
    def opaque(cls, pixels: np.ndarray) -> Proxy:
        """Make a proxy of opaque pixels."""
        return cls(pixels, np.ones(pixels.shape[:2], np.float32))


def proxy_of(photo: Photo, size: int = PROXY_SIZE) -> Proxy:
    """Shrink a photo by area averages that are weighted by opacity.

    Args:
        photo: any depth and color space.
        size: largest longer side in pixels; a smaller photo keeps its size.

    Raises:
        PhotoError: every pixel is transparent.
    """
    scale = min(1.0, size / max(photo.height, photo.width))
    height, width = max(1, round(photo.height * scale)), max(1, round(photo.width * scale))
    if photo.alpha is None or photo.alpha.min() == white_of(photo.alpha.dtype):
        return Proxy.opaque(_shown(_shrunk(photo.pixels, height, width), photo))
    small, weights = _weighted(photo.pixels, photo.alpha, height, width)
    if not weights.any():
        raise _transparent_error(photo)
    return Proxy(_shown(small, photo), weights)


def preview_of(photo: Photo, size: int) -> np.ndarray:
    """Convert a photo to a small 8-bit picture.

    Args:
        photo: any depth and color space.
        size: largest longer side in pixels; a smaller photo keeps its size.

    Returns:
        (H, W, 3) uint8, sRGB.
    """
    proxy = proxy_of(photo, size)
    shown = _MAT + proxy.weights[..., None] * (proxy.pixels - _MAT)
    return to_uint8(shown)


def require_visible(photo: Photo) -> None:
    """Check that a photo has visible pixels.

    Raises:
        PhotoError: every pixel is transparent.
    """
    if photo.alpha is not None and not photo.alpha.any():
        raise _transparent_error(photo)


def _transparent_error(photo: Photo) -> PhotoError:
    where = photo.path or Text("the photo")
    return PhotoError("{where}: every pixel is transparent (nothing to see); choose another photo", where=where)


def _shown(small: np.ndarray, photo: Photo) -> np.ndarray:
    return to_srgb(small, photo.profile).clip(0, 1)


def _shrunk(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return area averages as float32; integers become fractions of white."""
    import cv2

    if pixels.shape[:2] != (height, width):
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return as_float(pixels)


def _weighted(pixels: np.ndarray, alpha: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return averages weighted by alpha, in bands of rows, so that the whole photo is never converted to float.

    Returns:
        (height, width[, 3]) and the mean alpha (height, width), float32.
    """
    channels = pixels.reshape(*pixels.shape[:2], -1)
    total = np.zeros((height, width, channels.shape[2] + 1), np.float32)
    for top in range(0, len(channels), _BAND):
        band = slice(top, min(top + _BAND, len(channels)))
        weight = as_float(alpha[band])[..., None]
        across = _shrunk(np.concatenate([as_float(channels[band]) * weight, weight], -1), band.stop - top, width)
        total += np.tensordot(_row_shares(band, len(channels), height), across, 1)
    weights = total[..., -1].clip(0, 1)
    mean = total[..., :-1] / np.maximum(total[..., -1:], np.float32(1e-6))
    return mean.reshape(height, width, *pixels.shape[2:]), weights


def _row_shares(band: slice, num_rows: int, height: int) -> np.ndarray:
    """(height, band) float32: the share of each row of the band in each row of the proxy."""
    edges = np.arange(height + 1) * (num_rows / height)
    rows = np.arange(band.start, band.stop)
    overlap = np.minimum(edges[1:, None], rows + 1) - np.maximum(edges[:-1, None], rows)
    return (overlap.clip(0) * (height / num_rows)).astype(np.float32)


def resize_to_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """Resize a whole photo (H, W[, C]) to a square by area averages, whatever its aspect ratio."""
    import cv2

    return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
