"""Stages of the compiled texture kernel: each works on a line of pixels, so that it is computed in vectors.

Lines lie one below the other in one array, PITCH floats each, and are passed as addresses. What is computed of several
planes at once works on `work`, planes of CHUNK floats at constant offsets: LLVM then need not ask whether they overlap.
"""

# numba's decorators change what functions take, which pyright does not see.
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false, reportPrivateImportUsage=false
# pyright: reportReturnType=false

from __future__ import annotations

import numpy as np
from numba import carray, njit

from ...color.srgb import REC709_LUMA
from .render_lanes import BLOCK, TAPS, add_picked, num_lanes, pick_between, pointer_to

TILE = 1024  # columns that are worked on together, so that their lines stay in the second-level cache
CHUNK = 256  # pixels that are composed together, in the first-level cache
PITCH = TILE + 144  # floats from one line to the next: a tile, its margins, what vectors reach beyond; see SHIFT
SHIFT = (
    16  # floats beyond a power of two, so that addresses of neighbors differ in their last bits, which a core compares
)
PART = CHUNK + SHIFT
LATTICE_LINES = 4  # lines that a row of the lattice takes, where its cells are smaller than pixels
FLOAT_BYTES = 4

# Planes of `work`, in floats.
COLOR, FULL, FINE, CHANGE, SLOPE, OFFSET, SKIN, LIGHT, FIELD = (PART * plane for plane in (0, 3, 4, 5, 6, 7, 8, 9, 12))
WORK_SIZE = 15 * PART

FAST = {"contract", "nsz", "arcp"}  # as in `render_kernel`: NaN and infinity are preserved
_ZERO, _ONE, _TWO, _HALF = np.float32(0), np.float32(1), np.float32(2), np.float32(0.5)
_RED, _GREEN, _BLUE = (np.float32(share) for share in REC709_LUMA)
_BOUND = np.float32(16)
_TOE, _STEEP = np.float32(0.04045), np.float32(12.92)
_LINEAR_TOE = np.float32(0.0031308)
_KNEE, _KNEE_SCALE = np.float32(0.055), np.float32(1 / 1.055)
# u^2.4 = u^2 p(u^(1/2)) and 1.055 x^(1/2.4) - 0.055 = q(x^(1/4)), to 7e-6 of encoded values.
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(value) for value in (0.04521132, 1.25238122, -0.51800116, 0.29907536, -0.07868148)
)
_Q0, _Q1, _Q2, _Q3, _Q4, _Q5 = (
    np.float32(value) for value in (-0.06134143, 0.16203688, 1.25537039, -0.57743246, 0.28949878, -0.06813877)
)
_BYTE = np.uint32(255)
_MEAN_BYTES = np.float32(510)


@njit(fastmath=FAST)
def view(address: int, count: int) -> np.ndarray:
    """Return `count` floats at an address."""
    return carray(pointer_to(address, _ZERO), (count,))


@njit(fastmath=FAST)
def tame_luma(red: float, green: float, blue: float) -> float:
    """Luma, bounded; NaN becomes 0."""
    luma = _RED * red + _GREEN * green + _BLUE * blue
    luma = luma if luma == luma else _ZERO
    luma = luma if luma < _BOUND else _BOUND
    return luma if luma > -_BOUND else -_BOUND


@njit(fastmath=FAST)
def copy_line(source: int, target: int, count: int) -> None:
    """Copy floats."""
    values, copied = view(source, count), view(target, count)
    for i in range(count):
        copied[i] = values[i]


@njit(fastmath=FAST)
def mix_lines(upper: int, lower: int, part: float, target: int, count: int) -> None:
    """Interpolate between two lines."""
    first, second, mixed = view(upper, count), view(lower, count), view(target, count)
    for i in range(count):
        mixed[i] = first[i] + part * (second[i] - first[i])


