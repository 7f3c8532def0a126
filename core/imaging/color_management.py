"""Color management: conversion of any RGB or gray profile to sRGB in float and back, without loss of gamut."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..color.srgb import REC709_LUMA
from ..texts import Text
from .cores import num_cores
from .dither import TILE_SIZE, dither_thresholds
from .hdr_curves import HDR_CURVES
from .icc import SRGB_CURVE, SRGB_TO_XYZ, Curve, parse_profile

_LUMA = np.array(REC709_LUMA, np.float32)
_CHUNK = 1 << 16  # pixels that are converted at once, so that intermediate values stay in the cache
_SAME_ENCODING = 1e-3  # a quarter of an 8-bit step
_SAME_MATRIX = 2e-3
_RELATIVE_COLORIMETRIC = 1


@dataclass(frozen=True)
class OriginalPixels:
    """Original pixels and their sRGB values, so that `from_srgb` can restore unchanged pixels exactly.

    Attributes:
        pixels: (H, W, 3) or (H, W), as in the file.
        rgb: (H, W, 3) float32, the result of `to_srgb` for these pixels.
    """

    pixels: np.ndarray
    rgb: np.ndarray


@dataclass(frozen=True)
class ColorSpace:
    """The color space of a photo's pixels; conversions are thread-safe and may run strip by strip.

    sRGB is extended beyond [0, 1], its curve mirrored at 0 and continued over 1, to keep a wider gamut.

    Attributes:
        is_gray: whether pixels are (H, W).
        is_srgb: whether pixels are sRGB-encoded; gray ones are then repeated to RGB.
        curves: one for gray, or one for each channel.
        to_linear_srgb: (3, 3) float64, from the profile's linear RGB.
        profile: the ICC profile if it is table-based, which LittleCMS converts; else None.
    """

    is_gray: bool = False
    is_srgb: bool = True
    curves: tuple[Curve, ...] = (SRGB_CURVE,)
    to_linear_srgb: np.ndarray | None = None
    profile: bytes | None = None

    @staticmethod
    def of(profile: bytes | None, is_gray: bool) -> ColorSpace:
        """Prepare a color space.

        Args:
            profile: ICC profile; None is sRGB.
            is_gray: whether the pixels have one channel.

        Raises:
            ValueError: the profile is damaged, or does not fit such pixels.
        """
        return _color_space(profile, is_gray)

    @property
    def is_hdr(self) -> bool:
        """Whether its white is not the brightest: PQ or HLG."""
        return bool(self.curves) and self.curves[0] in HDR_CURVES.values()

    def to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """Convert to sRGB.

        Args:
            pixels: (H, W, 3), or (H, W) if gray; uint8, uint16 or float32.

        Returns:
            (H, W, 3) float32, sRGB-encoded, not clamped; `pixels` itself where nothing is converted.
        """
        if self.is_srgb and not self.is_gray and pixels.dtype == np.float32:
            return pixels
        result = np.empty((*pixels.shape[:2], 3), np.float32)
        table = self._integer_table(pixels.dtype)

        def convert(rows: slice) -> None:
            strip = pixels[rows]
            result[rows] = self._strip_to_srgb(strip, table)

        _in_strips(convert, pixels.shape)
        return result

    def from_srgb(
        self,
        rgb: np.ndarray,
        dtype: np.dtype | type,
        *,
        original: OriginalPixels | None = None,
        dither_row: int | None = None,
    ) -> np.ndarray:
        """Convert back from sRGB.

        Args:
            rgb: (H, W, 3) float32, sRGB-encoded, any range.
            dtype: of the result; integers are rounded and clamped.
            original: where `rgb` equals its values, the original pixels are returned bit for bit. Profiles whose curve
                starts flat (Adobe RGB) would otherwise lose the darkest 16-bit values.
            dither_row: row of the photo at which `rgb` starts, to dither an 8-bit result; None only rounds.

        Returns:
            (H, W, 3), or (H, W) of the luma of `rgb` if the space is gray; `rgb` itself where nothing is converted.
        """
        if self.is_srgb and not self.is_gray and np.dtype(dtype) == np.float32:
            return rgb
        result = np.empty(rgb.shape[: 2 if self.is_gray else 3], dtype)
        dithered = dither_row is not None and result.dtype == np.uint8

        def convert(rows: slice) -> None:
            values = self._strip_from_srgb(rgb[rows])
            noise = _noise((dither_row or 0) + rows.start, values.shape) if dithered else None
            result[rows] = _quantized(values, result.dtype, noise)
            if original is not None:
                _restore(result[rows], original.pixels[rows], rgb[rows] == original.rgb[rows])

        _in_strips(convert, rgb.shape)
        return result

    def _integer_table(self, dtype: np.dtype) -> np.ndarray | None:
        """(curves, values) float32: the linear light of every integer; for gray or sRGB, its sRGB value."""
        if dtype == np.float32 or self.profile:
            return None
        codes = np.linspace(0, 1, np.iinfo(dtype).max + 1)
        if self.is_srgb:
            return codes[None].astype(np.float32)
        linear = np.stack([curve.decode(codes) for curve in self.curves])
        return (SRGB_CURVE.encode(linear) if self.is_gray else linear).astype(np.float32)

    def _strip_to_srgb(self, strip: np.ndarray, table: np.ndarray | None) -> np.ndarray:
        if self.profile:
            return SRGB_CURVE.encode(_by_littlecms(as_float(strip), self.profile, _linear_srgb_profile()))
        if table is not None:
            values = _looked_up(table, strip)
        elif self.is_srgb:
            values = strip
        else:
            values = _by_channel([curve.decode for curve in self.curves], strip)
            values = SRGB_CURVE.encode(values) if self.is_gray else values
        if self.is_gray:
            return values[..., None]
        if self.to_linear_srgb is None:
            return values
        return SRGB_CURVE.encode(_mixed(values, self.to_linear_srgb))

    def _strip_from_srgb(self, rgb: np.ndarray) -> np.ndarray:
        if self.is_gray:
            luma = rgb @ _LUMA
            return luma if self.is_srgb else self.curves[0].encode(SRGB_CURVE.decode(luma))
        if self.is_srgb:
            return rgb
        if self.profile:
            return _by_littlecms(SRGB_CURVE.decode(rgb), _linear_srgb_profile(), self.profile)
        assert self.to_linear_srgb is not None
        linear = _mixed(SRGB_CURVE.decode(rgb), np.linalg.inv(self.to_linear_srgb))
        return _by_channel([curve.encode for curve in self.curves], linear)


def to_srgb(pixels: np.ndarray, profile: bytes | None) -> np.ndarray:
    """Convert pixels encoded by an ICC profile to sRGB; see `ColorSpace`.

    Args:
        pixels: (H, W, 3), or (H, W) if gray; uint8, uint16 or float32.
        profile: ICC profile; None is sRGB.

    Returns:
        (H, W, 3) float32, sRGB-encoded, not clamped.
    """
    return ColorSpace.of(profile, pixels.ndim == 2).to_srgb(pixels)


def from_srgb(rgb: np.ndarray, profile: bytes | None, dtype: np.dtype | type, *, is_gray: bool = False) -> np.ndarray:
    """Convert sRGB to the encoding of an ICC profile, the inverse of `to_srgb`; see `ColorSpace`.

    Args:
        rgb: (H, W, 3) float32, sRGB-encoded, any range.
        profile: ICC profile; None is sRGB.
        dtype: uint8, uint16 or float32; integers are rounded and clamped.
        is_gray: whether to return (H, W), the luma of `rgb`.
    """
    return ColorSpace.of(profile, is_gray).from_srgb(rgb, dtype)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Convert values of any shape, clipped to [0, 1], to uint8, 0 to 255."""
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def white_of(dtype: np.dtype | type) -> float:
    """Return the largest value of a depth: 255, 65535, or 1 for float32."""
    return 1 if dtype == np.float32 else np.iinfo(dtype).max


