"""The compiled kernel of the CPU renderer: renders a strip of a photo in runs of 64 pixels.

A run is split into planes, so that every stage works on vectors; its scratch (6 KB) stays in the first-level cache.
Every lane is computed alike wherever in a run a pixel is, so tiles equal the whole photo bit for bit.

Where the time goes (one core of a Zen 4, ns a pixel, each stage alone, float32): reading 0.2, corners 1.2 (arithmetic),
table 1.3 (sixteen small loads), grid 2.2 (48 permutations and as many multiply-adds for 16 pixels), mixing and writing
0.3. Together 7 to 8: table entries then come from the second-level cache, the photo from memory.
"""

# numba's decorators change what functions take, which pyright does not see.
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false, reportPrivateImportUsage=false
# pyright: reportAttributeAccessIssue=false, reportReturnType=false

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numba import carray, njit

from . import render_lanes
from .look import GRID_SIZE, NUM_TONES
from .render_lanes import (
    AMOUNT,
    BENT,
    BLOCK,
    COLORS,
    GRID,
    PLANE,
    RUN,
    SCRATCH_SIZE,
    TABLE,
    WEIGHTS,
    apply_maps,
    pointer_to,
    sum_corners,
)

NUM_COEFFICIENTS = 12
ENTRY_SIZE = 4  # floats per entry of the table: r, g, b and one unused, so that one load reads it

_BLUE_STEP = np.int32(ENTRY_SIZE)
_ZERO, _ONE = np.float32(0), np.float32(1)
_LOCK_SECONDS = 60  # reading and writing a kernel takes milliseconds
_FLOAT_BYTES = 4
CELL_SIZE = NUM_COEFFICIENTS * 2 * NUM_TONES

# Input may contain NaN and infinity: only fast-math flags that preserve them are used.
_FAST = {"contract", "nsz", "arcp"}


@njit(fastmath=_FAST)
def _load(address: int, count: int, planes: np.ndarray, like: Any) -> None:
    pixels = carray(pointer_to(address, like), (3 * RUN,))
    for i in range(count):
        planes[i] = pixels[3 * i]
        planes[PLANE + i] = pixels[3 * i + 1]
        planes[2 * PLANE + i] = pixels[3 * i + 2]


@njit(fastmath=_FAST)
def _load_amount(address: int, count: int, planes: np.ndarray, strength: float) -> None:
    mask = carray(pointer_to(address, _ZERO), (RUN,))
    for i in range(count):
        planes[AMOUNT + i] = strength * mask[i]


@njit(fastmath=_FAST)
def within(color: float) -> float:
    """Clamp to [0, 1]."""
    color = color if color > _ZERO else _ZERO  # NaN becomes 0 here
    return color if color < _ONE else _ONE


@njit(fastmath=_FAST)
def find_corners(planes: np.ndarray, corners: np.ndarray, unit: float, start: int, size: int) -> None:
    """Find each pixel's tetrahedron: entries and weights of its corners. Corners of weight 0 are arbitrary.

    Args:
        planes: of which those from `start` on are the colors.
        corners: (4 * PLANE,) int32, the result; that of weights is in `planes`.
        unit: factor of the colors, which brings them to 0 to 1.
        start: first plane of the colors: COLORS, or BENT after `bend_colors`.
        size: points of the table along each axis.
    """
    cells, last_cell = np.float32(size - 1), np.float32(size - 2)
    green_step = np.int32(ENTRY_SIZE * size)
    red_step = np.int32(green_step * size)
    far_step = np.int32(red_step + green_step + _BLUE_STEP)
    for i in range(RUN):
        red, green, blue = (
            within(planes[start + i] * unit) * cells,
            within(planes[start + PLANE + i] * unit) * cells,
            within(planes[start + 2 * PLANE + i] * unit) * cells,
        )
        red_cell, green_cell, blue_cell = (
            np.int32(min(red, last_cell)),
            np.int32(min(green, last_cell)),
            np.int32(min(blue, last_cell)),
        )
        red, green, blue = red - np.float32(red_cell), green - np.float32(green_cell), blue - np.float32(blue_cell)
        larger, smaller = max(red, green), min(red, green)
        largest, middle, smallest = max(larger, blue), max(smaller, min(larger, blue)), min(smaller, blue)
        first_step = (red_step if red >= green else green_step) if larger >= blue else _BLUE_STEP
        last_step = (green_step if red >= green else red_step) if smaller <= blue else _BLUE_STEP
        near = red_cell * red_step + green_cell * green_step + blue_cell * _BLUE_STEP
        corners[i] = near
        corners[PLANE + i] = near + first_step
        corners[2 * PLANE + i] = near + far_step - last_step
        corners[3 * PLANE + i] = near + far_step
        planes[WEIGHTS + i] = _ONE - largest
        planes[WEIGHTS + PLANE + i] = largest - middle
        planes[WEIGHTS + 2 * PLANE + i] = middle - smallest
        planes[WEIGHTS + 3 * PLANE + i] = smallest


