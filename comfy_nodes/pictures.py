"""Conversion of ComfyUI's tensors and masks."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.errors import PhotoError
from ..core.imaging.files.mask import SAME_SHAPE
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import proxy_of
from ..core.networks.regions import REGIONS, predict_regions
from ..core.photos.faces import find_face

_NO_MASK_SIZE = (64, 64)  # pixels: side of the black mask of LoadImage for an opaque picture
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


def fitted_mask(mask: Tensor | None, height: int, width: int) -> Tensor | None:
    """Resize a mask to the size of an image: 1 is restyled, 0 is not.

    Args:
        mask: (M, H, W) or (H, W), or None.
        height: of the image in pixels.
        width: of the image in pixels.

    Returns:
        (M, height, width) float32 in [0, 1] on the CPU; None for everywhere, which is also what LoadImage's mask of
        an opaque picture (64 x 64 pixels of black) means.

    Raises:
        PhotoError: its aspect ratio is not the image's.
    """
    if mask is None:
        return None
    mask = mask.detach().reshape(-1, *mask.shape[-2:]).float().cpu()
    size = tuple(mask.shape[-2:])
    if size == _NO_MASK_SIZE and size != (height, width) and not mask.any():
        return None
    if abs(size[1] * height / (size[0] * width) - 1) > SAME_SHAPE:
        raise PhotoError(
            "mask: has another shape ({mask_width} x {mask_height}) than the image ({width} x {height}); make it "
            "the same size, or the same proportions",
            mask_width=size[1],
            mask_height=size[0],
            width=width,
            height=height,
        )
    if size != (height, width):
        mask = torch.nn.functional.interpolate(mask[:, None], (height, width), mode="bilinear")[:, 0]
    return mask.nan_to_num(0).clamp(0, 1).contiguous()


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
