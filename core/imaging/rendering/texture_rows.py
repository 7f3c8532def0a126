"""Rows of the texture kernel: small pictures, fine bands and grain, brought to the lines that row y needs."""

# numba's decorators change what functions take, which pyright does not see.
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false, reportPrivateImportUsage=false
# pyright: reportReturnType=false

from __future__ import annotations

import numpy as np
from numba import njit

from .render_lanes import RUN
from .texture_stages import (
    FAST,
    FLOAT_BYTES,
    PITCH,
    add_lines,
    add_squares,
    box_line,
    clear_line,
    fit_lines,
    lattice_line,
    scale_line,
    spread_lattice,
    spread_line,
    start_squares,
    start_sums,
    view,
)
from .texturing import EDGE

# What `plan` holds, int64: the photo, what there is to do, and the addresses of the lines.
# fmt: off
PLAN = (
    "source", "target", "mask", "source_stride", "target_stride", "mask_stride", "depth", "top", "bottom", "height",
    "width", "margin", "has_luma", "skin_mask", "subject_mask", "num_masks", "far", "glow", "num_channels", "colors",
    "skins", "lumas", "bands", "spare", "empty", "masks", "smalls", "grains", "lattice", "left", "right", "begin",
    "end",
)
(
    SOURCE, TARGET, AMOUNTS, SOURCE_STRIDE, TARGET_STRIDE, AMOUNT_STRIDE, DEPTH, TOP, BOTTOM, HEIGHT,
    WIDTH, MARGIN, HAS_LUMA, SKIN_MASK, SUBJECT_MASK, NUM_MASKS, FAR, GLOW, NUM_CHANNELS, COLORS,
    SKINS, LUMAS, BANDS, SPARE, EMPTY, MASKS, SMALLS, GRAINS, LATTICE, LEFT, RIGHT, BEGIN, END,
) = range(len(PLAN))
# fmt: on
NUM_COEFFICIENTS = 4  # of a mask: red, green, blue and 1
MAX_TAPS = 16  # lines for an octave's rows of each channel

_ZERO, _ONE = np.float32(0), np.float32(1)
LINE = PITCH * FLOAT_BYTES
_NOISE = np.float32(EDGE**2)
NEVER = -(2**62)


@njit(fastmath=FAST)
def mirrored(place: int, size: int) -> int:
    """Return the place that a place beyond the photo's edge mirrors; edges count twice."""
    place %= 2 * size
    return place if place < size else 2 * size - 1 - place


@njit(fastmath=FAST)
def padded(count: int) -> int:
    """The next multiple of RUN, so that no vectors are left over, which might be rounded otherwise."""
    return (count + RUN - 1) // RUN * RUN


@njit(fastmath=FAST)
def mirror_margins(plan: np.ndarray, luma: int, count: int) -> None:
    """Fill a line of luma beyond the photo's edges."""
    line, left = view(luma, PITCH), plan[LEFT]
    for i in range(plan[BEGIN] - left):
        line[i] = line[mirrored(left + i, plan[WIDTH]) - left]
    for i in range(plan[END] - left, count):
        line[i] = line[mirrored(left + i, plan[WIDTH]) - left]


@njit(fastmath=FAST)
def enlarge(plan: np.ndarray, number: int, y: int, smalls: tuple, held: np.ndarray) -> tuple[int, int, float]:
    """Return the addresses of the lines of a small picture above and below row y, and how far it is below the first."""
    values, places, cells, fractions, spans = smalls
    start, rows, pitch, columns = places[number, 0], places[number, 1], places[number, 2], places[number, 3]
    place = min(max((y + 0.5) * rows / plan[HEIGHT] - 0.5, 0.0), rows - 1.0)
    row = int(place)
    lines = plan[SMALLS] + 2 * number * LINE
    for each in range(row, row + 2):
        slot = each & 1
        if held[number, slot] != each:
            held[number, slot] = each
            source = values.ctypes.data + (start + each * pitch) * FLOAT_BYTES
            across = (columns * cells.shape[1] + plan[BEGIN]) * FLOAT_BYTES
            target = lines + slot * LINE + (plan[BEGIN] - plan[LEFT]) * FLOAT_BYTES
            count = padded(plan[END] - plan[BEGIN])
            spread_line(
                source, cells.ctypes.data + across, fractions.ctypes.data + across, spans[columns], target, count
            )
    return lines + (row & 1) * LINE, lines + ((row + 1) & 1) * LINE, np.float32(place - row)


@njit(fastmath=FAST)
def enlarge_all(
    plan: np.ndarray, y: int, smalls: tuple, held: np.ndarray, above: np.ndarray, parts: np.ndarray
) -> None:
    """Enlarge the small pictures that row y's texture is made with."""
    for number in range(NUM_COEFFICIENTS * plan[NUM_MASKS], held.shape[0]):
        upper, lower, part = enlarge(plan, number, y, smalls, held)
        above[number, 0], above[number, 1], parts[number] = upper, lower, part


