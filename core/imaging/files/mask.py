"""Masks: gray pictures that weight a look by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...color.srgb import REC709_LUMA
from ...errors import PhotoError
from ..color_management import as_float
from .reading import read_photo

_SAME_SHAPE = 0.02  # relative difference of the aspect ratios


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
    import cv2

    photo = read_photo(path)
    if abs(photo.width * height / (photo.height * width) - 1) > _SAME_SHAPE:
        raise PhotoError(
            f"{path}: the mask has another shape ({photo.width} x {photo.height}) than the photo ({width} x {height}); "
            "make it the same size, or the same proportions"
        )
    values = as_float(photo.pixels)
    mask = values if photo.is_gray else values @ np.array(REC709_LUMA, np.float32)
    if mask.shape != (height, width):
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return mask.clip(0, 1)