def as_float(pixels: np.ndarray) -> np.ndarray:
    """Convert integers to fractions of their largest value; float32 stays."""
    if pixels.dtype == np.float32:
        return pixels
    return pixels.astype(np.float32) / np.float32(white_of(pixels.dtype))


@lru_cache(maxsize=8)
def _color_space(profile: bytes | None, is_gray: bool) -> ColorSpace:
    if profile is None:
        return ColorSpace(is_gray)
    parsed = parse_profile(profile)
    if parsed.is_gray and not is_gray:
        raise ValueError(Text("it is for gray"))
    hdr = HDR_CURVES.get(parsed.transfer or 0)
    if is_gray:  # of an RGB profile in a gray photo, only the curve is used
        if not parsed.curves:
            raise ValueError(Text("it is for RGB"))
        curve = hdr or parsed.curves[min(1, len(parsed.curves) - 1)]
        return ColorSpace(True, _is_srgb_curve(curve), (curve,))
    if parsed.to_xyz is None:
        return _table_space(profile)
    if all(map(_is_srgb_curve, parsed.curves)) and np.abs(parsed.to_xyz - SRGB_TO_XYZ).max() < _SAME_MATRIX:
        return ColorSpace()
    curves = (hdr,) if hdr else parsed.curves[:1] if len(set(parsed.curves)) == 1 else parsed.curves
    return ColorSpace(False, False, curves, np.linalg.inv(SRGB_TO_XYZ) @ parsed.to_xyz)


