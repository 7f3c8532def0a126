"""The compiled kernel for looks with texture, or with tables by region: renders some rows of a photo, tile by tile.

In a tile, rows pass one after the other: the look is applied to a row, and the texture to the row that has all the rows
around it which it needs. Small pictures that are enlarged (coarse bands, glow, masks) and the lattice of the grain are
carried to the pixels of their own rows once, and only mixed for each row of the photo. All is computed alike wherever
in a tile a pixel is, so strips equal the whole photo bit for bit.
"""

# numba's decorators change what functions take, which pyright does not see.
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false, reportPrivateImportUsage=false
# pyright: reportReturnType=false

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit

from . import render_kernel, texture_runs, texture_stages
from .look import GRID_SIZE
from .render_kernel import CELL_SIZE, blend_scan_line, compiled, find_corners, kernel_key, look_up, mix, slice_grid
from .render_lanes import AMOUNT, GRID, PLANE, RUN, SCRATCH_SIZE, TABLE, TAPS
from .texture_runs import (
    SHARES_SIZE,
    SKIN_SHARE,
    SUBJECT_SHARE,
    blend_colors,
    keep_colors,
    keep_luma,
    load_amounts,
    load_colors,
    look_up_by_region,
    round_colors,
    store_colors,
    take_colors,
    weigh,
)
from .texture_stages import (
    CHANGE,
    CHUNK,
    COLOR,
    FAST,
    FIELD,
    FINE,
    FLOAT_BYTES,
    FULL,
    LIGHT,
    OFFSET,
    PART,
    PITCH,
    SKIN,
    SLOPE,
    TILE,
    WORK_SIZE,
    add_band,
    add_change,
    add_field,
    add_grain,
    add_light,
    add_lines,
    add_squares,
    box_line,
    clear_line,
    copy_line,
    fit_lines,
    has_light,
    lattice_line,
    mix_lines,
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
_LINE = PITCH * FLOAT_BYTES
_NOISE = np.float32(EDGE**2)
_NEVER = -(2**62)


@njit(fastmath=FAST)
def _mirrored(place: int, size: int) -> int:
    """Return the place that a place beyond the photo's edge mirrors; edges count twice."""
    place %= 2 * size
    return place if place < size else 2 * size - 1 - place


@njit(fastmath=FAST)
def _padded(count: int) -> int:
    """The next multiple of RUN, so that no vectors are left over, which might be rounded otherwise."""
    return (count + RUN - 1) // RUN * RUN


@njit(fastmath=FAST)
def _mirror_margins(plan: np.ndarray, luma: int, count: int) -> None:
    """Fill a line of luma beyond the photo's edges."""
    line, left = view(luma, PITCH), plan[LEFT]
    for i in range(plan[BEGIN] - left):
        line[i] = line[_mirrored(left + i, plan[WIDTH]) - left]
    for i in range(plan[END] - left, count):
        line[i] = line[_mirrored(left + i, plan[WIDTH]) - left]


@njit(fastmath=FAST)
def _enlarge(plan: np.ndarray, number: int, y: int, smalls: tuple, held: np.ndarray) -> tuple[int, int, float]:
    """Return the addresses of the lines of a small picture above and below row y, and how far it is below the first."""
    values, places, cells, fractions, spans = smalls
    start, rows, pitch, columns = places[number, 0], places[number, 1], places[number, 2], places[number, 3]
    place = min(max((y + 0.5) * rows / plan[HEIGHT] - 0.5, 0.0), rows - 1.0)
    row = int(place)
    lines = plan[SMALLS] + 2 * number * _LINE
    for each in range(row, row + 2):
        slot = each & 1
        if held[number, slot] != each:
            held[number, slot] = each
            source = values.ctypes.data + (start + each * pitch) * FLOAT_BYTES
            across = (columns * cells.shape[1] + plan[BEGIN]) * FLOAT_BYTES
            target = lines + slot * _LINE + (plan[BEGIN] - plan[LEFT]) * FLOAT_BYTES
            count = _padded(plan[END] - plan[BEGIN])
            spread_line(
                source, cells.ctypes.data + across, fractions.ctypes.data + across, spans[columns], target, count
            )
    return lines + (row & 1) * _LINE, lines + ((row + 1) & 1) * _LINE, np.float32(place - row)


@njit(fastmath=FAST)
def _enlarge_all(
    plan: np.ndarray, y: int, smalls: tuple, held: np.ndarray, above: np.ndarray, parts: np.ndarray
) -> None:
    """Enlarge the small pictures that row y's texture is made with."""
    for number in range(NUM_COEFFICIENTS * plan[NUM_MASKS], held.shape[0]):
        upper, lower, part = _enlarge(plan, number, y, smalls, held)
        above[number, 0], above[number, 1], parts[number] = upper, lower, part


@njit(fastmath=FAST)
def _sum_around(plan: np.ndarray, ring: int, size: int, y: int, window: int, with_squares: bool, count: int) -> None:
    """Sum 2 * window + 1 lines of a ring of `size` lines around row y, and their squares."""
    sums, empty = plan[SPARE] + _LINE, plan[EMPTY]
    first = ring + ((y - window) % size) * _LINE
    if with_squares:
        start_squares(first, sums, sums + _LINE, count)
    else:
        start_sums(first, sums, count)
    for row in range(y - window + 1, y + window + 1, 3):
        one = ring + (row % size) * _LINE
        two = ring + ((row + 1) % size) * _LINE if row + 1 <= y + window else empty
        three = ring + ((row + 2) % size) * _LINE if row + 2 <= y + window else empty
        if with_squares:
            add_squares(one, two, three, sums, sums + _LINE, count)
        else:
            add_lines(one, two, three, sums, count)


@njit(fastmath=FAST)
def _fit_row(plan: np.ndarray, y: int, window: int, fitted: int, count: int) -> None:
    """Fit the guided filter at row y: slope and offset, in two rings of 2 * window + 1 lines."""
    length = 2 * window + 1
    slope = fitted + (y % length) * _LINE + window * FLOAT_BYTES
    offset = slope + length * _LINE
    _sum_around(plan, plan[LUMAS], plan[MARGIN] + 1, y, window, True, count)
    box_line(plan[SPARE] + _LINE, plan[SPARE], slope, window, count)
    box_line(plan[SPARE] + 2 * _LINE, plan[SPARE], offset, window, count)
    fit_lines(slope, offset, np.float32(1 / (length * length)), _NOISE, count)


@njit(fastmath=FAST)
def _smooth_row(plan: np.ndarray, y: int, window: int, fitted: int, count: int) -> None:
    """Average slope and offset around row y, into the two lines after their rings."""
    length = 2 * window + 1
    for part in range(2):
        target = fitted + (2 * length + part) * _LINE + window * FLOAT_BYTES
        _sum_around(plan, fitted + part * length * _LINE, length, y, window, False, count)
        box_line(plan[SPARE] + _LINE, plan[SPARE], target, window, count)
        scale_line(target, np.float32(1 / (length * length)), count)


@njit(fastmath=FAST)
def _advance_detail(plan: np.ndarray, y: int, windows: np.ndarray) -> None:
    """Advance the fine bands, so that row y is smoothed."""
    count, fitted = _padded(plan[RIGHT] + plan[MARGIN] - plan[LEFT]), plan[BANDS]
    for band in range(windows.size):
        window = windows[band]
        if y + window >= plan[TOP] - window:
            _fit_row(plan, y + window, window, fitted, count)
        if y >= plan[TOP]:
            _smooth_row(plan, y, window, fitted, count)
        fitted += (2 * (2 * window + 1) + 2) * _LINE


@njit(fastmath=FAST)
def _advance_grain(plan: np.ndarray, y: int, grain: tuple, newest: np.ndarray) -> None:
    """Spread the rows of the lattice that row y sees, as far as they are not yet."""
    _, seeds, shares, row_firsts, _, origins, firsts, weights, taps, spans = grain
    left = plan[LEFT] + plan[MARGIN]
    count, pitch = _padded(plan[RIGHT] - left), firsts.shape[1]
    for octave in range(taps.size):
        num_taps, column = taps[octave], np.int64(firsts[octave, left])
        num_cells = _padded(np.int64(firsts[octave, left + count - 1]) + num_taps - column)
        cells = firsts.ctypes.data + (octave * pitch + left) * FLOAT_BYTES
        across = weights.ctypes.data + (octave * weights.shape[1] * pitch + left) * FLOAT_BYTES
        first, start = row_firsts[octave, y], origins[octave] + column
        for row in range(max(newest[octave] + 1, first), first + num_taps):
            for channel in range(plan[NUM_CHANNELS]):
                clear_line(plan[LATTICE], num_cells)
                lattice_line(row, start, seeds[octave, 0], shares[octave, 0], plan[LATTICE], num_cells)
                if shares[octave, 1] != _ZERO:
                    lattice_line(row, start, seeds[octave, 1 + channel], shares[octave, 1], plan[LATTICE], num_cells)
                lines = plan[GRAINS] + ((octave * MAX_TAPS + row % num_taps) * 3 + channel) * _LINE
                target = lines + plan[MARGIN] * FLOAT_BYTES
                spread_lattice(
                    plan[LATTICE] - column * FLOAT_BYTES, cells, across, pitch, num_taps, spans[octave], target, count
                )
        newest[octave] = first + num_taps - 1


@njit(fastmath=FAST)
def _look_at_row(
    plan: np.ndarray, y: int, slot: int, look: tuple, smalls: tuple, held: np.ndarray, scratch: tuple, unit: float
) -> None:
    """Apply the look to row y; keep its colors, luma and weight of skin as lines of the rings."""
    table, ground, skin, grid, row_cells, row_fractions, runs, column_fractions = look
    planes, corners, maps, slopes, shares = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    for number in range(NUM_COEFFICIENTS * plan[NUM_MASKS]):
        upper, lower, part = _enlarge(plan, number, y, smalls, held)
        mix_lines(upper, lower, part, plan[MASKS] + number * _LINE, _padded(plan[END] - plan[LEFT]))
    if grid.size:
        blend_scan_line(grid, row_cells[y], row_fractions[y], maps, slopes)
    run = 0
    while runs[run + 1, 0] <= plan[BEGIN]:
        run += 1
    pixel = 3 * plan[DEPTH]
    for x in range(plan[BEGIN], plan[END], RUN):
        count, shift = min(RUN, plan[END] - x), (x - plan[LEFT]) * FLOAT_BYTES
        load_colors(plan[SOURCE] + y * plan[SOURCE_STRIDE] + x * pixel, count, planes, plan[DEPTH], unit)
        if plan[SKIN_MASK] >= 0:
            weigh(planes, plan[MASKS] + NUM_COEFFICIENTS * plan[SKIN_MASK] * _LINE + shift, shares, SKIN_SHARE)
            copy_line(shares.ctypes.data + SKIN_SHARE * FLOAT_BYTES, plan[SKINS] + slot * _LINE + shift, RUN)
        if plan[SUBJECT_MASK] >= 0:
            weigh(planes, plan[MASKS] + NUM_COEFFICIENTS * plan[SUBJECT_MASK] * _LINE + shift, shares, SUBJECT_SHARE)
        find_corners(planes, corners, _ONE)
        if ground.size or skin.size:
            look_up_by_region(table, ground, skin, corners, planes, shares)
        else:
            look_up(table, corners, planes)
        if grid.size:
            run = slice_grid(planes, maps, slopes, runs, run, column_fractions, x, count, _ONE)
            mix(planes, GRID, _ONE)
        else:
            mix(planes, TABLE, _ONE)
        keep_colors(planes, plan[COLORS] + 3 * slot * _LINE + shift)
        if plan[HAS_LUMA]:
            keep_luma(planes, plan[LUMAS] + slot * _LINE + shift)


@njit(fastmath=FAST)
def _detail_chunk(
    plan: np.ndarray, slot: int, at: int, detail: tuple, above: np.ndarray, parts: np.ndarray, work: np.ndarray
) -> None:
    """Add detail to a chunk that begins `at` bytes into the lines."""
    windows, gains = detail
    base, fitted = work.ctypes.data, plan[BANDS]
    copy_line(plan[LUMAS] + slot * _LINE + at, base + FULL * FLOAT_BYTES, CHUNK)
    copy_line(plan[LUMAS] + slot * _LINE + at, base + FINE * FLOAT_BYTES, CHUNK)
    clear_line(base + CHANGE * FLOAT_BYTES, CHUNK)
    if plan[SKIN_MASK] >= 0:
        copy_line(plan[SKINS] + slot * _LINE + at, base + SKIN * FLOAT_BYTES, CHUNK)
    for band in range(gains.shape[0]):
        if band < windows.size:
            fitted += 2 * (2 * windows[band] + 1) * _LINE
            copy_line(fitted + at, base + SLOPE * FLOAT_BYTES, CHUNK)
            copy_line(fitted + _LINE + at, base + OFFSET * FLOAT_BYTES, CHUNK)
            fitted += 2 * _LINE
        else:
            number = plan[FAR] + 2 * (band - windows.size)
            for part in range(2):
                upper, lower = above[number + part, 0] + at, above[number + part, 1] + at
                mix_lines(upper, lower, parts[number + part], base + (SLOPE + part * PART) * FLOAT_BYTES, CHUNK)
        add_band(work, gains, band)
    add_change(work)


@njit(fastmath=FAST)
def _light_chunk(plan: np.ndarray, at: int, above: np.ndarray, parts: np.ndarray, work: np.ndarray) -> None:
    """Add glow to a chunk, if any reaches it."""
    for channel in range(3):
        number = plan[GLOW] + channel
        target = work.ctypes.data + (LIGHT + channel * PART) * FLOAT_BYTES
        mix_lines(above[number, 0] + at, above[number, 1] + at, parts[number], target, CHUNK)
    if has_light(work):
        add_light(work)


@njit(fastmath=FAST)
def _grain_chunk(plan: np.ndarray, y: int, at: int, grain: tuple, work: np.ndarray) -> None:
    """Add grain to a chunk."""
    strength, row_firsts, row_weights, taps = grain[0], grain[3], grain[4], grain[8]
    num_channels = plan[NUM_CHANNELS]
    clear_line(work.ctypes.data + FIELD * FLOAT_BYTES, 3 * PART)
    for octave in range(taps.size):
        num_taps, first, lines = taps[octave], row_firsts[octave, y], plan[GRAINS] + octave * MAX_TAPS * 3 * _LINE + at
        for tap in range(0, num_taps, TAPS):
            weights = row_weights[octave, y, tap : tap + TAPS]
            one = lines + 3 * ((first + tap) % num_taps) * _LINE
            two = lines + 3 * ((first + tap + 1) % num_taps) * _LINE
            three = lines + 3 * ((first + tap + 2) % num_taps) * _LINE
            add_field(work, (one, two, three), (weights[0], weights[1], weights[2]), num_channels)
    add_grain(work, strength, num_channels == 1)


@njit(fastmath=FAST)
def _finish_chunk(
    plan: np.ndarray, y: int, x: int, rounding_offsets: np.ndarray, scratch: tuple, strength: float, scale: float
) -> None:
    """Blend a chunk with the original, and write it."""
    planes, work, last, depth = scratch[5], scratch[6], plan[RIGHT], plan[DEPTH]
    offsets = rounding_offsets.ctypes.data + (y % rounding_offsets.shape[1]) * rounding_offsets.shape[2] * FLOAT_BYTES
    period, plane = rounding_offsets.shape[2] - RUN, rounding_offsets.shape[1] * rounding_offsets.shape[2]
    for column in range(x, min(x + CHUNK, last), RUN):
        looked = work.ctypes.data + (COLOR + column - x) * FLOAT_BYTES
        count, place = min(RUN, last - column), 3 * depth * column
        if plan[AMOUNTS] or strength != _ONE:
            load_colors(plan[SOURCE] + y * plan[SOURCE_STRIDE] + place, count, planes, depth, _ONE)
            if plan[AMOUNTS]:
                amounts = plan[AMOUNTS] + y * plan[AMOUNT_STRIDE] + column * FLOAT_BYTES
                load_amounts(amounts, count, planes, strength)
            blend_colors(looked, planes, scale)
        else:
            take_colors(looked, planes, scale)
        if depth < FLOAT_BYTES:
            round_colors(planes, offsets + column % period * FLOAT_BYTES, plane, scale)
        store_colors(plan[TARGET] + y * plan[TARGET_STRIDE] + place, count, planes, depth)


@njit(fastmath=FAST)
def _compose_row(
    plan: np.ndarray,
    y: int,
    detail: tuple,
    above: np.ndarray,
    parts: np.ndarray,
    grain: tuple,
    rounding_offsets: np.ndarray,
    scratch: tuple,
    strength: float,
    scale: float,
) -> None:
    """Give row y its texture, and write it."""
    work, slot, left = scratch[6], y % (plan[MARGIN] + 1), plan[LEFT] + plan[MARGIN]
    for x in range(left, plan[RIGHT], CHUNK):
        at = (x - plan[LEFT]) * FLOAT_BYTES
        for channel in range(3):
            line = plan[COLORS] + (3 * slot + channel) * _LINE + at
            copy_line(line, work.ctypes.data + (COLOR + channel * PART) * FLOAT_BYTES, CHUNK)
        if detail[1].shape[0]:
            _detail_chunk(plan, slot, at, detail, above, parts, work)
        if plan[GLOW] >= 0:
            _light_chunk(plan, at, above, parts, work)
        if plan[NUM_CHANNELS]:
            _grain_chunk(plan, y, at, grain, work)
        _finish_chunk(plan, y, x, rounding_offsets, scratch, strength, scale)


def _make_fitting_kernel(source_code: int) -> Callable[..., int]:
    def fit_small(plan: np.ndarray, windows: np.ndarray, fitted: np.ndarray) -> int:
        """Fit the guided filter to a small picture in floats, (h, w, 3): slope and offset, (2, h, w)."""
        planes, margin, window = np.zeros(SCRATCH_SIZE, np.float32), plan[MARGIN], windows[0]
        smoothed = plan[BANDS] + 2 * (2 * window + 1) * _LINE
        for left in range(0, plan[WIDTH], TILE):
            plan[LEFT], plan[RIGHT] = left - margin, min(left + TILE, plan[WIDTH])
            plan[BEGIN], plan[END] = max(plan[LEFT], 0), min(plan[RIGHT] + margin, plan[WIDTH])
            slopes = view(smoothed, PITCH)
            offsets = view(smoothed + _LINE, PITCH)
            for y in range(-margin, plan[HEIGHT] + margin):
                luma = plan[LUMAS] + y % (margin + 1) * _LINE
                source = plan[SOURCE] + _mirrored(y, plan[HEIGHT]) * plan[SOURCE_STRIDE]
                for x in range(plan[BEGIN], plan[END], RUN):
                    load_colors(source + 3 * x * FLOAT_BYTES, min(RUN, plan[END] - x), planes, FLOAT_BYTES, _ONE)
                    keep_luma(planes, luma + (x - plan[LEFT]) * FLOAT_BYTES)
                _mirror_margins(plan, luma, plan[RIGHT] + margin - plan[LEFT])
                _advance_detail(plan, y - margin, windows)
                if y >= margin:
                    for x in range(left, plan[RIGHT]):
                        fitted[0, y - margin, x] = slopes[x - plan[LEFT]]
                        fitted[1, y - margin, x] = offsets[x - plan[LEFT]]
        return source_code

    return compiled(fit_small)


def _make_texture_kernel(source_code: int) -> Callable[..., int]:
    """Make the kernel; `source_code` stands for the files that it is made of, for numba's cache (`kernel_key`)."""

    def texture_strip(
        plan: np.ndarray,
        look: tuple,
        detail: tuple,
        smalls: tuple,
        grain: tuple,
        rounding_offsets: np.ndarray,
        strength: float,
        scale: float,
    ) -> int:
        """Render rows `plan[TOP]` to `plan[BOTTOM]` - 1; what is passed, `texture_cpu` arranges."""
        planes, own = np.zeros(SCRATCH_SIZE, np.float32), np.zeros(SCRATCH_SIZE, np.float32)
        planes[AMOUNT:] = _ONE
        own[AMOUNT:] = strength
        corners, shares = np.zeros(4 * PLANE, np.int32), np.zeros(SHARES_SIZE, np.float32)
        maps = np.zeros(GRID_SIZE * CELL_SIZE, np.float32)
        scratch = (planes, corners, maps, np.zeros_like(maps), shares, own, np.zeros(WORK_SIZE, np.float32))
        num_smalls, margin = smalls[1].shape[0], plan[MARGIN]
        held, above = np.zeros((num_smalls, 2), np.int64), np.zeros((num_smalls, 2), np.int64)
        parts, newest = np.zeros(num_smalls, np.float32), np.zeros(2, np.int64)
        unit = np.float32(_ONE / scale)
        for left in range(0, plan[WIDTH], TILE):
            plan[LEFT], plan[RIGHT] = left - margin, min(left + TILE, plan[WIDTH])
            plan[BEGIN], plan[END] = max(plan[LEFT], 0), min(plan[RIGHT] + margin, plan[WIDTH])
            held[:] = -1
            newest[:] = _NEVER
            for y in range(plan[TOP] - margin, plan[BOTTOM] + margin):
                slot = y % (margin + 1)
                _look_at_row(plan, _mirrored(y, plan[HEIGHT]), slot, look, smalls, held, scratch, unit)
                if margin:
                    count = plan[RIGHT] + margin - plan[LEFT]
                    _mirror_margins(plan, plan[LUMAS] + slot * _LINE, count)
                    _advance_detail(plan, y - margin, detail[0])
                if y - margin >= plan[TOP]:
                    _enlarge_all(plan, y - margin, smalls, held, above, parts)
                    if plan[NUM_CHANNELS]:
                        _advance_grain(plan, y - margin, grain, newest)
                    _compose_row(
                        plan, y - margin, detail, above, parts, grain, rounding_offsets, scratch, strength, scale
                    )
        return source_code

    return compiled(texture_strip)


def texture_key(module: str) -> int:
    """Return the key of the kernel in numba's cache: it changes with every file that the kernel is made of."""
    key = kernel_key(module)
    for source in (render_kernel, texture_runs, texture_stages):
        key = zlib.crc32(Path(source.__file__).read_bytes(), key)
    return key


texture_strip = _make_texture_kernel(texture_key(__name__))
fit_small = _make_fitting_kernel(texture_key(__name__))