@njit(fastmath=FAST)
def spread_line(source: int, cells: int, fractions: int, span: int, target: int, count: int) -> None:
    """Interpolate a row of a small picture to the pixels of a line.

    Args: addresses of the row; of the cell (int32) to the left of each pixel, and of its distance to it; of the line.
    `span` cells, at most, lie to the left of BLOCK pixels.
    """
    if num_lanes() > 4 and span <= num_lanes():
        for i in range(0, count, BLOCK):
            pick_between(source, cells, fractions, target, i)
        return
    row, between, spread = view(source, PITCH), view(fractions, count), view(target, count)
    lefts = carray(pointer_to(cells, np.uint32(0)), (count,))
    for i in range(count):
        left = lefts[i]
        value = row[left]
        spread[i] = value + between[i] * (row[left + np.uint32(1)] - value)


@njit(fastmath=FAST)
def add_squares(first: int, second: int, third: int, sums: int, squares: int, count: int) -> None:
    """Add three lines, and their squares, to sums."""
    one, two, three = view(first, count), view(second, count), view(third, count)
    total, total_of_squares = view(sums, count), view(squares, count)
    for i in range(count):
        total[i] += one[i] + two[i] + three[i]
    for i in range(count):
        total_of_squares[i] += one[i] * one[i] + two[i] * two[i] + three[i] * three[i]


@njit(fastmath=FAST)
def add_lines(first: int, second: int, third: int, sums: int, count: int) -> None:
    """Add three lines to a sum."""
    one, two, three, total = view(first, count), view(second, count), view(third, count), view(sums, count)
    for i in range(count):
        total[i] += one[i] + two[i] + three[i]


@njit(fastmath=FAST)
def start_sums(first: int, sums: int, count: int) -> None:
    one, total = view(first, count), view(sums, count)
    for i in range(count):
        total[i] = one[i]


@njit(fastmath=FAST)
def start_squares(first: int, sums: int, squares: int, count: int) -> None:
    one, total, total_of_squares = view(first, count), view(sums, count), view(squares, count)
    for i in range(count):
        total[i] = one[i]
    for i in range(count):
        total_of_squares[i] = one[i] * one[i]


@njit(fastmath=FAST)
def box_line(source: int, spare: int, target: int, window: int, count: int) -> None:
    """Sum 2 * window + 1 neighbors: target[i] is the sum from source[i] on.

    Args: addresses of the line, of a spare line, and of the target.
    """
    length = 2 * window + 1
    one, triples, total = view(source, PITCH), view(spare, PITCH), view(target, PITCH)
    reach = count + BLOCK * 2
    for i in range(reach):
        triples[i] = one[i] + one[i + 1] + one[i + 2]
    if length >= 9:
        for i in range(count):
            total[i] = triples[i] + triples[i + 3] + triples[i + 6]
        done = 9
    else:
        for i in range(count):
            total[i] = triples[i]
        done = 3
    while done + 3 <= length:
        ahead = view(spare + done * FLOAT_BYTES, count)
        for i in range(count):
            total[i] += ahead[i]
        done += 3
    while done < length:
        ahead = view(source + done * FLOAT_BYTES, count)
        for i in range(count):
            total[i] += ahead[i]
        done += 1


@njit(fastmath=FAST, error_model="numpy")  # which divides without asking for 0
def fit_lines(sums: int, squares: int, share: float, noise: float, count: int) -> None:
    """Turn sums of luma and of its squares over windows into slope and offset of the guided filter, in place."""
    first, second = view(sums, count), view(squares, count)
    for i in range(count):
        center = first[i] * share
        variance = second[i] * share - center * center
        variance = variance if variance > _ZERO else _ZERO
        slope = variance / (variance + noise)
        first[i] = slope
        second[i] = center * (_ONE - slope)


@njit(fastmath=FAST)
def scale_line(address: int, factor: float, count: int) -> None:
    """Multiply a line in place."""
    values = view(address, count)
    for i in range(count):
        values[i] *= factor


