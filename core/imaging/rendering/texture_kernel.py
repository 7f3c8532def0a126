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

from . import render_kernel, texture_rows, texture_runs, texture_stages
from .look import GRID_SIZE
from .render_kernel import (
    CELL_SIZE,
    add_bend,
    bend_colors,
    blend_scan_line,
    compiled,
    find_corners,
    kernel_key,
    look_up,
    mix,
    slice_grid,
)
from .render_lanes import AMOUNT, BENT, GRID, PLANE, RUN, SCRATCH_SIZE, TABLE, TAPS
from .render_lanes import COLORS as RUN_COLORS
from .texture_rows import (
    AMOUNT_STRIDE,
    AMOUNTS,
    BANDS,
    BEGIN,
    BOTTOM,
    COLORS,
    DEPTH,
    END,
    FAR,
    GLOW,
    GRAINS,
    HAS_LUMA,
    HEIGHT,
    LEFT,
    LINE,
    LUMAS,
    MARGIN,
    MASKS,
    MAX_TAPS,
    NEVER,
    NUM_CHANNELS,
    NUM_COEFFICIENTS,
    NUM_MASKS,
    RIGHT,
    SKIN_MASK,
    SKINS,
    SOURCE,
    SOURCE_STRIDE,
    SUBJECT_MASK,
    TARGET,
    TARGET_STRIDE,
    TOP,
    WIDTH,
    advance_detail,
    advance_grain,
    enlarge,
    enlarge_all,
    mirror_margins,
    mirrored,
    padded,
)
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
    clear_line,
    copy_line,
    has_light,
    mix_lines,
    view,
)

_ZERO, _ONE = np.float32(0), np.float32(1)


@njit(fastmath=FAST)
def _tables_at_run(look: tuple, planes: np.ndarray, corners: np.ndarray, shares: np.ndarray) -> None:
    """Find the residuals of curves and tables."""
    table, ground, skin, table_size, curves = look[:5]
    if curves.size:
        bend_colors(planes, curves, _ONE)
    find_corners(planes, corners, _ONE, BENT if curves.size else RUN_COLORS, table_size)
    if ground.size or skin.size:
        look_up_by_region(table, ground, skin, corners, planes, shares)
    else:
        look_up(table, corners, planes)
    if curves.size:
        add_bend(planes, _ONE)


@njit(fastmath=FAST)
def _look_at_row(
    plan: np.ndarray, y: int, slot: int, look: tuple, smalls: tuple, held: np.ndarray, scratch: tuple, unit: float
) -> None:
    """Apply the look to row y; keep its colors, luma and weight of skin as lines of the rings."""
    grid, row_cells, row_fractions, runs, column_fractions = look[5:]
    planes, corners, maps, slopes, shares = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    for number in range(NUM_COEFFICIENTS * plan[NUM_MASKS]):
        upper, lower, part = enlarge(plan, number, y, smalls, held)
        mix_lines(upper, lower, part, plan[MASKS] + number * LINE, padded(plan[END] - plan[LEFT]))
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
            weigh(planes, plan[MASKS] + NUM_COEFFICIENTS * plan[SKIN_MASK] * LINE + shift, shares, SKIN_SHARE)
            copy_line(shares.ctypes.data + SKIN_SHARE * FLOAT_BYTES, plan[SKINS] + slot * LINE + shift, RUN)
        if plan[SUBJECT_MASK] >= 0:
            weigh(planes, plan[MASKS] + NUM_COEFFICIENTS * plan[SUBJECT_MASK] * LINE + shift, shares, SUBJECT_SHARE)
        _tables_at_run(look, planes, corners, shares)
        if grid.size:
            run = slice_grid(planes, maps, slopes, runs, run, column_fractions, x, count, _ONE)
            mix(planes, GRID, _ONE)
        else:
            mix(planes, TABLE, _ONE)
        keep_colors(planes, plan[COLORS] + 3 * slot * LINE + shift)
        if plan[HAS_LUMA]:
            keep_luma(planes, plan[LUMAS] + slot * LINE + shift)


