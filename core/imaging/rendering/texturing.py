"""The effect of a texture on one photo: detail, glow and grain, strip by strip, the same in every division into strips.

What reaches far (coarse bands, glow) is computed from small copies of the whole photo; what reaches a few pixels, from
the strip and a margin around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ...color.srgb import REC709_LUMA, linear_to_srgb, srgb_to_linear
from .grain import grain_field
from .look import Window
from .texture import Detail, Glow, Grain, Texture

BAND_RADII = (1 / 1600, 1 / 500, 1 / 160, 1 / 50)  # of the windows, as parts of the longer side of the photo
_EDGE = 0.04  # luma: smaller differences are detail, larger ones edges, which gains hardly touch
_NEAR = 8.0  # pixels: windows up to this radius are computed at full size
_SMALL_RADIUS = 4.0  # pixels, in the small copy for a larger window
_LEAST_RADIUS = 0.4  # pixels: a band that is finer than the photo
_GLOW_SIZE = 512  # longer side of the copy that glows
_GLOW_EDGE = 0.1  # luma over which highlights begin to glow
_VISIBLE = 2e-4  # linear light
_TONE_STEPS = 1024
_BOUND = 16.0  # of encoded values
_LUMA = np.array(REC709_LUMA, np.float32)

Shrink = Callable[[int], np.ndarray]


class Texturing:
    """A texture prepared for one photo; `apply` may be called from several threads.

    Args:
        texture: what is done.
        height, width: size of the photo in pixels.
        shrink: given the longer side in pixels, returns a copy of the photo under the look without texture:
            (h, w, 3) float32, sRGB-encoded.
        skin: (h, w) float32 in [0, 1] of any size: where skin is; None for nowhere.
    """

    def __init__(
        self, texture: Texture, height: int, width: int, shrink: Shrink, skin: np.ndarray | None = None
    ) -> None:
        self._size = (height, width)
        self._grain, self._seed = texture.grain, texture.seed
        self._detail, self._glow = None, None
        if texture.detail is not None and not texture.detail.is_neutral:
            self._detail = _DetailFilter(texture.detail, self._size, shrink, skin)
        if any(glow.amount > 0 for glow in texture.glows):
            self._glow = _spread_light(texture.glows, shrink(_GLOW_SIZE))

    @property
    def margin(self) -> int:
        """Rows above and below a strip that `apply` wants to see, where the photo has them."""
        return 0 if self._detail is None else self._detail.margin

    def apply(self, pixels: np.ndarray, first: int, rows: slice) -> np.ndarray:
        """Give the texture to a strip.

        Args:
            pixels: (H, width, 3) float32, sRGB-encoded: the strip and its margins, under the look.
            first: row of the photo at which `pixels` begin.
            rows: of the photo that are wanted.

        Returns:
            (rows, width, 3) float32.
        """
        inner = slice(rows.start - first, rows.stop - first)
        if self._detail is None:
            result = pixels[inner].copy()
        else:
            result = pixels[inner] + self._detail.change(pixels, first, rows)[..., None]
        if self._glow is not None:
            _add_light(result, _enlarged(self._glow, rows, self._size))
        if self._grain is not None and self._grain.strength.any():
            self._add_grain(result, self._grain, rows)
        return result

    def _add_grain(self, pixels: np.ndarray, grain: Grain, rows: slice) -> None:
        height, width = pixels.shape[:2]
        window = Window(rows.start, 0, *self._size)

        def field(channel: int) -> np.ndarray:
            seed = 4 * self._seed + channel
            return grain_field(window, height, width, size=grain.size, roughness=grain.roughness, seed=seed)

        strength = _by_tone(grain.strength, pixels @ _LUMA)
        if grain.color < 1:
            pixels += (strength * field(0) * np.float32(np.sqrt(1 - grain.color)))[..., None]
        if grain.color > 0:
            for channel in range(3):
                pixels[..., channel] += strength * field(1 + channel) * np.float32(np.sqrt(grain.color))


@dataclass
class _Band:
    """The smoothing of one band: a guided filter of luma by itself (He et al. 2010, 2015).

    Attributes:
        radius: of the window at full size, in pixels.
        small: (h, w, 2) float32 slope and offset from a small copy; None to compute them at full size.
    """

    radius: float
    small: np.ndarray | None

    def smooth(
        self, luma: np.ndarray, inner: slice, rows: slice, size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return smoothed luma, and how much of an edge there is, 0 to 1."""
        if self.small is not None:
            slope, offset = np.moveaxis(_enlarged(self.small, rows, size), -1, 0)
        else:
            slope, offset = (part[inner] for part in _guided(luma, self.radius))
        return slope * luma[inner] + offset, slope


