"""A batch restyled: each picture with its own look, or all with one."""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management
import torch
from torch import Tensor

from ..core.imaging.look import Look
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import proxy_of
from ..core.imaging.restyle import restyle_photo
from ..core.styles.applying import apply_style
from ..core.styles.content import Content
from ..core.styles.controls import Controls
from ..core.styles.style import Style
from .pictures import fitted_mask, photo_of, put_photo

MOST_POOLED = 64  # pictures of a series whose colors decide its look; more change it little and take time


def restyle_batch(
    image: Tensor,
    style: Style,
    controls: Controls,
    *,
    mask: Tensor | None = None,
    series: bool = False,
    count: Callable[[int, int], None] = lambda done, total: None,
) -> Tensor:
    """Give a style to every picture of a batch.

    Args:
        image: (B, H, W, C), C of 1, 3 or 4.
        style: of any kind.
        controls: strength, variation, device.
        mask: (M, h, w); of fewer masks than pictures, they are taken in turn.
        series: one look for the whole batch, from its pooled colors; a pixel style has none and paints each.
        count: called with (done, total) before each picture and at the end.

    Returns:
        (B, H, W, C) float32 in [0, 1], where ComfyUI keeps pictures; alpha as it was.
    """
    masks = fitted_mask(mask, image.shape[1], image.shape[2])
    look = _series_look(image, style, controls) if series and style.pixel is None else None
    result = torch.empty(image.shape, dtype=torch.float32)
    for number, frame in enumerate(image):
        count(number, len(image))
        part = None if masks is None else masks[number % len(masks)].numpy()
        photo = photo_of(frame)
        if look is None:
            photo = apply_style(photo, style, controls, mask=part)
        else:
            photo = restyle_photo(photo, look, strength=controls.strength, mask=part, device=controls.device)
        put_photo(photo, result[number])
    count(len(image), len(image))
    return result.to(comfy.model_management.intermediate_device())


def photos_of(images: list[Tensor]) -> list[Photo]:
    """All pictures of some batches, which may differ in size."""
    return [photo_of(frame) for batch in images for frame in batch]


def _series_look(image: Tensor, style: Style, controls: Controls) -> Look:
    places = torch.linspace(0, len(image) - 1, min(MOST_POOLED, len(image))).round().int().tolist()
    content = Content.of([proxy_of(photo_of(image[place])) for place in places])
    return style.look_for(content, variation=controls.variation)