@njit(fastmath=_FAST)
def bend_colors(planes: np.ndarray, curves: np.ndarray, unit: float) -> None:
    """Apply curves (3, M) to a run: clamped results into BENT."""
    last = curves.shape[1] - 1
    for channel in range(3):
        for i in range(RUN):
            place = within(planes[channel * PLANE + i] * unit) * np.float32(last)
            cell = min(np.int32(place), np.int32(last - 1))
            low, high = curves[channel, cell], curves[channel, cell + 1]
            planes[BENT + channel * PLANE + i] = within(low + (place - np.float32(cell)) * (high - low))


@njit(fastmath=_FAST)
def add_bend(planes: np.ndarray, unit: float) -> None:
    """Add what the curves did to the residuals of the table."""
    for channel in range(3):
        for i in range(RUN):
            place = channel * PLANE + i
            planes[TABLE + place] += planes[BENT + place] - within(planes[place] * unit)


@njit(fastmath=_FAST)
def blend_scan_line(grid: np.ndarray, row: int, part: float, maps: np.ndarray, slopes: np.ndarray) -> None:
    """Interpolate the maps of the 16 cells of a scan line, and their slopes to the next cell."""
    line = maps.size
    upper, lower = grid[row * line : (row + 1) * line], grid[(row + 1) * line : (row + 2) * line]
    for i in range(line):
        maps[i] = upper[i] + part * (lower[i] - upper[i])
    for i in range(line - CELL_SIZE):
        slopes[i] = maps[i + CELL_SIZE] - maps[i]


@njit(fastmath=_FAST)
def mix(planes: np.ndarray, added: int, scale: float) -> None:
    """Add amount * residual, for the planes of residuals that begin at `added`.

    One function for both stages: of two with the same name numba's cache may load the wrong one.
    """
    for i in range(RUN):
        amount = planes[AMOUNT + i] * scale
        red, green, blue = planes[i], planes[PLANE + i], planes[2 * PLANE + i]
        new_red = red + amount * planes[added + i]
        new_green = green + amount * planes[added + PLANE + i]
        new_blue = blue + amount * planes[added + 2 * PLANE + i]
        # Where the amount is 0, colors stay unchanged, bit for bit, NaN and infinity included.
        planes[i] = new_red if amount != _ZERO else red
        planes[PLANE + i] = new_green if amount != _ZERO else green
        planes[2 * PLANE + i] = new_blue if amount != _ZERO else blue


@njit(fastmath=_FAST)
def _store(
    address: int, count: int, planes: np.ndarray, like: Any, limit: Any, rounding_offsets: np.ndarray, y: int, x: int
) -> None:
    pixels = carray(pointer_to(address, like), (3 * RUN,))
    if limit is None:
        for i in range(count):
            pixels[3 * i] = planes[i]
            pixels[3 * i + 1] = planes[PLANE + i]
            pixels[3 * i + 2] = planes[2 * PLANE + i]
    else:
        for i in range(count):
            for channel in range(3):
                color = planes[channel * PLANE + i] + rounding_offsets[channel, y, x + i]
                color = color if color > _ZERO else _ZERO
                pixels[3 * i + channel] = np.int32(color if color < limit else limit)


@njit(fastmath=_FAST)
def look_up(table: np.ndarray, corners: np.ndarray, planes: np.ndarray) -> None:
    for pixel in range(0, RUN, 4):
        sum_corners(table.ctypes.data, corners.ctypes.data, planes.ctypes.data, pixel)


@njit(fastmath=_FAST)
def slice_grid(
    planes: np.ndarray,
    maps: np.ndarray,
    slopes: np.ndarray,
    runs: np.ndarray,
    run: int,
    column_fractions: np.ndarray,
    x: int,
    count: int,
    unit: float,
) -> int:
    """Apply the grid run by run between cell centers; return the run to continue with."""
    while runs[run, 0] < x + count:
        cell = runs[run, 1] * CELL_SIZE * _FLOAT_BYTES
        begin, end = max(runs[run, 0], x) - x, min(runs[run + 1, 0], x + count) - x
        for i in range(begin, end, BLOCK):
            across = column_fractions.ctypes.data + (x + i) * _FLOAT_BYTES
            apply_maps(planes.ctypes.data, maps.ctypes.data + cell, slopes.ctypes.data + cell, across, i, unit)
        if runs[run + 1, 0] > x + count:
            break
        run += 1
    return run


