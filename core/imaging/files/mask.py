"""Masks: gray pictures that weight a look by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...color.srgb import REC709_LUMA
from ...errors import PhotoError
from ..color_management import as_float
from .reading import read_photo

SAME_SHAPE = 0.02  # relative difference of the aspect ratios


def read_mask(path: Path, height: int, width: int) -> np.ndarray:
    """Read a mask and resize it to a photo: white is restyled, black is not.

    Args:
        path: any photo file; color pictures are converted to luma. Profiles are ignored.
        height: of the photo in pixels.
        width: of the photo in pixels.

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        PhotoError: the file cannot be read, or its aspect ratio is not the photo's.
    """
    return fit_mask(read_photo(path).pixels, height, width, name=str(path))


def fit_mask(pixels: np.ndarray, height: int, width: int, *, name: str = "mask") -> np.ndarray:
    """Convert the pixels of a mask to weights for a photo.

    Args:
        pixels: (H, W), or (H, W, 3), of which the luma is used; uint8, uint16 or float32.
        height: of the photo.
        width: of the photo.
        name: of the mask, for the error.

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        PhotoError: its shape is not the photo's.
    """
    import cv2

    own_height, own_width = pixels.shape[:2]
    if abs(own_width * height / (own_height * width) - 1) > SAME_SHAPE:
        raise PhotoError(
            "{name}: the mask has another shape ({mask_width} x {mask_height}) than the photo ({width} x "
            "{height}); make it the same size, or the same proportions",
            name=name,
            mask_width=own_width,
            mask_height=own_height,
            width=width,
            height=height,
        )
    values = as_float(pixels)
    mask = values if pixels.ndim == 2 else values @ np.array(REC709_LUMA, np.float32)
    if mask.shape != (height, width):
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return mask.clip(0, 1)
