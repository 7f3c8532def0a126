"""A style applied to a photo: statistics of the photo, its look, the look rendered at full size."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..estimation.content import Content
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy, proxy_of, require_visible
from ..imaging.rendering.look import Look
from ..imaging.rendering.restyle import Progress, restyle_photo
from .controls import Controls
from .pixel_style import paint_photo
from .style import Style


def apply_style(
    photo: Photo,
    style: Style,
    controls: Controls | None = None,
    *,
    mask: np.ndarray | None = None,
    look: Look | None = None,
    progress: Progress | None = None,
    out: np.ndarray | None = None,
) -> Photo:
    """Give a style to a photo.

    Args:
        photo: any depth, size and color space.
        style: of any kind.
        controls: strength, variation and so on; None for the defaults.
        mask: (H, W) float32 in [0, 1]; None for everywhere.
        look: of the series that the photo is one of, as `look_of_series` has it; None for the photo's own.
        progress: called with (done, total) rows; what it raises ends the work.
        out: memory for the pixels of the result, used where it can be, as `restyle_photo` says.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        PhotoError: every pixel is transparent.
        StyleError: a pixel style was learnt with another network than the one installed.
    """
    controls = controls or Controls()
    if style.pixel is not None:
        return paint_photo(photo, style, controls, mask=mask, progress=progress)
    if controls.strength > 0 and look is None:
        look = _own_look(photo, style, controls)
    if look is None:  # nothing is to be done, save that gray may become color
        look = Look.identity()
    return restyle_photo(
        photo,
        look,
        strength=controls.strength,
        mask=mask,
        rgb=controls.rgb,
        device=controls.device,
        progress=progress,
        out=out,
    )


def _own_look(photo: Photo, style: Style, controls: Controls) -> Look:
    """The look for one photo, which is not measured where that would change nothing."""
    if style.adapts:
        return style.look_for(Content.of([proxy_of(photo)]), variation=controls.variation)
    require_visible(photo)
    return style.look_for(None, variation=controls.variation)


def look_of_series(proxies: Iterable[Proxy], style: Style, controls: Controls | None = None) -> Look | None:
    """The look that makes the photos of a series match.

    Args:
        proxies: one of each photo, read once; a generator over an archive is welcome.
        style: of any kind.
        controls: the variation.

    Returns:
        A look; None of a pixel style, which has none and paints every photo with the same code.

    Raises:
        ValueError: there are no photos.
    """
    if style.pixel is not None:
        return None
    return style.look_for(Content.of(proxies), variation=(controls or Controls()).variation)
