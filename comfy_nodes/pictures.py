"""Conversion of ComfyUI's tensors."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.errors import PhotoError
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import proxy_of
from ..core.networks.regions import REGIONS, predict_regions
from ..core.photos.faces import find_face

_CHANNELS = (1, 3, 4)
_SURE = 0.5  # of a map of faces


def photo_of(frame: Tensor) -> Photo:
    """Convert one picture of a batch to a photo.

    Args:
        frame: (H, W, C) of any device and float type; C is 1 (gray), 3, or 4 with alpha. NaN becomes 0, and
            values are clamped to [0, 1].

    Raises:
        PhotoError: the number of channels is wrong.
    """
    if frame.ndim != 3 or frame.shape[-1] not in _CHANNELS:
        raise PhotoError(
            "image: has shape {shape} (1, 3 or 4 channels come last); connect an IMAGE", shape=tuple(frame.shape)
        )
    values = _cleaned(frame.detach()).cpu().numpy()
    if values.shape[-1] == 1:
        return Photo(pixels=np.ascontiguousarray(values[..., 0]))
    if values.shape[-1] == 3:
        return Photo(pixels=np.ascontiguousarray(values))
    return Photo(pixels=np.ascontiguousarray(values[..., :3]), alpha=np.ascontiguousarray(values[..., 3]))


def put_photo(photo: Photo, target: Tensor) -> None:
    """Write a float32 photo into its place (H, W, C) of a batch, clamped to [0, 1]; it may be there already."""
    colors = torch.from_numpy(photo.pixels)
    if photo.is_gray:
        torch.clamp(colors, 0, 1, out=target[..., 0])
    elif target.shape[-1] == colors.shape[-1]:
        torch.clamp(colors, 0, 1, out=target)
    else:
        assert photo.alpha is not None
        target[..., :3] = colors.clamp(0, 1)
        target[..., 3] = torch.from_numpy(photo.alpha)


def image_of(pixels: np.ndarray) -> Tensor:
    """Convert a picture (H, W, 3) uint8, sRGB, to (1, H, W, 3) float32 in [0, 1]."""
    return torch.from_numpy(pixels.astype(np.float32) / 255)[None]


def face_window(photo: Photo, size: int) -> tuple[slice, slice]:
    """Find the rows and columns of a window around the face, or around the middle where no face is found.

    Args:
        photo: of any size.
        size: of the window in pixels; a photo that is smaller has a smaller one.

    Raises:
        PhotoError: every pixel is transparent.
    """
    pixels = proxy_of(photo).pixels
    face = find_face(pixels)
    y, x = _center_of_face(pixels) if face is None else face.center
    return _around(y, photo.height, size), _around(x, photo.width, size)


def _center_of_face(pixels: np.ndarray) -> tuple[float, float]:
    """(y, x) of a face that is small, turned or covered, in fractions of the photo; the middle without one."""
    face = predict_regions(pixels)[REGIONS.index("face")]
    count, _, numbers, centers = cv2.connectedComponentsWithStats((face > _SURE).astype(np.uint8))
    if count == 1:  # the rest alone
        return 0.5, 0.5
    x, y = centers[1 + numbers[1:, cv2.CC_STAT_AREA].argmax()] + 0.5
    return float(y) / face.shape[0], float(x) / face.shape[1]


def _around(place: float, length: int, size: int) -> slice:
    first = max(0, min(round(place * length - size / 2), length - size))
    return slice(first, min(length, first + size))


def _cleaned(frame: Tensor) -> Tensor:
    frame = frame.float()
    low, high = torch.aminmax(frame)
    if low >= 0 and high <= 1:  # both are False for NaN
        return frame
    return frame.nan_to_num(nan=0, posinf=1, neginf=0).clamp(0, 1)
