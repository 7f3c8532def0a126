"""Masks of nodes: fitted to an image, inverted, feathered, and looked at for what they probably are."""

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

MAX_FEATHER = 512  # pixels
_NO_MASK_SIZE = (64, 64)  # pixels: side of the black mask of LoadImage for an opaque picture
_SIGMAS = 4.0  # of the Gaussian in a feather's width
_LEAST_PERSON = 0.05  # share of an image; on less there is nobody to leave out
_HARDLY, _MOSTLY = 0.15, 0.6  # shares of a region that a mask restyles


def fitted_mask(
    mask: Tensor | None, height: int, width: int, *, invert: bool = False, feather: int = 0
) -> Tensor | None:
    """Resize a mask to the size of an image: 1 is restyled, 0 is not.

    Args:
        mask: (M, H, W) or (H, W), or None.
        height: of the image in pixels.
        width: of the image in pixels.
        invert: whether 0 is restyled, and 1 is not.
        feather: pixels over which its edges fade.

    Returns:
        (M, height, width) float32 in [0, 1] on the CPU; None for everywhere, which is also what LoadImage's mask of
        an opaque picture (64 x 64 pixels of black) means, inverted or not.

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
    mask = mask.nan_to_num(0).clamp(0, 1).contiguous()
    mask = 1 - mask if invert else mask
    return mask if not feather else torch.stack([_feathered(one, feather) for one in mask])


def leaves_person_out(photo: Photo, mask: Tensor) -> bool:
    """Whether a mask restyles what is behind a person, and not the person.

    Args:
        photo: with a person or without.
        mask: (H, W) float32 of its size; 1 is restyled.
    """
    proxy = proxy_of(photo)
    subject = predict_regions(proxy.pixels)[REGIONS.index("subject")]
    shares = cv2.resize(mask.numpy(), subject.shape[::-1], interpolation=cv2.INTER_AREA)
    if subject.mean() < _LEAST_PERSON or (1 - subject).mean() < _LEAST_PERSON:
        return False
    on_person, behind = (float((shares * part).sum() / part.sum()) for part in (subject, 1 - subject))
    return on_person < _HARDLY and behind > _MOSTLY


def _feathered(mask: Tensor, feather: int) -> Tensor:
    """Blur by a Gaussian; beyond the border the mask goes on as it ends."""
    blurred = cv2.GaussianBlur(mask.numpy(), (0, 0), feather / _SIGMAS, borderType=cv2.BORDER_REPLICATE)
    return torch.from_numpy(np.clip(blurred, 0, 1))
