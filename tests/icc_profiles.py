"""A small builder of ICC profiles for tests: matrix and curve, or gray."""

import struct

import numpy as np

DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060))
REC709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_D65, _D50 = (0.31271, 0.32902), np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def xyz_matrix(primaries) -> np.ndarray:
    """(3, 3): linear RGB of these primaries and a white of D65 to XYZ under D50."""
    columns = np.array([_xyz(point) for point in primaries]).T
    matrix = columns * np.linalg.solve(columns, _xyz(_D65))
    gains = (_BRADFORD @ _D50) / (_BRADFORD @ _xyz(_D65))
    return np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ matrix


def _xyz(point) -> np.ndarray:
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


def _fixed(values) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def parametric(*parameters: float) -> bytes:
    kind = {1: 0, 3: 1, 4: 2, 5: 3, 7: 4}[len(parameters)]
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(parameters)


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def table(values) -> bytes:
    codes = np.round(np.asarray(values) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(codes)) + codes.tobytes() + b"\0\0" * (len(codes) % 2)


def _profile(space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    start, index, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        index += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = bytearray(128)
    struct.pack_into(">I4sI4s4s4s", header, 0, start + len(body), b"test", 0x04300000, b"mntr", space, connection)
    header[36:40] = b"acsp"
    header[68:80] = _fixed(_D50)
    return bytes(header) + struct.pack(">I", len(tags)) + index + body


def _common() -> dict[bytes, bytes]:
    text = "Test".encode("utf-16-be")
    words = b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(text), 28) + text
    return {b"desc": words, b"cprt": words, b"wtpt": b"XYZ \0\0\0\0" + _fixed(_D50)}


def rgb_profile(primaries, *curves: bytes) -> bytes:
    """A profile of these primaries; one curve for all channels, or three."""
    matrix = xyz_matrix(primaries)
    tags = _common()
    for index, name in enumerate("rgb"):
        tags[f"{name}XYZ".encode()] = b"XYZ \0\0\0\0" + _fixed(matrix[:, index])
        tags[f"{name}TRC".encode()] = curves[index % len(curves)]
    return _profile(b"RGB ", tags)


def gray_profile(curve: bytes) -> bytes:
    return _profile(b"GRAY", _common() | {b"kTRC": curve})


def p3() -> bytes:
    return rgb_profile(DISPLAY_P3, parametric(*SRGB_PARAMETERS))


def adobe_rgb() -> bytes:
    return rgb_profile(ADOBE_RGB, gamma(563 / 256))


def srgb() -> bytes:
    return rgb_profile(REC709, parametric(*SRGB_PARAMETERS))


def of_another_space(space: bytes = b"CMYK") -> bytes:
    return _profile(space, _common())


def table_profile(primaries=DISPLAY_P3, num_nodes: int = 25) -> bytes:
    """A profile that works by tables from and to Lab, of an RGB space with a gamma of 2."""
    matrix, axis = xyz_matrix(primaries), np.linspace(0, 1, num_nodes)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    lab = _lab(nodes**2 @ matrix.T)
    to_lab = np.stack([lab[..., 0] * 652.8, (lab[..., 1] + 128) * 256, (lab[..., 2] + 128) * 256], -1)
    wanted = np.stack([nodes[..., 0] * 65535 / 652.8, *(np.moveaxis(nodes[..., 1:], -1, 0) * 65535 / 256 - 128)], -1)
    to_rgb = np.sqrt(np.clip(_xyz_of_lab(wanted) @ np.linalg.inv(matrix).T, 0, 1)) * 65535
    tags = _common() | {b"A2B0": _lut16(to_lab), b"B2A0": _lut16(to_rgb)}
    return _profile(b"RGB ", tags, b"Lab ")


def _lab(xyz: np.ndarray) -> np.ndarray:
    ratio = xyz / _D50
    x, y, z = np.moveaxis(np.where(ratio > 216 / 24389, np.cbrt(ratio), (ratio * 24389 / 27 + 16) / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _xyz_of_lab(lab: np.ndarray) -> np.ndarray:
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    return np.where(roots > 6 / 29, roots**3, (116 * roots - 16) * 27 / 24389) * _D50


def _lut16(nodes: np.ndarray) -> bytes:
    straight = np.array([0, 65535] * 3, ">u2").tobytes()
    table_values = np.clip(np.rint(nodes), 0, 65535).astype(">u2").tobytes()
    header = struct.pack(">4s4xBBBB", b"mft2", 3, 3, len(nodes), 0) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    return header + struct.pack(">HH", 2, 2) + straight + table_values + straight
