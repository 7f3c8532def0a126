"""A style applied to a photo: statistics of the photo, its look, the look rendered at full size."""

from __future__ import annotations

import numpy as np

from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..imaging.restyle import restyle_photo
from .content import Content
from .controls import Controls
from .pixel_style import paint_photo
from .style import Style


def apply_style(
    photo: Photo, style: Style, controls: Controls | None = None, *, mask: np.ndarray | None = None
) -> Photo:
    """Give a style to a photo.

    Args:
        photo: any depth, size and color space.
        style: of any kind.
        controls: strength, variation and so on; None for the defaults.
        mask: (H, W) float32 in [0, 1]; None for everywhere.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        StyleError: a pixel style was learnt with another network than the one installed.
    """
    controls = controls or Controls()
    if style.pixel is not None:
        return paint_photo(photo, style, controls, mask=mask)
    look = style.look_for(Content.of([proxy_of(photo)]), variation=controls.variation)
    return restyle_photo(photo, look, strength=controls.strength, mask=mask, rgb=controls.rgb, device=controls.device)
