"""Parsing of matrix/TRC and gray ICC profiles (ICC.1:2022)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..texts import Text

# Linear sRGB to XYZ of the profile connection space, whose white is D50 (IEC 61966-2-1 through Bradford's transform).
SRGB_TO_XYZ = np.array(
    [[0.43606567, 0.38514709, 0.14306641], [0.22248840, 0.71687317, 0.06060791], [0.01391602, 0.09707642, 0.71409607]]
)
_PARAMETRIC_SHAPES = {0: "g", 1: "gab", 2: "gabe", 3: "gabcd", 4: "gabcdef"}
_OTHER_SPACES = {b"CMYK": Text("it is for CMYK"), b"Lab ": Text("it is for Lab")}
_MAX_SLOPE = 1e3
_INVERSE_SIZE = 1 << 16


@dataclass(frozen=True)
class Curve:
    """A tone curve from encoded values to linear light, extended over 1, and below 0 as an odd function.

    `(a x + b)^g + e` from `d` on, `c x + f` below; or a table, interpolated linearly and extrapolated over 1.
    """

    g: float = 1.0
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0
    table: tuple[float, ...] | None = None

    def decode(self, values: np.ndarray) -> np.ndarray:
        """Convert encoded values to linear light, in the dtype of the input (float32 or float64)."""
        size = np.abs(values)
        with np.errstate(over="ignore"):  # of floats that no photo has
            linear = self._formula(size) if self.table is None else _along(size, np.array(self.table))
        return np.copysign(linear, values, out=linear)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Convert linear light to encoded values, the inverse of `decode`; flat parts give their lower end."""
        size = np.abs(values)
        with np.errstate(over="ignore"):
            encoded = self._inverse(size) if self.table is None else _along_inverse(size, self.table)
        return np.copysign(encoded, values, out=encoded)

    def _formula(self, x: np.ndarray) -> np.ndarray:
        if (self.a, self.b, self.e) == (1, 0, 0):
            curved = np.power(x, x.dtype.type(self.g))
        else:
            curved = np.maximum(x * x.dtype.type(self.a) + x.dtype.type(self.b), 0)
            np.power(curved, x.dtype.type(self.g), out=curved)
            curved += x.dtype.type(self.e)
        if self.d > 0:
            np.copyto(curved, x * x.dtype.type(self.c) + x.dtype.type(self.f), where=x < self.d)
        return curved

    def _inverse(self, y: np.ndarray) -> np.ndarray:
        number = y.dtype.type
        curved = np.maximum(y - number(self.e), 0) if self.e else y.copy()
        np.power(curved, number(1 / self.g), out=curved)
        if (self.a, self.b) != (1, 0):
            curved -= number(self.b)
            curved *= number(1 / self.a)
        if self.d > 0:
            straight = (y - number(self.f)) * number(1 / self.c) if self.c else np.zeros_like(y)
            # Where the two parts meet: their mean, since rounded parameters may give a small step.
            knee = (self.c * self.d + self.f + max(self.a * self.d + self.b, 0) ** self.g + self.e) / 2
            np.copyto(curved, np.maximum(straight, 0) if self.f else straight, where=y < knee)
        return curved


@dataclass(frozen=True)
class ParsedProfile:
    """A parsed profile.

    Attributes:
        is_gray: whether it has one channel; its only curve gives luminance.
        curves: one for each channel; empty if the profile uses multidimensional tables.
        to_xyz: (3, 3) float64, linear RGB to XYZ (D50); None if gray or table-based.
        transfer: the code point of its tone curve (ITU-T H.273), which says more than the curves; None if not given.
    """

    is_gray: bool
    curves: tuple[Curve, ...] = ()
    to_xyz: np.ndarray | None = None
    transfer: int | None = None


def parse_profile(profile: bytes) -> ParsedProfile:
    """Read an ICC profile for gray or RGB.

    Args:
        profile: a whole ICC profile, version 2 or 4.

    Raises:
        ValueError: the profile is damaged, or for another color space.
    """
    if len(profile) < 132 or profile[36:40] != b"acsp":
        raise ValueError(Text("it is damaged"))
    space = profile[16:20]
    if space not in (b"RGB ", b"GRAY"):
        raise ValueError(_OTHER_SPACES.get(space, Text("it is for another color space")))
    try:
        return _parsed(_tags(profile), space == b"GRAY")
    except (struct.error, IndexError, KeyError, np.linalg.LinAlgError) as error:
        raise ValueError(Text("it is damaged")) from error


