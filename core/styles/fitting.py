"""The look of a style for one photo or a series, with all that controls say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..estimation.content import Content
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy, proxy_of, require_visible
from ..imaging.rendering.look import Look
from ..networks.regions import predict_regions
from ..texts import Text
from .controls import Controls
from .style import Style


@dataclass(frozen=True)
class Fit:
    """A look that fits one photo.

    Attributes:
        look: to render.
        regions: (5, h, w) float32 of the photo, as `predict_regions` returns it; None where nothing needs them.
        remarks: what a user should know of it.
    """

    look: Look
    regions: np.ndarray | None = None
    remarks: tuple[Text, ...] = ()


def fit_for(photo: Photo, style: Style, controls: Controls, look: Look | None = None) -> Fit | None:
    """Return what `fit_look` does; None for a pixel style, and at strength 0, where no look is needed."""
    return None if style.pixel is not None or controls.strength == 0 else fit_look(photo, style, controls, look)


def fit_look(photo: Photo, style: Style, controls: Controls, look: Look | None = None) -> Fit:
    """Compute what a style does to one photo.

    Args:
        photo: any depth, size and color space.
        style: of any kind that has a look.
        controls: strength is not used.
        look: of the photo's series, as `look_of_series` returns it; None to compute the photo's own.

    Raises:
        PhotoError: every pixel is transparent.
        StyleError: the style is a pixel style, which has no look.
    """
    measured = _Measured(photo)
    if look is None:
        look = look_of(measured.content if _needs_content(style, controls) else None, style, controls)
        require_visible(photo)
    look = _with_grain(look, controls.grain)
    needs_regions = controls.region != "whole" or (look.texture is not None and look.texture.needs_skin)
    return Fit(look, measured.regions if needs_regions else None)


def look_of(content: Content | None, style: Style, controls: Controls) -> Look:
    """Compute the look of a style for a content, without what is done to each photo of a series by itself.

    Args:
        content: the photo, or a series; may be None where nothing depends on it.
        style: of any kind that has a look.
        controls: only the variation is used.
    """
    return style.look_for(content, variation=controls.variation)


class _Measured:
    """What is measured of a photo, each at most once."""

    def __init__(self, photo: Photo) -> None:
        self._photo = photo

    @cached_property
    def proxy(self) -> Proxy:
        return proxy_of(self._photo)

    @cached_property
    def content(self) -> Content:
        return Content.of([self.proxy])

    @cached_property
    def regions(self) -> np.ndarray:
        return predict_regions(self.proxy.pixels)


def _needs_content(style: Style, controls: Controls) -> bool:
    del controls
    return style.adapts


def _with_grain(look: Look, factor: float) -> Look:
    return look if factor == 1 or look.texture is None else replace(look, texture=look.texture.with_grain(factor))
