"""Color tables that expect a camera's log encoding, made to be given sRGB instead.

An sRGB color is turned to linear light, then to the camera's primaries, then encoded by its curve, and that color is
given to the table: 18 % gray is where the camera puts it. A photo that was developed already has the contrast of its
development, on which that of the table comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...color.srgb import srgb_to_linear
from ...errors import StyleError
from ...texts import Text
from ..rendering.color_tables import table_colors
from .color_table import KEPT_SIZE, ColorTable

_WHITE = (0.3127, 0.3290)  # D65, of all these spaces and of sRGB
_SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


@dataclass(frozen=True)
class InputSpace:
    """A log encoding with its primaries.

    Attributes:
        name: as cameras call it.
        primaries: x and y of red, green and blue.
        encode: from linear light, 0.18 for gray, to encoded values; of any array.
    """

    name: str
    primaries: tuple[tuple[float, float], ...]
    encode: Callable[[np.ndarray], np.ndarray]

    def of_srgb(self, colors: np.ndarray) -> np.ndarray:
        """Return encoded colors (..., 3) float32 of sRGB-encoded ones."""
        matrix = np.linalg.inv(_to_xyz(self.primaries)) @ _to_xyz(_SRGB)
        return self.encode(srgb_to_linear(colors.astype(np.float64)) @ matrix.T).astype(np.float32)


def with_input_space(table: ColorTable, name: str) -> ColorTable:
    """Return a table for sRGB photos of one that expects a log encoding, with a note of what sampling it loses.

    Args:
        table: as a file has it.
        name: one of INPUT_SPACES.

    Raises:
        StyleError: there is no such space.
    """
    space = INPUT_SPACES.get(name)
    if space is None:
        raise StyleError(
            "{name}: is not a log encoding that is known; these are: {names}", name=name, names=", ".join(INPUT_SPACES)
        )
    colors = table_colors(KEPT_SIZE)
    sampled = replace(table, values=table.colors(space.of_srgb(colors)), curves=None)
    between = (colors[:-1, :-1, :-1] + colors[1:, 1:, 1:]) / 2  # farthest from the points
    exact = table.colors(space.of_srgb(between)).clip(0, 1)
    lost = np.abs(sampled.colors(between).clip(0, 1) - exact)
    note = Text(
        "made for {space}: given sRGB through it, sampled at {points} points an axis; colors between them differ by "
        "{mean:.2f} of 255 on average, {worst:.1f} at most",
        space=space.name,
        points=KEPT_SIZE,
        mean=255 * float(lost.mean()),
        worst=255 * float(lost.max()),
    )
    return replace(sampled, notes=(*table.notes, note))


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """The matrix from linear RGB to XYZ, of a white of 1."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in (*primaries, _WHITE)]).T
    return columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3])


def _slog3(light: np.ndarray) -> np.ndarray:
    """Sony, "Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3" (2014)."""
    bright = (420 + np.log10((np.maximum(light, 0) + 0.01) / 0.19) * 261.5) / 1023
    return np.where(light >= 0.01125, bright, (light * (171.2102946929 - 95) / 0.01125 + 95) / 1023)


def _logc3(light: np.ndarray) -> np.ndarray:
    """ARRI, "ALEXA Log C Curve" (2012), exposure index 800."""
    cut, a, b, c, d, e, f = 0.010591, 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809
    return np.where(light > cut, c * np.log10(np.maximum(a * light + b, 1e-9)) + d, e * light + f)


def _logc4(light: np.ndarray) -> np.ndarray:
    """ARRI, "ARRI LogC4 Logarithmic Color Space" (2022)."""
    a, b, c = (2**18 - 16) / 117.45, (1023 - 95) / 1023, 95 / 1023
    s = 7 * np.log(2) * 2 ** (7 - 14 * c / b) / (a * b)
    t = (2 ** (14 * (-c / b) + 6) - 64) / a
    bright = (np.log2(np.maximum(a * light + 64, 1e-9)) - 6) / 14 * b + c
    return np.where(light >= t, bright, (light - t) / s)


def _vlog(light: np.ndarray) -> np.ndarray:
    """Panasonic, "V-Log/V-Gamut Reference Manual" (2014)."""
    bright = 0.241514 * np.log10(np.maximum(light + 0.00873, 1e-9)) + 0.598206
    return np.where(light < 0.01, 5.6 * light + 0.125, bright)


def _flog2(light: np.ndarray) -> np.ndarray:
    """Fujifilm, "F-Log2 Data Sheet" (2022)."""
    bright = 0.245281 * np.log10(np.maximum(5.555556 * light + 0.064829, 1e-9)) + 0.384316
    return np.where(light < 0.000889, 8.799461 * light + 0.092864, bright)


INPUT_SPACES = {
    "slog3": InputSpace("S-Log3, S-Gamut3", ((0.730, 0.280), (0.140, 0.855), (0.100, -0.050)), _slog3),
    "slog3-cine": InputSpace("S-Log3, S-Gamut3.Cine", ((0.766, 0.275), (0.225, 0.800), (0.089, -0.087)), _slog3),
    "logc3": InputSpace("ARRI LogC3, EI 800", ((0.684, 0.313), (0.221, 0.848), (0.0861, -0.1020)), _logc3),
    "logc4": InputSpace("ARRI LogC4", ((0.7347, 0.2653), (0.1424, 0.8576), (0.0991, -0.0308)), _logc4),
    "vlog": InputSpace("V-Log, V-Gamut", ((0.730, 0.280), (0.165, 0.840), (0.100, -0.030)), _vlog),
    "flog2": InputSpace("F-Log2, F-Gamut", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _flog2),
}
