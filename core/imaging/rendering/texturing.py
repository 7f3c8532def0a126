"""The effect of a texture on one photo: detail, glow and grain, strip by strip, the same in every division into strips.

What reaches far (coarse bands, glow) is computed from small copies of the whole photo; what reaches a few pixels, from
the strip and a margin around it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ...color.srgb import REC709_LUMA, srgb_to_linear
from .grain import grain_field
from .look import Window
from .texture import Detail, Glow, Grain, Texture

BAND_RADII = (1 / 1600, 1 / 500, 1 / 160, 1 / 50)  # of the windows, as parts of the longer side of the photo
EDGE = 0.04  # luma: smaller differences are detail, larger ones edges, which gains hardly touch
_NEAR = 8.0  # pixels: windows up to this radius are computed at full size
_SMALL_WINDOW = 4  # pixels on either side, in the small copy for a larger window
_LEAST_RADIUS = 0.4  # pixels: a band that is finer than the photo
GLOW_SIZE = 512  # longer side of the copy that glows
_GLOW_EDGE = 0.1  # luma over which highlights begin to glow
_VISIBLE = 2e-4  # linear light; less is none
_WIDE_SIGMA = 12.0  # pixels
_TOE_SLOPE = 12.92  # of the sRGB curve at 0
_TOE, _LINEAR_TOE = np.float32(0.04045), np.float32(0.0031308)  # where it becomes a power
_BLOCK = 1 << 14  # pixels that stay in the cache
_TONE_STEPS = 1024
_BOUND = 16.0  # of encoded values
_LUMA = np.array(REC709_LUMA, np.float32)

Shrink = Callable[[int], np.ndarray]
Fit = Callable[[np.ndarray, int], np.ndarray]


class Texturing:
    """A texture prepared for one photo; `apply` may be called from several threads.

    Attributes:
        size: height and width of the photo in pixels.
        bands: of detail, from fine to coarse, those that are needed.
        light: (h, w, 3) float32 linear light that glows over a small copy of the photo; None for none.
        grain: None for none.
        seed: of the grain.

    Args:
        texture: what is done.
        height, width: size of the photo in pixels.
        shrink: given the longer side in pixels, returns a copy of the photo under the look without texture:
            (h, w, 3) float32, sRGB-encoded.
        fit: a faster `fit_copy`; None for that one.
    """

    def __init__(self, texture: Texture, height: int, width: int, shrink: Shrink, fit: Fit | None = None) -> None:
        self.size = (height, width)
        self.bands = _bands(texture.detail, self.size, shrink, fit or fit_copy)
        self.light = None
        if any(glow.amount > 0 for glow in texture.glows):
            self.light = _spread_light(texture.glows, shrink(GLOW_SIZE))
        self.grain = texture.grain if texture.grain is not None and texture.grain.strength.any() else None
        self.seed = texture.seed

    @property
    def margin(self) -> int:
        """Rows above and below a strip that `apply` wants to see, where the photo has them."""
        return max((2 * band.window for band in self.bands if band.small is None), default=0)

    def apply(self, pixels: np.ndarray, first: int, rows: slice, skin: np.ndarray | None = None) -> np.ndarray:
        """Give the texture to a strip.

        Args:
            pixels: (H, width, 3) float32, sRGB-encoded: the strip and its margins, under the look; used up.
            first: row of the photo at which `pixels` begin.
            rows: of the photo that are wanted.
            skin: (rows, width) float32 in [0, 1], where skin is; None for nowhere.

        Returns:
            (rows, width, 3) float32, in the memory of `pixels`.
        """
        result = pixels[rows.start - first : rows.stop - first]
        if self.bands:
            result += self._change(pixels, first, rows, skin)[..., None]
        if self.light is not None:
            _add_light(result, _enlarged(self.light, rows, self.size))
        if self.grain is not None:
            self._add_grain(result, self.grain, rows)
        return result

    def _change(self, pixels: np.ndarray, first: int, rows: slice, skin: np.ndarray | None) -> np.ndarray:
        """Return what detail adds to all channels: (rows, width)."""
        luma = _tame(pixels @ _LUMA)
        inner = slice(rows.start - first, rows.stop - first)
        fine, change = luma[inner], np.zeros((rows.stop - rows.start, luma.shape[1]), np.float32)
        for band in self.bands:
            coarse, edge = band.smooth(luma, inner, rows, self.size)
            if (band.gains != 1).any():  # the filter leaves a little at edges, which would become a halo
                change += (_gain(band.gains, skin, coarse) - 1) * (1 - edge) * (fine - coarse)
            fine = coarse
        return change

    def _add_grain(self, pixels: np.ndarray, grain: Grain, rows: slice) -> None:
        height, width = pixels.shape[:2]
        window = Window(rows.start, 0, *self.size)

        def field(channel: int) -> np.ndarray:
            seed = 4 * self.seed + channel
            return grain_field(window, height, width, size=grain.size, roughness=grain.roughness, seed=seed)

        strength = _by_tone(grain.strength, pixels @ _LUMA)
        if grain.color < 1:
            pixels += (strength * field(0) * np.float32(np.sqrt(1 - grain.color)))[..., None]
        if grain.color > 0:
            for channel in range(3):
                pixels[..., channel] += strength * field(1 + channel) * np.float32(np.sqrt(grain.color))


@dataclass
class Band:
    """The smoothing and the gain of one band: a guided filter of luma by itself (He et al. 2010, 2015).

    Attributes:
        gains: (2, 3) float32 by group and tone.
        window: of the filter at full size: pixels on either side.
        small: (h, w, 2) float32 slope and offset from a small copy; None to compute them at full size.
    """

    gains: np.ndarray
    window: int
    small: np.ndarray | None

    def smooth(
        self, luma: np.ndarray, inner: slice, rows: slice, size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return smoothed luma, and how much of an edge there is, 0 to 1."""
        if self.small is not None:
            slope, offset = np.moveaxis(_enlarged(self.small, rows, size), -1, 0)
        else:
            slope, offset = (part[inner] for part in _guided(luma, self.window))
        return slope * luma[inner] + offset, slope


