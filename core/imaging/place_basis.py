"""The basis of spatially varying light: smooth maps over the frame and the person, for numpy and torch."""

from __future__ import annotations

from typing import TypeVar

Values = TypeVar("Values")  # a numpy array or a torch tensor

DEGREE = 4
NUM_POLYNOMIALS = (DEGREE + 1) * (DEGREE + 2) // 2 - 1  # without the constant, which the color table covers
NUM_LIGHT_MAPS = NUM_POLYNOMIALS + 2  # and the subject and the face
NUM_LIGHT_VALUES = 5  # stops of shadows, middle tones and highlights; saturation; warmth
ENCODING_GAMMA = 2.2  # a stop of light is 2 ** (1 / 2.2) in encoded values


def polynomials(y: Values, x: Values) -> list[Values]:
    """Products of Legendre polynomials over the frame, by total degree; each has mean 0.

    Args:
        y, x: positions, 0 to 1 over the height and width of the photo, of one shape.

    Returns:
        14 arrays of that shape.
    """
    rows, columns = _legendre(2 * y - 1), _legendre(2 * x - 1)  # pyright: ignore[reportOperatorIssue]
    return [rows[i] * columns[total - i] for total in range(1, DEGREE + 1) for i in range(total + 1)]


def tone_shares(tone: Values) -> tuple[Values, Values, Values]:
    """Return the weights of shadow, middle tone and highlight for a tone (0 to 1); they sum to 1."""
    rest = 1 - tone  # pyright: ignore[reportOperatorIssue]
    return rest * rest, 2 * tone * rest, tone * tone  # pyright: ignore[reportOperatorIssue, reportReturnType]


def _legendre(u: Values) -> list[Values]:
    square = u * u  # pyright: ignore[reportOperatorIssue]
    return [
        square * 0 + 1,
        u,
        (3 * square - 1) / 2,
        u * (5 * square - 3) / 2,
        (35 * square * square - 30 * square + 3) / 8,
    ]