class _DetailFilter:
    """Gains of bands of luma, edges excepted."""

    def __init__(self, detail: Detail, size: tuple[int, int], shrink: Shrink, skin: np.ndarray | None) -> None:
        self._size, self._gains = size, detail.gains
        self._skin = skin if detail.knows_skin else None
        longer = max(size)
        self._bands: list[_Band | None] = []
        for part in BAND_RADII:
            radius = part * longer
            if radius < _LEAST_RADIUS:
                self._bands.append(None)
            elif radius <= _NEAR:
                self._bands.append(_Band(radius, None))
            else:
                copy = _tame(shrink(round(_SMALL_RADIUS / part)) @ _LUMA)
                self._bands.append(_Band(radius, np.stack(_guided(copy, _SMALL_RADIUS), -1)))

    @property
    def margin(self) -> int:
        near = [band.radius for band in self._bands if band is not None and band.small is None]
        return 2 * _window(max(near)) if near else 0

    def change(self, pixels: np.ndarray, first: int, rows: slice) -> np.ndarray:
        """What is added to all channels: (rows, width)."""
        luma = _tame(pixels @ _LUMA)
        inner = slice(rows.start - first, rows.stop - first)
        fine, change = luma[inner], np.zeros((rows.stop - rows.start, luma.shape[1]), np.float32)
        skin = None if self._skin is None else _enlarged(self._skin[..., None], rows, self._size)[..., 0].clip(0, 1)
        for band, gains in zip(self._bands, self._gains, strict=True):
            if band is None:
                continue
            coarse, edge = band.smooth(luma, inner, rows, self._size)
            if (gains != 1).any():  # the filter leaves a little at edges, which would become a halo
                change += (_gain(gains, skin, coarse) - 1) * (1 - edge) * (fine - coarse)
            fine = coarse
        return change


def _gain(gains: np.ndarray, skin: np.ndarray | None, tone: np.ndarray) -> np.ndarray | np.float32:
    """The gain of a band, by group and tone; a number where it is the same everywhere."""
    parts = [part[0] if (part == part[0]).all() else _by_tone(part, tone) for part in gains]
    return parts[1] if skin is None else parts[1] + skin * (parts[0] - parts[1])


def _by_tone(values: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """Interpolate values that are given at evenly spaced tones from 0 to 1, to 1/1023 of the tones."""
    steps = np.linspace(0, len(values) - 1, _TONE_STEPS)
    table = np.interp(steps, np.arange(len(values)), values).astype(np.float32)
    place = np.nan_to_num(tone * np.float32(_TONE_STEPS - 1) + np.float32(0.5))
    return table.take(place.clip(0, _TONE_STEPS - 1).astype(np.int16))


def _guided(luma: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset of the guided filter of luma by itself."""
    size = 2 * _window(radius) + 1

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (size, size), borderType=cv2.BORDER_REFLECT)

    center = mean(luma)
    variance = np.maximum(mean(luma * luma) - center * center, 0)
    slope = variance / (variance + np.float32(_EDGE**2))
    offset = center * (1 - slope)
    return mean(slope), mean(offset)


def _tame(values: np.ndarray) -> np.ndarray:
    """Bound what float photos may hold, NaN and infinity included, which would spread as far as a filter reaches."""
    return np.nan_to_num(values, posinf=_BOUND, neginf=-_BOUND).clip(-_BOUND, _BOUND)


def _window(radius: float) -> int:
    return max(1, round(radius))


def _spread_light(glows: tuple[Glow, ...], pixels: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 linear light that spreads over a small copy of a photo."""
    pixels = _tame(pixels)
    linear = srgb_to_linear(pixels.clip(0, 1)).astype(np.float32)
    luma = pixels @ _LUMA
    total = np.zeros_like(linear)
    for glow in glows:
        part = ((luma - glow.threshold) / _GLOW_EDGE).clip(0, 1)
        part = part * part * (3 - 2 * part)
        sigma = max(glow.radius * max(pixels.shape[:2]), 1e-3)
        spread = cv2.GaussianBlur(linear * part[..., None], (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        total += np.float32(glow.amount) * glow.color * spread
    return total


def _add_light(pixels: np.ndarray, light: np.ndarray) -> None:
    """Add linear light to sRGB-encoded pixels as on film, which it cannot make whiter than white."""
    lit = np.flatnonzero(light.max((1, 2)) > _VISIBLE)
    if not len(lit):
        return
    rows = slice(int(lit[0]), int(lit[-1]) + 1)
    linear = srgb_to_linear(pixels[rows])
    linear += light[rows] * (1 - linear.clip(0, 1))
    pixels[rows] = linear_to_srgb(linear)


def _enlarged(small: np.ndarray, rows: slice, size: tuple[int, int]) -> np.ndarray:
    """Rows of a small picture of the whole photo, enlarged linearly to its size: (rows, width, C)."""
    height, width = size
    down, across = small.shape[0] / height, small.shape[1] / width
    place = np.array([[across, 0, across / 2 - 0.5], [0, down, down * (rows.start + 0.5) - 0.5]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shape = (width, rows.stop - rows.start)
    result = cv2.warpAffine(small, place, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result.reshape(*result.shape[:2], -1)