def copy_sizes(texture: Texture, longer_side: int) -> list[int]:
    """Return the longer sides of the copies of a photo that its texture is made with."""
    sizes = [GLOW_SIZE] if any(glow.amount > 0 for glow in texture.glows) else []
    if texture.detail is not None and not texture.detail.is_neutral:
        sizes += [round(_SMALL_WINDOW / part) for part in BAND_RADII if part * longer_side > _NEAR]
    return sizes


def fit_copy(copy: np.ndarray, window: int) -> np.ndarray:
    """Fit the guided filter to a small copy (h, w, 3) float32: slope and offset, (h, w, 2) float32."""
    return np.stack(_guided(_tame(copy @ _LUMA), window), -1)


def _bands(detail: Detail | None, size: tuple[int, int], shrink: Shrink, fit: Fit) -> list[Band]:
    if detail is None or detail.is_neutral:
        return []
    bands: list[Band] = []
    for part, gains in zip(BAND_RADII, detail.gains, strict=True):
        radius = part * max(size)
        if radius < _LEAST_RADIUS:
            continue
        small = None
        if radius > _NEAR:
            small = fit(shrink(round(_SMALL_WINDOW / part)), _SMALL_WINDOW)
        bands.append(Band(gains, max(1, round(radius)), small))
    return _needed(bands)


def _needed(bands: list[Band]) -> list[Band]:
    """Return the bands that are changed, and the next finer one of each, from which it begins."""
    changed = [bool((band.gains != 1).any()) for band in bands]
    following = [*changed, False][1:]
    return [band for band, own, coarser in zip(bands, changed, following, strict=True) if own or coarser]


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