@njit(fastmath=FAST)
def add_band(work: np.ndarray, gains: np.ndarray, band: int) -> None:
    """Add one band's gain to the change of luma; its smoothed luma becomes what the next, coarser band starts from."""
    skin0, skin1, skin2 = gains[band, 0, 0], gains[band, 0, 1], gains[band, 0, 2]
    rest0, rest1, rest2 = gains[band, 1, 0], gains[band, 1, 1], gains[band, 1, 2]
    for i in range(CHUNK):
        slope = work[SLOPE + i]
        coarse = slope * work[FULL + i] + work[OFFSET + i]
        tone = coarse if coarse > _ZERO else _ZERO
        tone = (tone if tone < _ONE else _ONE) * _TWO
        low, high = (tone if tone < _ONE else _ONE), (tone - _ONE if tone > _ONE else _ZERO)
        rest = rest0 + low * (rest1 - rest0) + high * (rest2 - rest1)
        skin = skin0 + low * (skin1 - skin0) + high * (skin2 - skin1)
        gain = rest + work[SKIN + i] * (skin - rest)
        work[CHANGE + i] += (gain - _ONE) * (_ONE - slope) * (work[FINE + i] - coarse)
        work[FINE + i] = coarse


@njit(fastmath=FAST)
def add_change(work: np.ndarray) -> None:
    """Add the change of luma to all channels."""
    for i in range(CHUNK):
        change = work[CHANGE + i]
        work[COLOR + i] += change
        work[COLOR + PART + i] += change
        work[COLOR + 2 * PART + i] += change


@njit(fastmath=FAST)
def lit(color: float, light: float) -> float:
    """Add linear light to an sRGB-encoded value as on film: it cannot become whiter than white.

    The curve's toe continues below 0; values over 1 and those that are no number stay.
    """
    inside = color if color < _ONE else _ONE
    bent = (inside + _KNEE) * _KNEE_SCALE
    bent = bent if bent > _KNEE_SCALE * _KNEE else _KNEE_SCALE * _KNEE
    root = np.sqrt(bent)
    power = bent * bent * (_P0 + root * (_P1 + root * (_P2 + root * (_P3 + root * _P4))))
    linear = power if inside > _TOE else inside * np.float32(_ONE / _STEEP)
    missing = _ONE - (linear if linear > _ZERO else _ZERO)
    sum_ = linear + light * missing
    positive = sum_ if sum_ > _LINEAR_TOE else _LINEAR_TOE
    root = np.sqrt(np.sqrt(positive))
    encoded = _Q0 + root * (_Q1 + root * (_Q2 + root * (_Q3 + root * (_Q4 + root * _Q5))))
    encoded = encoded if sum_ > _LINEAR_TOE else sum_ * _STEEP
    return encoded if color < _ONE else color


@njit(fastmath=FAST)
def add_light(work: np.ndarray) -> None:
    """Add the planes of light to the colors."""
    for i in range(3 * PART):
        work[COLOR + i] = lit(work[COLOR + i], work[LIGHT + i])


@njit(fastmath=FAST)
def add_grain(work: np.ndarray, strength: np.ndarray, is_gray: bool) -> None:
    """Add the fields to the colors, by the strength at their luma, which is given at 0, 1/4, 1/2, 3/4 and 1."""
    start, rise = strength[0], strength[1] - strength[0]
    turn1 = strength[2] - np.float32(2) * strength[1] + strength[0]
    turn2 = strength[3] - np.float32(2) * strength[2] + strength[1]
    turn3 = strength[4] - np.float32(2) * strength[3] + strength[2]
    second, third = (0, 0) if is_gray else (PART, 2 * PART)
    for i in range(CHUNK):
        red, green, blue = work[COLOR + i], work[COLOR + PART + i], work[COLOR + 2 * PART + i]
        luma = _RED * red + _GREEN * green + _BLUE * blue
        luma = luma if luma > _ZERO else _ZERO  # NaN becomes 0 here
        tone = (luma if luma < _ONE else _ONE) * np.float32(4)
        above1, above2, above3 = tone - _ONE, tone - np.float32(2), tone - np.float32(3)
        amount = start + rise * tone
        amount += turn1 * (above1 if above1 > _ZERO else _ZERO)
        amount += turn2 * (above2 if above2 > _ZERO else _ZERO)
        amount += turn3 * (above3 if above3 > _ZERO else _ZERO)
        work[COLOR + i] = red + amount * work[FIELD + i]
        work[COLOR + PART + i] = green + amount * work[FIELD + second + i]
        work[COLOR + 2 * PART + i] = blue + amount * work[FIELD + third + i]


