"""The compiled CPU renderer: arranges a look for the kernel, and distributes strips of the photo to all cores.

Strips run on a thread pool without the GIL, not on numba's parallel layer, which aborts the process when two threads
call it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cores import num_cores
from ..dither import dither_thresholds
from .look import GRID_SIZE, Look, Window, cell_positions
from .render_kernel import ENTRY_SIZE, PLANE, RUN, render_strip

STRIP_PIXELS = 1 << 17  # 131,072: large enough for little overhead, small enough for an even load


def render_on_cpu(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
) -> None:
    """Render into `out`, which may be `pixels`. Arguments are those of `render`, already checked."""
    layout = _Layout.of(look, window, pixels.shape[:2], pixels.dtype, dither, strength)

    def render_one(strip: slice) -> None:
        layout.render(pixels[strip], out[strip], None if mask is None else mask[strip], strip.start)

    for _ in on_all_cores(render_one, strips_of(*pixels.shape[:2])):
        pass


def on_all_cores(work: Callable[[slice], Any], strips: Sequence[slice]) -> Iterator[Any]:
    """Yield what `work` returns for each strip, in their order, on as many threads as it may use cores."""
    num_threads = min(len(strips), num_cores())
    if num_threads <= 1:
        yield from map(work, strips)
        return
    pool = ThreadPoolExecutor(num_threads, thread_name_prefix="render")
    try:
        yield from pool.map(work, strips)
    finally:
        pool.shutdown(cancel_futures=True)


def strips_of(height: int, width: int) -> list[slice]:
    """Split the rows of a photo into strips of about STRIP_PIXELS pixels."""
    rows = max(1, STRIP_PIXELS // width)
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


@dataclass(frozen=True)
class _Layout:
    """A look and a window, arranged for the kernel.

    Attributes:
        table: (17^3 * 4,) float32: r, g, b and a zero of each entry.
        grid: (16 * 16 * 12 * 16,) float32 by y, x, coefficient: eight values by tone, eight differences to the next
            tone; empty if the look has no grid.
        row_cells: (H,) int32: the cell above the center of each scan line.
        row_fractions: (H,) float32: distance of the scan line to that cell, 0 to 1.
        runs: (N + 1, 2) int32: first column of each run between two cell centers, and the cell to its left.
        column_fractions: (W + PLANE,) float32: distance of each column to the cell on its left, 0 to 1; the kernel
            works in blocks, which may extend beyond the last column.
        rounding_offsets: (3, H', W' + RUN) float32, added before a color is truncated to an integer; periodic with
            (H', W'), and padded, since the kernel reads a run of RUN pixels from any column of the period.
        origin: (y, x) of the first pixel in the whole photo.
        strength: of the look; the mask, if there is one, scales it by pixel.
        scale: largest value of the photo's dtype; 1 for float.
    """

    table: np.ndarray
    grid: np.ndarray
    row_cells: np.ndarray
    row_fractions: np.ndarray
    runs: np.ndarray
    column_fractions: np.ndarray
    rounding_offsets: np.ndarray
    origin: tuple[int, int]
    strength: float
    scale: float

    @classmethod
    def of(
        cls, look: Look, window: Window, size: tuple[int, ...], dtype: np.dtype, dither: bool, strength: float
    ) -> _Layout:
        """Arrange a look for photos of one size, depth and window."""
        row_cells, row_fractions = cell_positions(window.top, size[0], window.full_height)
        columns, column_fractions = cell_positions(window.left, size[1], window.full_width)
        return cls(
            table=_lay_out_table(look.table),
            grid=_lay_out_grid(look),
            row_cells=row_cells,
            row_fractions=row_fractions,
            runs=_runs(columns),
            column_fractions=np.pad(column_fractions, (0, PLANE)),
            rounding_offsets=_rounding_offsets(dtype, dither),
            origin=(window.top, window.left),
            strength=strength,
            scale=1.0 if dtype == np.float32 else float(np.iinfo(dtype).max),
        )

    def render(self, pixels: np.ndarray, out: np.ndarray, mask: np.ndarray | None, top: int) -> None:
        """Render one strip, whose first row is `top` rows below the origin."""
        source = pixels if has_contiguous_rows(pixels) else np.ascontiguousarray(pixels)
        target = out if has_contiguous_rows(out) else np.empty(out.shape, out.dtype)
        if mask is not None and (mask.strides[-1] != mask.itemsize and mask.shape[1] > 1):
            mask = np.ascontiguousarray(mask)
        rows = slice(top, top + len(pixels))
        render_strip(
            (source.ctypes.data, target.ctypes.data, 0 if mask is None else mask.ctypes.data),
            (source.strides[0], target.strides[0], 0 if mask is None else mask.strides[0], 3 * pixels.itemsize),
            pixels.shape[:2],
            (self.origin[0] + top, self.origin[1]),
            self.table,
            self.grid,
            self.row_cells[rows],
            self.row_fractions[rows],
            self.runs,
            self.column_fractions,
            self.rounding_offsets,
            np.float32(self.strength),
            np.float32(self.scale),
            pixels.dtype.type(0),  # like: sets the type of the pixels that the kernel is compiled for
            None if pixels.dtype == np.float32 else np.float32(self.scale),  # limit: float is not clamped
        )
        if target is not out:
            out[...] = target


def has_contiguous_rows(pixels: np.ndarray) -> bool:
    """Return whether the values of each scan line are contiguous."""
    along_row = pixels.strides[1] == 3 * pixels.itemsize or pixels.shape[1] == 1
    return along_row and pixels.strides[2] == pixels.itemsize


def lay_out_look(
    look: Look, window: Window, size: tuple[int, ...], dtype: np.dtype, dither: bool
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Arrange a look for `texture_kernel`: tables (empty if None), grid and its places as in `_Layout`; and offsets."""
    layout = _Layout.of(look, window, size, dtype, dither, 1.0)
    others = [np.empty(0, np.float32) if table is None else _lay_out_table(table) for table in (look.ground, look.skin)]
    places = (layout.row_cells, layout.row_fractions, layout.runs, layout.column_fractions)
    return (layout.table, *others, layout.grid, *places), layout.rounding_offsets


def _lay_out_table(table: np.ndarray) -> np.ndarray:
    entries = table.reshape(-1, 3)
    return np.pad(entries, ((0, 0), (0, ENTRY_SIZE - 3))).reshape(-1)


def _lay_out_grid(look: Look) -> np.ndarray:
    """Flatten the grid by y, x and coefficient: the values of the tones, then the differences to the next tone."""
    if not look.has_grid:
        return np.empty(0, np.float32)
    values = look.grid.reshape(GRID_SIZE, GRID_SIZE, -1, 12).swapaxes(2, 3)  # (y, x, 12, tone)
    differences = np.diff(values, axis=-1, append=values[..., -1:])
    return np.concatenate([values, differences], axis=-1).reshape(-1)


def _runs(columns: np.ndarray) -> np.ndarray:
    """Return the runs (N + 1, 2) of columns with the same cell to their left, and an end mark."""
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    return np.stack([np.append(starts, len(columns)), np.append(columns[starts], 0)], axis=1).astype(np.int32)


def _rounding_offsets(dtype: np.dtype, dither: bool) -> np.ndarray:
    if dither and dtype == np.uint8:
        return np.pad(dither_thresholds(), ((0, 0), (0, 0), (0, RUN)), mode="wrap")
    return np.full((3, 1, 1 + RUN), 0.5, np.float32)