def _make_strip_kernel(vector_code: int) -> Callable[..., int]:
    """Make the kernel. numba's disk cache depends on this file only; `kernel_key` adds all else that matters."""

    def render_strip(
        places: tuple[int, int, int],
        strides: tuple[int, int, int, int],
        size: tuple[int, int],
        origin: tuple[int, int],
        table: np.ndarray,
        table_size: int,
        curves: np.ndarray,
        grid: np.ndarray,
        row_cells: np.ndarray,
        row_fractions: np.ndarray,
        runs: np.ndarray,
        column_fractions: np.ndarray,
        rounding_offsets: np.ndarray,
        strength: float,
        scale: float,
        like: Any,
        limit: Any,
    ) -> int:
        """Render one strip; the arrays are those of `render_cpu._Layout`.

        Args:
            places: addresses of the pixels, of the output and of the mask (0: none).
            strides: bytes from one of their rows to the next, and bytes of a pixel.
            size: rows and columns.
            origin: (y, x) of the first pixel in the whole photo.
            like: a number of the photo's dtype.
            limit: largest value of the dtype; None for float, which is not clamped.
        """
        planes = np.zeros(SCRATCH_SIZE, np.float32)
        planes[AMOUNT:] = strength
        corners = np.zeros(4 * PLANE, np.int32)
        maps = np.zeros(GRID_SIZE * CELL_SIZE, np.float32)
        slopes = np.zeros_like(maps)
        unit = np.float32(_ONE / scale)
        height, width = size
        for y in range(height):
            source, target, mask = places[0] + y * strides[0], places[1] + y * strides[1], places[2] + y * strides[2]
            offset_y = (origin[0] + y) % rounding_offsets.shape[1]
            if grid.size:
                blend_scan_line(grid, row_cells[y], row_fractions[y], maps, slopes)
            run = 0
            for x in range(0, width, RUN):
                count = min(RUN, width - x)
                _load(source + x * strides[3], count, planes, like)
                if mask:
                    _load_amount(mask + x * _FLOAT_BYTES, count, planes, strength)
                if curves.size:
                    bend_colors(planes, curves, unit)
                    find_corners(planes, corners, _ONE, BENT, table_size)
                else:
                    find_corners(planes, corners, unit, COLORS, table_size)
                look_up(table, corners, planes)
                if curves.size:
                    add_bend(planes, unit)
                if grid.size:
                    run = slice_grid(planes, maps, slopes, runs, run, column_fractions, x, count, unit)
                    mix(planes, GRID, scale)
                else:
                    mix(planes, TABLE, scale)
                offset_x = (origin[1] + x) % (rounding_offsets.shape[2] - RUN)
                _store(target + x * strides[3], count, planes, like, limit, rounding_offsets, offset_y, offset_x)
        return vector_code

    return compiled(render_strip)


def compiled(function: Callable[..., int]) -> Callable[..., int]:
    try:
        kernel = njit(fastmath=_FAST, nogil=True, cache=True)(function)
    except RuntimeError:  # no writable cache folder
        return njit(fastmath=_FAST, nogil=True)(function)
    kernel._cache = LockedCache(kernel._cache)
    return kernel


def is_in_cache(kernel: Any) -> bool:
    """Whether numba's disk cache holds a kernel for the present code; False where there is no cache."""
    cache_file = getattr(kernel._cache, "_cache_file", None)  # numba has no public way to ask
    return cache_file is not None and bool(cache_file._load_index())


class LockedCache:
    """numba's disk cache of a function, behind a lock between processes and threads.

    numba numbers the files by its index. Two processes that save kernels for different dtypes at once write the same
    file, and from then on one kernel is run for both dtypes.

    Args:
        cache: cache of numba to wrap.
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *arguments: Any) -> Any:
        """Load a compiled kernel as numba does, under the lock."""
        with self._locked():
            return self._cache.load_overload(*arguments)

    def save_overload(self, *arguments: Any) -> None:
        """Save a compiled kernel as numba does, under the lock."""
        with self._locked():
            self._cache.save_overload(*arguments)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(Path(self._cache.cache_path) / "portrait-atelier-kernel.lock", timeout=_LOCK_SECONDS)
        with suppress(OSError, Timeout):  # no lock in a read-only folder, which numba only reads
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def kernel_key(module: str) -> int:
    """Return the key of the kernel in numba's disk cache, beside the date of this file.

    Args:
        module: name of this module, which is cached and imported when the kernel is loaded. One checkout can have
            several: `portrait_atelier` if installed, in ComfyUI a name made from its path.
    """
    return zlib.crc32(module.encode(), zlib.crc32(Path(render_lanes.__file__).read_bytes()))


render_strip = _make_strip_kernel(kernel_key(__name__))
