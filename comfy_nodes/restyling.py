"""Restyling of a batch: with a look for each picture, or one for all."""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management
import numpy as np
import torch
from torch import Tensor

from ..core.imaging.photo import Photo
from ..core.imaging.proxy import proxy_of
from ..core.languages import translate
from ..core.styles.applying import apply_style, look_of_series
from ..core.styles.controls import Controls
from ..core.styles.fitting import fit_for
from ..core.styles.style import Style
from .pictures import fitted_mask, photo_of, put_photo

Remark = tuple[int, str]  # number of the picture in the batch, from 1, and what a user should know of it


def restyle_batch(
    image: Tensor,
    style: Style,
    controls: Controls,
    *,
    mask: Tensor | None = None,
    count: Callable[[int, int], None] = lambda done, total: None,
    remark: Callable[[Remark], object] = lambda found: None,
) -> Tensor:
    """Apply a style to every picture of a batch.

    Args:
        image: (B, H, W, C), C of 1, 3 or 4.
        style: of any kind.
        controls: all but `rgb`: a gray picture stays gray.
        mask: (M, h, w); fewer masks than pictures are repeated.
        count: called with (done, total) before each picture and at the end.
        remark: called with each remark of how the style fits a picture.

    Returns:
        (B, H, W, C) float32 in [0, 1] on ComfyUI's device for pictures; alpha is unchanged.
    """
    masks = fitted_mask(mask, image.shape[1], image.shape[2])
    look = None
    if controls.series:
        look = look_of_series((proxy_of(photo_of(frame)) for frame in image), style, controls)
    # numpy allocates large pages, which is several times faster than torch's small ones.
    result = torch.from_numpy(np.empty(tuple(image.shape), np.float32))
    for number, frame in enumerate(image):
        count(number, len(image))
        part = None if masks is None else masks[number % len(masks)].numpy()
        place = result[number]
        out = place.numpy() if image.shape[-1] == 3 else None
        photo = photo_of(frame)
        fit = fit_for(photo, style, controls, look)
        put_photo(apply_style(photo, style, controls, mask=part, fit=fit, frame=number, out=out), place)
        for text in () if fit is None else fit.remarks:
            remark((number + 1, translate(text, "en")))
    count(len(image), len(image))
    return result.to(comfy.model_management.intermediate_device())


def photos_of(images: list[Tensor]) -> list[Photo]:
    """Return all pictures of batches, which may differ in size."""
    return [photo_of(frame) for batch in images for frame in batch]