def _table_space(profile: bytes) -> ColorSpace:
    probe = np.full((1, 2, 3), 0.5, np.float32)
    try:
        _by_littlecms(probe, profile, _linear_srgb_profile())
        _by_littlecms(probe, _linear_srgb_profile(), profile)
    except (RuntimeError, ValueError) as error:
        raise ValueError(Text("it cannot be used in both directions")) from error
    return ColorSpace(False, False, (), None, profile)


def _is_srgb_curve(curve: Curve) -> bool:
    codes = np.linspace(0, 1, 256)
    return bool(np.abs(SRGB_CURVE.encode(curve.decode(codes)) - codes).max() < _SAME_ENCODING)


@lru_cache(maxsize=1)
def _linear_srgb_profile() -> bytes:
    """A linear profile, so that LittleCMS does not clamp, and values beyond [0, 1] use our extended curve."""
    import imagecodecs

    white, primaries = (0.3127, 0.3290, 1.0), (0.64, 0.33, 1.0, 0.30, 0.60, 1.0, 0.15, 0.06, 1.0)
    return imagecodecs.cms_profile("rgb", whitepoint=white, primaries=primaries, gamma=1.0)


def _by_littlecms(pixels: np.ndarray, source: bytes, target: bytes) -> np.ndarray:
    import imagecodecs

    return imagecodecs.cms_transform(
        np.ascontiguousarray(pixels),
        source,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype=np.float32,
        intent=_RELATIVE_COLORIMETRIC,
    )


def _looked_up(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    if len(table) == 1:
        return np.take(table[0], codes)
    return np.stack([np.take(row, codes[..., channel]) for channel, row in enumerate(table)], axis=-1)


def _by_channel(functions: list[Callable[[np.ndarray], np.ndarray]], values: np.ndarray) -> np.ndarray:
    if len(functions) == 1:
        return functions[0](values)
    return np.stack([function(values[..., channel]) for channel, function in enumerate(functions)], axis=-1)


def _mixed(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return values @ matrix.T.astype(np.float32)


def _quantized(values: np.ndarray, dtype: np.dtype, noise: np.ndarray | None) -> np.ndarray:
    if dtype == np.float32:
        return values
    scaled = values * np.float32(np.iinfo(dtype).max)
    scaled += np.float32(0.5) if noise is None else noise
    return np.clip(scaled, 0, np.iinfo(dtype).max, out=scaled).astype(dtype)


def _restore(result: np.ndarray, pixels: np.ndarray, same_channels: np.ndarray) -> None:
    same = same_channels[..., 0] & same_channels[..., 1] & same_channels[..., 2]
    if same.any():
        np.copyto(result, pixels, where=same.reshape(*same.shape, *(1,) * (result.ndim - 2)))


def _noise(row: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return the renderer's dither pattern from `row` on: (H, W, 3) or (H, W), strictly between 0 and 1."""
    rows, columns = np.arange(row, row + shape[0]) % TILE_SIZE, np.arange(shape[1]) % TILE_SIZE
    thresholds = dither_thresholds()
    if len(shape) == 2:
        return thresholds[0, rows[:, None], columns]
    return np.moveaxis(thresholds[:, rows[:, None], columns], 0, -1)


def _in_strips(work: Callable[[slice], None], shape: tuple[int, ...]) -> None:
    """Call `work` for strips of rows on a thread pool; numpy releases the lock, so a large photo uses all cores."""
    num_rows = max(1, _CHUNK // shape[1])
    strips = [slice(top, min(top + num_rows, shape[0])) for top in range(0, shape[0], num_rows)]
    if len(strips) < 16:
        for strip in strips:
            work(strip)
        return
    with ThreadPoolExecutor(num_cores()) as pool:
        list(pool.map(work, strips))