@njit(fastmath=FAST)
def _detail_chunk(
    plan: np.ndarray, slot: int, at: int, detail: tuple, above: np.ndarray, parts: np.ndarray, work: np.ndarray
) -> None:
    """Add detail to a chunk that begins `at` bytes into the lines."""
    windows, gains = detail
    base, fitted = work.ctypes.data, plan[BANDS]
    copy_line(plan[LUMAS] + slot * LINE + at, base + FULL * FLOAT_BYTES, CHUNK)
    copy_line(plan[LUMAS] + slot * LINE + at, base + FINE * FLOAT_BYTES, CHUNK)
    clear_line(base + CHANGE * FLOAT_BYTES, CHUNK)
    if plan[SKIN_MASK] >= 0:
        copy_line(plan[SKINS] + slot * LINE + at, base + SKIN * FLOAT_BYTES, CHUNK)
    for band in range(gains.shape[0]):
        if band < windows.size:
            fitted += 2 * (2 * windows[band] + 1) * LINE
            copy_line(fitted + at, base + SLOPE * FLOAT_BYTES, CHUNK)
            copy_line(fitted + LINE + at, base + OFFSET * FLOAT_BYTES, CHUNK)
            fitted += 2 * LINE
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
        num_taps, first, lines = taps[octave], row_firsts[octave, y], plan[GRAINS] + octave * MAX_TAPS * 3 * LINE + at
        for tap in range(0, num_taps, TAPS):
            weights = row_weights[octave, y, tap : tap + TAPS]
            one = lines + 3 * ((first + tap) % num_taps) * LINE
            two = lines + 3 * ((first + tap + 1) % num_taps) * LINE
            three = lines + 3 * ((first + tap + 2) % num_taps) * LINE
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
            line = plan[COLORS] + (3 * slot + channel) * LINE + at
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
        smoothed = plan[BANDS] + 2 * (2 * window + 1) * LINE
        for left in range(0, plan[WIDTH], TILE):
            plan[LEFT], plan[RIGHT] = left - margin, min(left + TILE, plan[WIDTH])
            plan[BEGIN], plan[END] = max(plan[LEFT], 0), min(plan[RIGHT] + margin, plan[WIDTH])
            slopes = view(smoothed, PITCH)
            offsets = view(smoothed + LINE, PITCH)
            for y in range(-margin, plan[HEIGHT] + margin):
                luma = plan[LUMAS] + y % (margin + 1) * LINE
                source = plan[SOURCE] + mirrored(y, plan[HEIGHT]) * plan[SOURCE_STRIDE]
                for x in range(plan[BEGIN], plan[END], RUN):
                    load_colors(source + 3 * x * FLOAT_BYTES, min(RUN, plan[END] - x), planes, FLOAT_BYTES, _ONE)
                    keep_luma(planes, luma + (x - plan[LEFT]) * FLOAT_BYTES)
                mirror_margins(plan, luma, plan[RIGHT] + margin - plan[LEFT])
                advance_detail(plan, y - margin, windows)
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
            newest[:] = NEVER
            for y in range(plan[TOP] - margin, plan[BOTTOM] + margin):
                slot = y % (margin + 1)
                _look_at_row(plan, mirrored(y, plan[HEIGHT]), slot, look, smalls, held, scratch, unit)
                if margin:
                    count = plan[RIGHT] + margin - plan[LEFT]
                    mirror_margins(plan, plan[LUMAS] + slot * LINE, count)
                    advance_detail(plan, y - margin, detail[0])
                if y - margin >= plan[TOP]:
                    enlarge_all(plan, y - margin, smalls, held, above, parts)
                    if plan[NUM_CHANNELS]:
                        advance_grain(plan, y - margin, grain, newest)
                    _compose_row(
                        plan, y - margin, detail, above, parts, grain, rounding_offsets, scratch, strength, scale
                    )
        return source_code

    return compiled(texture_strip)


def texture_key(module: str) -> int:
    """Return the key of the kernel in numba's cache: it changes with every file that the kernel is made of."""
    key = kernel_key(module)
    for source in (render_kernel, texture_rows, texture_runs, texture_stages):
        key = zlib.crc32(Path(source.__file__).read_bytes(), key)
    return key


texture_strip = _make_texture_kernel(texture_key(__name__))
fit_small = _make_fitting_kernel(texture_key(__name__))