def _guided(luma: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset of the guided filter of luma by itself."""
    size = 2 * window + 1

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (size, size), borderType=cv2.BORDER_REFLECT)

    center = mean(luma)
    variance = np.maximum(mean(luma * luma) - center * center, 0)
    slope = variance / (variance + np.float32(EDGE**2))
    offset = center * (1 - slope)
    return mean(slope), mean(offset)


def _tame(values: np.ndarray) -> np.ndarray:
    """Bound what float photos may hold, NaN and infinity included, which would spread as far as a filter reaches."""
    tamed = values.clip(-_BOUND, _BOUND)
    np.copyto(tamed, 0, where=np.isnan(tamed))
    return tamed


def _spread_light(glows: tuple[Glow, ...], pixels: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 linear light that spreads over a small copy of a photo."""
    colors = np.stack([_tame(plane) for plane in cv2.split(pixels)])  # numpy is slow along an axis of three
    luma = np.tensordot(_LUMA, colors, 1)
    bright = np.flatnonzero(luma > min(glow.threshold for glow in glows))
    linear = np.zeros_like(colors)
    for light, plane in zip(linear, colors, strict=True):
        light.ravel()[bright] = srgb_to_linear(plane.ravel()[bright].clip(0, 1))
    total = np.zeros_like(pixels)
    for glow in glows:
        part = ((luma - glow.threshold) / _GLOW_EDGE).clip(0, 1)
        part *= part * (3 - 2 * part)
        shares = np.asarray(glow.amount * glow.color, np.float32)
        glowing = cv2.merge([plane * (part * share) for plane, share in zip(linear, shares, strict=True)])
        total += _blurred(glowing, max(glow.radius * max(luma.shape), 1e-3))
    return (total - np.float32(_VISIBLE)).clip(0, 1)


def _blurred(light: np.ndarray, sigma: float) -> np.ndarray:
    """Blur by a Gaussian; a wide one at half the size."""
    height, width = light.shape[:2]
    if sigma < _WIDE_SIGMA or min(height, width) < 2:
        return cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    half = cv2.resize(light, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(_blurred(half, sigma / 2), (width, height), interpolation=cv2.INTER_LINEAR)


def _add_light(pixels: np.ndarray, light: np.ndarray) -> None:
    """Add linear light to sRGB-encoded pixels as on film, which it cannot make whiter than white.

    The curve's toe continues below 0.
    """
    lit = np.flatnonzero(light.max((1, 2)) > 0)
    step = max(1, _BLOCK // light.shape[1])
    linear, spare = (np.empty((step, *light.shape[1:]), np.float32) for _ in range(2))
    for top in range(int(lit[0]), int(lit[-1]) + 1, step) if len(lit) else ():
        rows = slice(top, min(top + step, int(lit[-1]) + 1))
        count = rows.stop - rows.start
        _decode(pixels[rows], linear[:count], spare[:count])
        dark = np.clip(linear[:count], 0, 1, out=spare[:count])
        np.subtract(1, dark, out=dark)
        dark *= light[rows]
        linear[:count] += dark
        _encode(linear[:count], pixels[rows], spare[:count])


def _decode(encoded: np.ndarray, linear: np.ndarray, spare: np.ndarray) -> None:
    """`srgb_to_linear` into `linear`, but that its toe goes on below 0."""
    np.maximum(encoded, _TOE, out=linear)
    linear += np.float32(0.055)
    linear *= np.float32(1 / 1.055)
    _raise(linear, 2.4)
    np.subtract(encoded, _TOE, out=spare)
    np.minimum(spare, 0, out=spare)
    spare *= np.float32(1 / _TOE_SLOPE)
    linear += spare


def _encode(linear: np.ndarray, encoded: np.ndarray, spare: np.ndarray) -> None:
    """The inverse of `_decode`; `linear` is used up."""
    np.subtract(linear, _LINEAR_TOE, out=spare)
    np.minimum(spare, 0, out=spare)
    spare *= np.float32(_TOE_SLOPE)
    np.maximum(linear, _LINEAR_TOE, out=linear)
    _raise(linear, 1 / 2.4)
    linear *= np.float32(1.055)
    linear -= np.float32(0.055)
    np.add(linear, spare, out=encoded)


def _raise(values: np.ndarray, exponent: float) -> None:
    """Raise values to a power, in place; by torch, where it is loaded."""
    if "torch" in sys.modules:
        from .torch_rows import raise_to

        raise_to(values, exponent)
    else:
        np.power(values, np.float32(exponent), out=values)


def _enlarged(small: np.ndarray, rows: slice, size: tuple[int, int]) -> np.ndarray:
    """Rows of a small picture of the whole photo, enlarged linearly to its size: (rows, width, C)."""
    last = len(small) - 1
    places = (np.arange(rows.start, rows.stop) + 0.5) * (len(small) / size[0]) - 0.5
    before = np.floor(places).astype(np.int64)
    share = (places - before).astype(np.float32)[:, None, None]
    upper, lower = (small[found.clip(0, last)] for found in (before, before + 1))
    lower -= upper
    lower *= share
    lower += upper
    result = cv2.resize(lower, (size[1], len(lower)), interpolation=cv2.INTER_LINEAR)
    return result.reshape(*result.shape[:2], -1)
