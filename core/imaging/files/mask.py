"""Masks: a gray picture that says where a look counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...color.srgb import REC709_LUMA
from ...errors import PhotoError
from ..color_management import as_float
from .reading import read_photo

_SAME_SHAPE = 0.02  # of the ratio of the sides


def read_mask(path: Path, height: int, width: int) -> np.ndarray:
    """Read a mask and fit it to a photo: white is restyled, black stays as it is.

    Args:
        path: any photo file; of a color picture its luma counts. Values are taken as they stand, without a profile.
        height: of the photo.
        width: of the photo.

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        PhotoError: the file cannot be read, or its shape is not the photo's.
    """
    import cv2

    photo = read_photo(path)
    if abs(photo.width * height / (photo.height * width) - 1) > _SAME_SHAPE:
        raise PhotoError(
            "{path}: the mask has another shape ({mask_width} x {mask_height}) than the photo ({width} x "
            "{height}); make it the same size, or the same proportions",
            path=path,
            mask_width=photo.width,
            mask_height=photo.height,
            width=width,
            height=height,
        )
    values = as_float(photo.pixels)
    mask = values if photo.is_gray else values @ np.array(REC709_LUMA, np.float32)
    if mask.shape != (height, width):
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return mask.clip(0, 1)
