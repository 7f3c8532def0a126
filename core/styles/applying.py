"""Application of a style to a photo: rendering of its look, or painting in a pixel style."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StyleError
from ..estimation.content import Content
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy, proxy_of
from ..imaging.rendering.look import Look
from ..imaging.rendering.repaint import repaint_photo
from ..imaging.rendering.restyle import Progress, cut_photo, restyle_photo
from .controls import Controls
from .fitting import Fit, evened, fit_look, look_of
from .region_masks import mask_of
from .style import Style

if TYPE_CHECKING:
    from .pixel_model import PixelModel

_SEEDS_PER_FRAME = 104_729  # so that frames and variations do not meet soon
_PAINTING = 0.9  # share of painting in the time of a pixel style; the rest enlarges and blends


def apply_style(
    photo: Photo,
    style: Style,
    controls: Controls | None = None,
    *,
    mask: np.ndarray | None = None,
    look: Look | None = None,
    fit: Fit | None = None,
    frame: int = 0,
    progress: Progress | None = None,
    out: np.ndarray | None = None,
    rows: slice | None = None,
) -> Photo:
    """Apply a style to a photo.

    Args:
        photo: any depth, size and color space.
        style: of any kind.
        controls: strength, variation and so on; None for the defaults.
        mask: (H, W) float32 in [0, 1]; None for everywhere.
        look: of the photo's series, as `look_of_series` returns it; None to compute the photo's own.
        fit: what `fit_look` returned for the same arguments; None to compute it.
        frame: number of the photo in a batch or a film; each frame has grain of its own.
        progress: called with (done, total) rows; what it raises ends the work.
        out: array for the pixels of the result, as for `restyle_photo`.
        rows: for a result of these rows alone, as for `restyle_photo`; a pixel style paints the whole photo for them.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        PhotoError: every pixel is transparent.
        StyleError: a pixel style was trained with another network.
    """
    controls = controls or Controls()
    if style.pixel is not None:
        return cut_photo(paint_photo(photo, style, controls, mask=mask, progress=progress), rows)
    if fit is None:  # at strength 0 there is nothing to do, except that gray may become color
        fit = Fit(Look.identity()) if controls.strength == 0 else fit_look(photo, style, controls, look)
    look = fit.look
    if frame and look.texture is not None:
        look = replace(look, texture=look.texture.reseeded(look.texture.seed + _SEEDS_PER_FRAME * frame))
    return restyle_photo(
        photo,
        look,
        strength=controls.strength,
        mask=_masked(photo, controls, mask, progress, regions=fit.regions),
        rgb=controls.rgb,
        device=controls.device,
        progress=progress,
        out=out,
        regions=fit.regions,
        rows=rows,
    )


def paint_photo(
    photo: Photo,
    style: Style,
    controls: Controls | None = None,
    *,
    mask: np.ndarray | None = None,
    model: PixelModel | None = None,
    progress: Progress | None = None,
) -> Photo:
    """Paint a photo in a pixel style.

    A photo longer than `PAINTING_SIZE` is painted at that size and the painting enlarged. This limits memory, and
    strokes keep their size relative to the picture.

    Args:
        photo: any depth, size and color space.
        style: of kind `pixel`.
        controls: as for `apply_style`.
        mask: (H, W) float32 in [0, 1]; None for everywhere.
        model: the pixel generator; None for the one in the package.
        progress: called with (done, total) rows, often; most are done by painting. What it raises ends the work.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        StyleError: the style was trained with another network.
    """
    # torch takes seconds to import, and other styles do not need it
    from ..imaging.rendering.render_torch import pick_device
    from .pixel_model import load_pixel_model
    from .pixel_style import PAINTING_SIZE

    assert style.pixel is not None
    controls, model = controls or Controls(), model or load_pixel_model()
    _require_same_network(style, model)
    if controls.strength == 0 and not (controls.rgb and photo.is_gray):
        return photo

    def painting(done: int, total: int) -> None:
        if progress is not None:
            progress(int(_PAINTING * photo.height * done / total), photo.height)

    def blending(done: int, total: int) -> None:
        if progress is not None:
            progress(total - int((1 - _PAINTING) * (total - done)), total)

    painted = model.paint(
        proxy_of(photo, PAINTING_SIZE),
        style.pixel.code,
        delta=style.pixel.delta,
        variation=controls.variation,
        device=pick_device(controls.device),
        progress=painting,
    )
    mask = _masked(photo, controls, mask, progress, share=_PAINTING)
    return repaint_photo(photo, painted, strength=controls.strength, mask=mask, rgb=controls.rgb, progress=blending)


def look_of_series(proxies: Iterable[Proxy], style: Style, controls: Controls | None = None) -> Look | None:
    """Compute one look for the photos of a series.

    Args:
        proxies: of the photos, iterated once; may be a generator.
        style: of any kind.
        controls: the variation, the protection of skin, and whether photos are evened first.

    Returns:
        A look; None for a pixel style, which has none.

    Raises:
        ValueError: there are no photos.
    """
    if style.pixel is not None:
        return None
    controls = controls or Controls()
    if controls.even:
        proxies = (evened(proxy, style) for proxy in proxies)
    return look_of(Content.of(proxies), style, controls)


def _masked(
    photo: Photo,
    controls: Controls,
    mask: np.ndarray | None,
    progress: Progress | None,
    *,
    regions: np.ndarray | None = None,
    share: float = 0.0,
) -> np.ndarray | None:
    """Multiply a mask by that of the region which gets the style; `progress` stays at a share, and may end the work."""
    if controls.region == "whole" or controls.strength == 0:
        return mask

    def waiting(_done: int, total: int) -> None:
        if progress is not None:
            progress(int(share * total), total)

    found = mask_of(photo, controls.region, regions=regions, progress=waiting)
    return found if mask is None else found * mask


def _require_same_network(style: Style, model: PixelModel) -> None:
    assert style.pixel is not None
    generator, pixel = model.generator, style.pixel
    same = pixel.weights_hash == model.weights_hash
    fits = pixel.code.shape == (generator.code_size,)
    fits = fits and (pixel.delta is None or pixel.delta.shape == (generator.num_modulations,))
    if not (same and fits):
        raise StyleError(
            "{name}: was learnt with another pixel network ({theirs}) than the one installed ({ours}), which "
            "would paint something else; learn it anew from its photos with `atelier learn --generator pixel`, "
            "or install the version of portrait-atelier it was made with",
            name=style.name,
            theirs=pixel.weights_hash[:12],
            ours=model.weights_hash[:12],
        )
