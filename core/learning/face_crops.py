"""Cutting the faces out of photos: where, and differentiably, so that restyled photos can be cut at the same place."""

from __future__ import annotations

import torch
from torch import Tensor

from ..imaging.proxy import MIDDLE, MIDDLE_SPREAD
from ..photos.faces import FaceBox

_WIDENING = 1.6  # from the face to the crop, which holds hair and chin too
_MIDDLE_REACH = 3.0  # deviations of the bell over the middle that a crop without a face holds


def box_around(face: FaceBox | None, height: int, width: int) -> FaceBox:
    """The place to cut: a square of the photo's pixels, within the photo, so that faces keep their proportions.

    Args:
        face: None for the middle of the photo, where a portrait's face mostly is.
        height, width: of the photo, in pixels.
    """
    if face is None:
        (y, x), down, across, widening = MIDDLE, *MIDDLE_SPREAD, _MIDDLE_REACH
    else:
        (y, x), down, across, widening = face.center, face.height, face.width, _WIDENING
    side = min(widening * (down * height * across * width) ** 0.5, height, width)
    down, across = side / height, side / width
    # Moved into the photo rather than clipped: a clipped square is none.
    top, left = min(max(y - down / 2, 0), 1 - down), min(max(x - across / 2, 0), 1 - across)
    return FaceBox(top, left, down, across)


def face_crop(images: Tensor, boxes: Tensor, size: int) -> Tensor:
    """Cut a rectangle out of each image and resize it, smoothed where it shrinks; differentiable in the images.

    Each pixel of the result is a mean weighted by a triangle over rows and columns, as wide as the pixel is (at least
    bilinear). As it is two products of matrices, gradients too are the same in each run, on the CPU and on a GPU.

    Args:
        images: (B, C, H, W), float, any range.
        boxes: (B, 4) of (top, left, height, width) in parts of the image's size; places outside show the edge.
        size: of the result.

    Returns:
        (B, C, size, size), in the images' type.

    Raises:
        ValueError: boxes do not fit the images, or size is below 1.
    """
    if images.ndim != 4 or tuple(boxes.shape) != (len(images), 4):
        raise ValueError(f"boxes must be (B, 4) for (B, C, H, W), got {tuple(boxes.shape)} for {tuple(images.shape)}")
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    top, left, height, width = boxes.to(images.device, torch.float32)[..., None].unbind(1)  # (B, 1) each
    rows = _shares(top, height, images.shape[2], size).to(images.dtype)
    columns = _shares(left, width, images.shape[3], size).to(images.dtype)
    return rows[:, None] @ images @ columns[:, None].mT


def _shares(start: Tensor, extent: Tensor, length: int, size: int) -> Tensor:
    """(B, size, length): how much of each pixel along an edge goes into each pixel of the crop; rows sum to 1."""
    places = (torch.arange(size, device=start.device) + 0.5) / size
    centers = ((start + extent * places) * length - 0.5).clamp(0, length - 1)  # (B, size)
    reach = (extent * length / size).clamp(min=1)
    pixels = torch.arange(length, device=start.device)
    near = (1 - (pixels - centers[..., None]).abs() / reach[..., None]).clamp(min=0)
    return near / near.sum(-1, keepdim=True)
