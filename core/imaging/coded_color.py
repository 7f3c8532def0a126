"""ICC profiles for colors that a file describes by code points (ITU-T H.273), or by a gamma and chromaticities."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from ..texts import Text
from .hdr_curves import HLG, PQ

Point = tuple[float, float]
Primaries = tuple[Point, Point, Point, Point]  # red, green, blue, white

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_PRIMARIES: dict[int, Primaries] = {  # H.273, table 2
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    4: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _C),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_REC709_CURVE = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_TRANSFERS: dict[int, tuple[float, ...]] = {  # H.273, table 3: parameters of ICC's parametric curve
    1: _REC709_CURVE,
    4: (2.2,),
    5: (2.8,),
    6: _REC709_CURVE,
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: (1.0,),
    11: _REC709_CURVE,
    13: _SRGB_CURVE,
    14: _REC709_CURVE,
    15: _REC709_CURVE,
}
_SRGB_CODES = (1, 13)
_UNSPECIFIED = 2
_SRGB_GAMMA = 0.45455  # what writers of sRGB state for programs that know no better
_FALLBACK_SIZE = 4096  # steps of a tone curve for programs that do not know the tag of code points


def profile_of_codes(primaries: int, transfer: int, is_gray: bool) -> bytes | None:
    """Return an ICC profile for code points of H.273, or None for sRGB and for unspecified colors.

    PQ and HLG are named in the tag `cicp`, by which `parse_profile` knows them.

    Args:
        primaries: ColourPrimaries.
        transfer: TransferCharacteristics.
        is_gray: whether the pixels have one channel.

    Raises:
        ValueError: code points that are not known here.
    """
    primaries = _SRGB_CODES[0] if primaries == _UNSPECIFIED else primaries
    transfer = _SRGB_CODES[1] if transfer == _UNSPECIFIED else transfer
    if (primaries, transfer) == _SRGB_CODES:
        return None
    if primaries not in _PRIMARIES or transfer not in (*_TRANSFERS, PQ.code, HLG.code):
        raise ValueError(
            Text("its colors have code points that are not known here: {codes}", codes=[primaries, transfer])
        )
    if transfer in _TRANSFERS:
        return _profile(_PRIMARIES[primaries], _parametric(_TRANSFERS[transfer]), is_gray)
    curve = PQ if transfer == PQ.code else HLG
    codes = b"cicp\0\0\0\0" + bytes((primaries, transfer, 0, 1))
    light = curve.decode(np.linspace(0, 1, _FALLBACK_SIZE))
    return _profile(_PRIMARIES[primaries], _table(light / light[-1]), is_gray, {b"cicp": codes})


def profile_of_gamma(gamma: float | None, primaries: Primaries | None, is_gray: bool) -> bytes | None:
    """Return an ICC profile for a PNG's gAMA and cHRM, or None where they describe sRGB.

    Args:
        gamma: the exponent from light to encoded values, around 0.45; None for sRGB's curve.
        primaries: chromaticities of red, green, blue and white; None for those of sRGB.
        is_gray: whether the pixels have one channel.

    Raises:
        ValueError: no color space has such values.
    """
    if gamma is not None and not 0.05 < gamma < 20:
        raise ValueError(Text("it has a tone curve that does not rise"))
    is_rec709 = primaries is None or np.allclose(primaries, _PRIMARIES[1], atol=2e-3)
    is_srgb_curve = gamma is None or (is_rec709 and abs(gamma - _SRGB_GAMMA) < 5e-5)
    if is_srgb_curve and (is_rec709 or is_gray):
        return None
    curve = _SRGB_CURVE if is_srgb_curve or gamma is None else (1 / gamma,)
    return _profile(primaries or _PRIMARIES[1], _parametric(curve), is_gray)


def profile_of_rgb(primaries: Primaries, gamma: float, *, is_gray: bool = False) -> bytes:
    """Return an ICC profile for RGB of some primaries, or its gray; light is the encoded value to that power."""
    return _profile(primaries, _parametric((gamma,)), is_gray)


def _profile(primaries: Primaries, curve: bytes, is_gray: bool, more: dict[bytes, bytes] | None = None) -> bytes:
    tags = {b"desc": _words("Colors as the file described them"), b"cprt": _words("No copyright")}
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + _fixed(_D50_XYZ)
    if is_gray:
        tags[b"kTRC"] = curve
    else:
        matrix = _to_xyz(primaries)
        for index, name in enumerate((b"r", b"g", b"b")):
            tags |= {name + b"XYZ": b"XYZ \0\0\0\0" + _fixed(matrix[:, index]), name + b"TRC": curve}
    return _packed(tags | (more or {}), b"GRAY" if is_gray else b"RGB ")


def _packed(tags: dict[bytes, bytes], space: bytes) -> bytes:
    start, index, body = 132 + 12 * len(tags), b"", b""
    places: dict[bytes, int] = {}  # equal tags are stored once
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        index += struct.pack(">4sII", name, places[data], len(data))
    header = bytearray(128)
    struct.pack_into(">I4sI4s4s4s", header, 0, start + len(body), b"\0" * 4, 0x04400000, b"mntr", space, b"XYZ ")
    struct.pack_into(">6H4s", header, 24, 2024, 1, 1, 0, 0, 0, b"acsp")
    header[68:80] = _fixed(_D50_XYZ)
    return bytes(header) + struct.pack(">I", len(tags)) + index + body


def _to_xyz(primaries: Primaries) -> np.ndarray:
    """(3, 3): linear RGB to XYZ, adapted to D50 by Bradford's transform."""
    columns = np.array([_xyz(point) for point in primaries[:3]]).T
    white = _xyz(primaries[3])
    try:
        matrix = columns * np.linalg.solve(columns, white)
    except np.linalg.LinAlgError as error:
        raise ValueError(Text("its primaries are not independent")) from error
    gains = (_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ matrix
    if not np.isfinite(adapted).all() or np.abs(adapted).max() > 100:
        raise ValueError(Text("its primaries are not independent"))
    return adapted


def _xyz(point: Point) -> np.ndarray:
    x, y = point
    if y <= 0:
        raise ValueError(Text("its primaries are not independent"))
    return np.array([x / y, 1, (1 - x - y) / y])


def _fixed(values: Sequence[float] | np.ndarray) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(float(value) * 65536) for value in values))


def _parametric(parameters: tuple[float, ...]) -> bytes:
    kind = {1: 0, 5: 3}[len(parameters)]
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(parameters)


def _table(values: np.ndarray) -> bytes:
    codes = np.rint(values * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(codes)) + codes.tobytes()


def _words(text: str) -> bytes:
    packed = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(packed), 28) + packed