@njit(fastmath=FAST)
def sum_around(plan: np.ndarray, ring: int, size: int, y: int, window: int, with_squares: bool, count: int) -> None:
    """Sum 2 * window + 1 lines of a ring of `size` lines around row y, and their squares."""
    sums, empty = plan[SPARE] + LINE, plan[EMPTY]
    first = ring + ((y - window) % size) * LINE
    if with_squares:
        start_squares(first, sums, sums + LINE, count)
    else:
        start_sums(first, sums, count)
    for row in range(y - window + 1, y + window + 1, 3):
        one = ring + (row % size) * LINE
        two = ring + ((row + 1) % size) * LINE if row + 1 <= y + window else empty
        three = ring + ((row + 2) % size) * LINE if row + 2 <= y + window else empty
        if with_squares:
            add_squares(one, two, three, sums, sums + LINE, count)
        else:
            add_lines(one, two, three, sums, count)


@njit(fastmath=FAST)
def fit_row(plan: np.ndarray, y: int, window: int, fitted: int, count: int) -> None:
    """Fit the guided filter at row y: slope and offset, in two rings of 2 * window + 1 lines."""
    length = 2 * window + 1
    slope = fitted + (y % length) * LINE + window * FLOAT_BYTES
    offset = slope + length * LINE
    sum_around(plan, plan[LUMAS], plan[MARGIN] + 1, y, window, True, count)
    box_line(plan[SPARE] + LINE, plan[SPARE], slope, window, count)
    box_line(plan[SPARE] + 2 * LINE, plan[SPARE], offset, window, count)
    fit_lines(slope, offset, np.float32(1 / (length * length)), _NOISE, count)


@njit(fastmath=FAST)
def smooth_row(plan: np.ndarray, y: int, window: int, fitted: int, count: int) -> None:
    """Average slope and offset around row y, into the two lines after their rings."""
    length = 2 * window + 1
    for part in range(2):
        target = fitted + (2 * length + part) * LINE + window * FLOAT_BYTES
        sum_around(plan, fitted + part * length * LINE, length, y, window, False, count)
        box_line(plan[SPARE] + LINE, plan[SPARE], target, window, count)
        scale_line(target, np.float32(1 / (length * length)), count)


@njit(fastmath=FAST)
def advance_detail(plan: np.ndarray, y: int, windows: np.ndarray) -> None:
    """Advance the fine bands, so that row y is smoothed."""
    count, fitted = padded(plan[RIGHT] + plan[MARGIN] - plan[LEFT]), plan[BANDS]
    for band in range(windows.size):
        window = windows[band]
        if y + window >= plan[TOP] - window:
            fit_row(plan, y + window, window, fitted, count)
        if y >= plan[TOP]:
            smooth_row(plan, y, window, fitted, count)
        fitted += (2 * (2 * window + 1) + 2) * LINE


@njit(fastmath=FAST)
def advance_grain(plan: np.ndarray, y: int, grain: tuple, newest: np.ndarray) -> None:
    """Spread the rows of the lattice that row y sees, as far as they are not yet."""
    _, seeds, shares, row_firsts, _, origins, firsts, weights, taps, spans = grain
    left = plan[LEFT] + plan[MARGIN]
    count, pitch = padded(plan[RIGHT] - left), firsts.shape[1]
    for octave in range(taps.size):
        num_taps, column = taps[octave], np.int64(firsts[octave, left])
        num_cells = padded(np.int64(firsts[octave, left + count - 1]) + num_taps - column)
        cells = firsts.ctypes.data + (octave * pitch + left) * FLOAT_BYTES
        across = weights.ctypes.data + (octave * weights.shape[1] * pitch + left) * FLOAT_BYTES
        first, start = row_firsts[octave, y], origins[octave] + column
        for row in range(max(newest[octave] + 1, first), first + num_taps):
            for channel in range(plan[NUM_CHANNELS]):
                clear_line(plan[LATTICE], num_cells)
                lattice_line(row, start, seeds[octave, 0], shares[octave, 0], plan[LATTICE], num_cells)
                if shares[octave, 1] != _ZERO:
                    lattice_line(row, start, seeds[octave, 1 + channel], shares[octave, 1], plan[LATTICE], num_cells)
                lines = plan[GRAINS] + ((octave * MAX_TAPS + row % num_taps) * 3 + channel) * LINE
                target = lines + plan[MARGIN] * FLOAT_BYTES
                spread_lattice(
                    plan[LATTICE] - column * FLOAT_BYTES, cells, across, pitch, num_taps, spans[octave], target, count
                )
        newest[octave] = first + num_taps - 1
