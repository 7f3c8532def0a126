"""The look of a style for one photo or a series, with all that controls say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..estimation.content import Content
from ..estimation.coverage import OUTSIDE, share_within
from ..estimation.even_light import LightChange, light_change
from ..estimation.skin_guard import protect_skin
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy, proxy_of, require_visible
from ..imaging.rendering.look import MIXED_SIZE, Look
from ..networks.regions import predict_regions
from ..texts import Text
from .controls import Controls
from .style import Style

_TOLD_LOSS = 0.5 / 255


@dataclass(frozen=True)
class Fit:
    """A look that fits one photo.

    Attributes:
        look: to render.
        regions: (5, h, w) float32 of the photo, as `predict_regions` returns it; None where nothing needs them.
        distance: how far the photo lies outside what the style's photos cover, as of `Style.distance_of`; None if the
            style cannot say.
        light: what `even` did; None if it is off.
        light_loss: how much colors differ at most, 0 to 1, because a table holds curves and what `even` did.
    """

    look: Look
    regions: np.ndarray | None = None
    distance: float | None = None
    light: LightChange | None = None
    light_loss: float = 0.0

    @property
    def is_outside(self) -> bool:
        """Whether the photo lies clearly outside what the style's photos cover."""
        return self.distance is not None and self.distance > OUTSIDE

    @property
    def remarks(self) -> tuple[Text, ...]:
        """What a user should know of it."""
        said: list[Text] = []
        if self.light is not None and self.light.words:
            said.append(Text("evened first: {what}", what=self.light.words))
        if self.light_loss > _TOLD_LOSS:
            said.append(
                Text(
                    "the curves of the style's color table and what evened it are held at {points} points an axis; "
                    "colors differ by at most {worst:.1f} of 255",
                    points=MIXED_SIZE,
                    worst=255 * self.light_loss,
                )
            )
        if self.distance is not None and self.is_outside:
            said.append(
                Text(
                    "this photo is unlike the photos that the style was learnt from (farther out than {share:.1f} % "
                    "of them), so the result may be too; look at it",
                    share=min(share_within(self.distance), 99.9),
                )
            )
        return tuple(said)


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
    measured = _Measured(photo, style, controls)
    if look is None:
        look = look_of(measured.content if _needs_content(style, controls) else None, style, controls)
        require_visible(photo)
    distance = None
    if style.coverage is not None and not measured.content.is_blank:
        distance = style.distance_of(measured.content, look)
    light_loss = 0.0
    if measured.light is not None:
        light_loss = measured.light.loss_before(look)
        look = measured.light.before(look)
    look = _with_grain(look, controls.grain)
    needs_regions = controls.region != "whole" or look.needs_regions
    return Fit(look, measured.regions if needs_regions else None, distance, measured.light, light_loss)


def look_of(content: Content | None, style: Style, controls: Controls) -> Look:
    """Compute the look of a style for a content, without what is done to each photo of a series by itself.

    Args:
        content: the photo, or a series; may be None where nothing depends on it.
        style: of any kind that has a look.
        controls: the variation and the protection of skin are used.

    Raises:
        StyleError: the style is a pixel style, which has no look.
    """
    shown = Content.mean_portrait() if content is not None and content.is_blank else content
    look = style.look_for(shown, variation=controls.variation)
    if controls.protect_skin == 0 or content is None:
        return look
    typical = look
    if style.adapts:
        typical = style.look_for(Content.mean_portrait(), variation=controls.variation)
    return protect_skin(look, typical, content.pooled, style.photos, controls.protect_skin)


def evened(proxy: Proxy, style: Style) -> Proxy:
    """Return the small copy of a photo as `even` has it before the look."""
    return light_change(Content.of([proxy]).pooled, style.own).of_proxy(proxy)


class _Measured:
    """What is measured of a photo, each at most once."""

    def __init__(self, photo: Photo, style: Style, controls: Controls) -> None:
        self._photo, self._style, self._controls = photo, style, controls

    @cached_property
    def proxy(self) -> Proxy:
        return proxy_of(self._photo)

    @cached_property
    def regions(self) -> np.ndarray:
        return predict_regions(self.proxy.pixels)

    @cached_property
    def light(self) -> LightChange | None:
        """What `even` does; None if it is off."""
        return light_change(self._untouched.pooled, self._style.own) if self._controls.even else None

    @cached_property
    def content(self) -> Content:
        """The photo, evened first if that is asked for."""
        return self._untouched if self.light is None else Content.of([self.light.of_proxy(self.proxy)])

    @cached_property
    def _untouched(self) -> Content:
        return Content.of_photo(self.proxy, self.regions)


def _needs_content(style: Style, controls: Controls) -> bool:
    return style.adapts or controls.protect_skin > 0


def _with_grain(look: Look, factor: float) -> Look:
    return look if factor == 1 or look.texture is None else replace(look, texture=look.texture.with_grain(factor))