@njit(fastmath=FAST)
def clear_line(address: int, count: int) -> None:
    """Fill a line with zeros."""
    cleared = view(address, count)
    for i in range(count):
        cleared[i] = _ZERO


@njit(fastmath=FAST)
def has_light(work: np.ndarray) -> bool:
    """Whether any light reaches a chunk."""
    found = 0
    for i in range(3 * PART):
        found |= np.int32(work[LIGHT + i] > _ZERO)
    return found != 0


@njit(fastmath=FAST)
def add_field(
    work: np.ndarray, rows: tuple[int, int, int], factors: tuple[float, float, float], num_channels: int
) -> None:
    """Add multiples of three rows of spread grain, of one or three channels each, to the field."""
    first, second, third = view(rows[0], 3 * PITCH), view(rows[1], 3 * PITCH), view(rows[2], 3 * PITCH)
    one, two, three = factors
    if num_channels == 1:
        for i in range(CHUNK):
            work[FIELD + i] += one * first[i] + two * second[i] + three * third[i]
    else:
        for i in range(CHUNK):
            work[FIELD + i] += one * first[i] + two * second[i] + three * third[i]
        for i in range(CHUNK):
            sum_ = one * first[PITCH + i] + two * second[PITCH + i] + three * third[PITCH + i]
            work[FIELD + PART + i] += sum_
        for i in range(CHUNK):
            sum_ = one * first[2 * PITCH + i] + two * second[2 * PITCH + i] + three * third[2 * PITCH + i]
            work[FIELD + 2 * PART + i] += sum_


@njit(fastmath=FAST)
def mixed_bits(bits: int) -> int:
    """`grain._mixed` of one integer."""
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(16))) * np.uint32(0x7FEB352D))
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(bits ^ (bits >> np.uint32(16)))


@njit(fastmath=FAST)
def lattice_line(row: int, first: int, seed: int, factor: float, target: int, count: int) -> None:
    """Add `factor` times the random values of a row of the grain's lattice, from column `first` on."""
    key = mixed_bits(np.uint32(np.uint32(np.uint32(row) * np.uint32(0x9E3779B1)) + np.uint32(seed)))
    start = np.uint32(np.uint32(np.uint32(first) * np.uint32(0x85EBCA77)) + key)
    values = view(target, count)
    for i in range(count):
        bits = mixed_bits(np.uint32(start + np.uint32(np.uint32(i) * np.uint32(0x85EBCA77))))
        sum_ = np.uint32(bits & _BYTE) + np.uint32((bits >> np.uint32(8)) & _BYTE)
        sum_ += np.uint32((bits >> np.uint32(16)) & _BYTE) + np.uint32(bits >> np.uint32(24))
        values[i] += (np.float32(np.int32(sum_)) - _MEAN_BYTES) * factor


@njit(fastmath=FAST)
def spread_lattice(
    lattice: int, firsts: int, weights: int, stride: int, num_taps: int, span: int, target: int, count: int
) -> None:
    """Carry a row of the lattice to the pixels of a line.

    Args: addresses of the row; of the first cell (int32) that each pixel sees; of the pixels' weights of the first
    tap, those of the next `stride` floats on; of the line. `span` cells, at most, are seen first by BLOCK pixels.
    """
    clear_line(target, count)
    if num_lanes() > 4 and span <= num_lanes():
        for tap in range(0, num_taps, TAPS):
            shares = weights + tap * stride * FLOAT_BYTES
            for i in range(0, count, BLOCK):
                add_picked(lattice + tap * FLOAT_BYTES, firsts, shares, stride * FLOAT_BYTES, target, i)
        return
    row, spread = view(lattice, LATTICE_LINES * PITCH), view(target, count)
    cells = carray(pointer_to(firsts, np.uint32(0)), (count,))
    for tap in range(num_taps):
        shares = view(weights + tap * stride * FLOAT_BYTES, count)
        ahead = np.uint32(tap)
        for i in range(count):
            spread[i] += shares[i] * row[cells[i] + ahead]