def _parsed(tags: dict[bytes, bytes], is_gray: bool) -> ParsedProfile:
    transfer = tags[b"cicp"][9] if b"cicp" in tags else None
    if is_gray:
        return ParsedProfile(True, (_curve(tags[b"kTRC"]),), transfer=transfer)
    if b"A2B0" in tags or b"A2B1" in tags:
        return ParsedProfile(False)
    curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    matrix = np.array([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T
    if np.abs(np.linalg.det(matrix)) < 1e-4:
        raise ValueError(Text("its primaries are not independent"))
    return ParsedProfile(False, curves, matrix, transfer)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for index in range(min(count, 200)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if start + size > len(profile):
            raise ValueError(Text("it is cut off"))
        tags[name] = profile[start : start + size]
    return tags


def _xyz(tag: bytes) -> tuple[float, ...]:
    return tuple(value / 65536 for value in struct.unpack_from(">3i", tag, 8))


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError(Text("it has a tone curve of an unknown kind"))
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return Curve()
    if count == 1:
        return _sane(Curve(g=struct.unpack_from(">H", tag, 12)[0] / 256))
    values = np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
    if values[-1] <= values[0]:
        raise ValueError(Text("it has a tone curve that does not rise"))
    return Curve(table=_rising(np.maximum.accumulate(values)))


def _rising(values: np.ndarray) -> tuple[float, ...]:
    """Interpolate the flat steps that rounding to 16 bits left in a table, so that it is invertible in the shadows."""
    levels, first, length = np.unique(values, return_index=True, return_counts=True)
    centers = first + (length - 1) / 2
    centers[0], centers[-1] = 0, len(values) - 1
    return tuple(np.interp(np.arange(len(values)), centers, levels))


def _parametric(tag: bytes) -> Curve:
    (kind,) = struct.unpack_from(">H", tag, 8)
    names = _PARAMETRIC_SHAPES[kind]
    values = dict(zip(names, (v / 65536 for v in struct.unpack_from(f">{len(names)}i", tag, 12)), strict=True))
    if kind in (1, 2):
        if not values["a"]:
            raise ValueError(Text("it has a tone curve that does not rise"))
        values |= {"d": -values["b"] / values["a"], "c": 0.0, "f": values.get("e", 0.0)}
    return _sane(Curve(**values))


def _sane(curve: Curve) -> Curve:
    if not (0.05 < curve.g < 20 and 0 < curve.a < _MAX_SLOPE and curve.c >= 0):
        raise ValueError(Text("it has a tone curve that does not rise"))
    return curve


@lru_cache(maxsize=16)
def _inverse_table(table: tuple[float, ...]) -> np.ndarray:
    """Return encoded values at even steps of the square root of linear light, which resolves the shadows."""
    linear = np.linspace(0, 1, _INVERSE_SIZE) ** 2
    return np.interp(linear, table, np.linspace(0, 1, len(table)))


def _along(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Interpolate a table of even steps from 0 to 1, extrapolated linearly."""
    table = table.astype(values.dtype)
    position = values * values.dtype.type(len(table) - 1)
    index = np.minimum(position, len(table) - 2).astype(np.intp)
    position -= index
    low = np.take(table, index)
    return low + position * (np.take(table, index + 1) - low)


def _along_inverse(values: np.ndarray, table: tuple[float, ...]) -> np.ndarray:
    """Return the positions of values in a table, 0 to 1, extrapolated linearly."""
    number, top = values.dtype.type, table[-1]
    inside = _along(np.sqrt(np.minimum(values, number(top))), _inverse_table(table))
    rise = (top - table[-2]) * (len(table) - 1)
    return inside + np.maximum(values - number(top), 0) * number(1 / max(rise, 1 / _MAX_SLOPE))


SRGB_CURVE = Curve(g=2.4, a=1 / 1.055, b=0.055 / 1.055, c=1 / 12.92, d=0.04045)
