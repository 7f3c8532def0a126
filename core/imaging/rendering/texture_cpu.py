"""The compiled renderer of looks with texture or with tables by region: arranges both for the kernel, and runs it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .grain import NORMAL, octaves_of, pixel_weights
from .look import Look, Window
from .photo_regions import PhotoRegions
from .render_cpu import has_contiguous_rows, lay_out_look, on_all_cores, strips_of
from .render_kernel import is_in_cache
from .render_lanes import BLOCK, TAPS
from .render_numpy import render_with_numpy
from .texture import Grain
from .texture_kernel import fit_small, texture_strip
from .texture_rows import MAX_TAPS, NUM_COEFFICIENTS, PLAN
from .texture_stages import FLOAT_BYTES, LATTICE_LINES, PITCH, TILE
from .texturing import Texturing

_BEYOND = PITCH - TILE  # columns that the kernel may read beyond the last
_SLACK = 4 * PITCH  # floats after the last line, which vectors may read


@dataclass(frozen=True)
class TextureLayout:
    """A look, its regions and its texture, arranged for the kernel and one photo.

    Attributes:
        look: arrays of the tables, of curves and of the grid, see `render_cpu`.
        detail: (N,) int64 windows of the fine bands; (M, 2, 3) float32 gains of all.
        smalls: small pictures that are enlarged (`_Smalls`).
        grain: `_grain_arrays`.
        rounding_offsets: as in `render_cpu`.
        plan: names and values of the kernel's plan that are known before a strip is rendered.
    """

    look: tuple[Any, ...]
    detail: tuple[np.ndarray, np.ndarray]
    smalls: tuple[np.ndarray, ...]
    grain: tuple[np.ndarray, ...]
    rounding_offsets: np.ndarray
    plan: dict[str, int]

    @classmethod
    def of(
        cls,
        look: Look,
        regions: PhotoRegions | None,
        texturing: Texturing | None,
        window: Window,
        dtype: np.dtype,
        dither: bool,
    ) -> TextureLayout:
        """Arrange all for photos of one size and depth; without regions, all is subject and nothing is skin."""
        look = look if regions is not None else replace(look, ground=None, skin=None)
        size = (window.full_height, window.full_width)
        bands = [] if texturing is None else texturing.bands
        near, far = ([band for band in bands if (band.small is not None) == is_far] for is_far in (False, True))
        smalls = _Smalls(size)
        plan = _plan_of_masks(smalls, regions)
        plan["far"] = smalls.count
        for band in far:
            assert band.small is not None
            smalls.add(band.small)
        plan["glow"] = -1
        if texturing is not None and texturing.light is not None:
            plan["glow"] = smalls.count
            smalls.add(texturing.light)
        grain = None if texturing is None else texturing.grain
        seed = 0 if texturing is None else texturing.seed
        plan["num_channels"] = 0 if grain is None else 1 if grain.color == 0 else 3
        plan |= {
            "depth": dtype.itemsize, "height": size[0], "width": size[1], "has_luma": int(bool(bands)),
            "margin": 0 if texturing is None else texturing.margin,
        }  # fmt: skip
        arranged, rounding_offsets = lay_out_look(look, Window.whole(*size), size, dtype, dither)
        windows = np.array([band.window for band in near], np.int64)
        gains = np.array([band.gains for band in near + far], np.float32).reshape(-1, 2, 3)
        return cls(
            arranged, (windows, gains), smalls.arrays(), _grain_arrays(grain, seed, size), rounding_offsets, plan
        )

    def render(
        self,
        pixels: np.ndarray,
        first: int,
        out: np.ndarray,
        rows: slice,
        strength: float,
        mask: np.ndarray | None,
    ) -> None:
        """Render rows of the photo.

        Args:
            pixels: (H, W, 3) of the photo's depth, rows from `first` on, with the margin around `rows` where the photo
                has one.
            first: row of the photo at which `pixels` begin.
            out: (rows, W, 3), the result; not `pixels`.
            rows: of the photo.
            strength: of the look.
            mask: (rows, W) float32, or None.
        """
        margin = self.plan["margin"]
        above = max(0, rows.start - margin - first)  # rows that this strip does not need
        pixels, first = pixels[above : rows.stop + margin - first], first + above
        source = pixels if has_contiguous_rows(pixels) else np.ascontiguousarray(pixels)
        target = out if has_contiguous_rows(out) else np.empty(out.shape, out.dtype)
        if mask is not None and mask.strides[-1] != mask.itemsize:
            mask = np.ascontiguousarray(mask)
        lines, places = self._lines()
        plan = self.plan | places | {
            "source": source.ctypes.data - first * source.strides[0],
            "target": target.ctypes.data - rows.start * target.strides[0],
            "mask": 0 if mask is None else mask.ctypes.data - rows.start * mask.strides[0],
            "source_stride": source.strides[0], "target_stride": target.strides[0],
            "mask_stride": 0 if mask is None else mask.strides[0],
            "top": rows.start, "bottom": rows.stop,
        }  # fmt: skip
        scale = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
        values = np.array([plan.get(name, 0) for name in PLAN], np.int64)
        texture_strip(
            values,
            self.look,
            self.detail,
            self.smalls,
            self.grain,
            self.rounding_offsets,
            np.float32(strength),
            np.float32(scale),
        )
        del lines
        if target is not out:
            out[...] = target

    def _lines(self) -> tuple[np.ndarray, dict[str, int]]:
        """Return memory for the kernel's lines, and the address of each group of them."""
        windows, depth = self.detail[0], self.plan["margin"] + 1
        groups = {
            "colors": 3 * depth,
            "skins": depth,
            "lumas": depth,
            "bands": int(sum(2 * (2 * window + 1) + 2 for window in windows)),
            "spare": 3,
            "empty": 1,
            "masks": NUM_COEFFICIENTS * self.plan["num_masks"],
            "smalls": 2 * len(self.smalls[1]),
            "grains": 3 * MAX_TAPS * len(self.grain[8]) if self.plan["num_channels"] else 0,
            "lattice": LATTICE_LINES,
        }
        lines = np.zeros(sum(groups.values()) * PITCH + _SLACK, np.float32)
        places, start = {}, lines.ctypes.data
        for name, count in groups.items():
            places[name] = start
            start += count * PITCH * FLOAT_BYTES
        return lines, places


def render_by_region(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
    regions: PhotoRegions,
) -> None:
    """Render a look with tables for regions. Arguments are those of `render`, already checked."""
    if pixels.shape[1] != window.full_width:
        render_with_numpy(pixels, look, strength, mask, window, out, dither, regions)
        return
    layout = TextureLayout.of(look, regions, None, window, pixels.dtype, dither)

    def work(rows: slice) -> None:
        part = None if mask is None else mask[rows]
        there = slice(window.top + rows.start, window.top + rows.stop)
        layout.render(pixels, window.top, out[rows], there, strength, part)

    for _ in on_all_cores(work, strips_of(*pixels.shape[:2])):
        pass


def load_kernels() -> None:
    """Load the kernels from numba's cache; compile them, which takes about 15 seconds, if they are not there."""
    pixel = np.zeros((1, 1, 3), np.uint8)
    layout = TextureLayout.of(Look.identity(), None, None, Window.whole(1, 1), pixel.dtype, True)
    layout.render(pixel, 0, pixel.copy(), slice(0, 1), 1.0, None)
    fit_copy(np.zeros((8, 8, 3), np.float32), 1)


def has_compiled_kernels() -> bool:
    """Whether the kernels are in numba's cache; else rendering begins by compiling them."""
    return all(is_in_cache(kernel) for kernel in (texture_strip, fit_small))


def fit_copy(copy: np.ndarray, window: int) -> np.ndarray:
    """`texturing.fit_copy`, compiled."""
    height, width = copy.shape[:2]
    depth = 2 * window + 1
    lines = np.zeros((depth + 2 * depth + 2 + 3 + 1 + 4) * PITCH, np.float32)
    addresses, start = {}, lines.ctypes.data
    for name, count in {"lumas": depth, "bands": 2 * depth + 2, "spare": 3, "empty": 1}.items():
        addresses[name] = start
        start += count * PITCH * FLOAT_BYTES
    pixels = np.ascontiguousarray(copy)
    plan = addresses | {
        "source": pixels.ctypes.data, "source_stride": pixels.strides[0], "depth": FLOAT_BYTES, "bottom": height,
        "height": height, "width": width, "margin": 2 * window,
    }  # fmt: skip
    fitted = np.empty((2, height, width), np.float32)
    fit_small(np.array([plan.get(name, 0) for name in PLAN], np.int64), np.array([window], np.int64), fitted)
    return np.moveaxis(fitted, 0, -1)


def _plan_of_masks(smalls: _Smalls, regions: PhotoRegions | None) -> dict[str, int]:
    plan = {"skin_mask": -1, "subject_mask": -1, "num_masks": 0}
    for name, mask in (("skin_mask", regions and regions.skin), ("subject_mask", regions and regions.subject)):
        if mask is not None:
            plan[name] = plan["num_masks"]
            plan["num_masks"] += 1
            smalls.add(mask.coefficients)
    return plan


class _Smalls:
    """Small pictures of the whole photo, that the kernel enlarges linearly, channel by channel.

    Args:
        size: of the photo.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._widths: list[int] = []
        self._channels: list[tuple[np.ndarray, int]] = []

    @property
    def count(self) -> int:
        """Number of channels so far."""
        return len(self._channels)

    def add(self, picture: np.ndarray) -> None:
        """Add a picture (h, w, C)."""
        width = picture.shape[1]
        if width not in self._widths:
            self._widths.append(width)
        for channel in np.moveaxis(picture, -1, 0):
            self._channels.append((channel, self._widths.index(width)))

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all values, (N, 4) places (start, rows, pitch, number of the width), and for each width by column of
        the photo the cell to the left and the distance to it."""
        places, values, start = [], [np.zeros(PITCH, np.float32)], PITCH
        for channel, number in self._channels:
            padded = np.pad(channel, ((0, 1), (0, 1)), mode="edge")  # so that a next row and column always exist
            places.append((start, channel.shape[0], padded.shape[1], number))
            values.append(padded.reshape(-1))
            start += padded.size
        values.append(np.zeros(PITCH, np.float32))
        columns = [_cells_of_columns(width, self._size[1]) for width in self._widths or [1]]
        cells, fractions = (np.stack(parts) for parts in zip(*columns, strict=True))
        table = np.array(places, np.int64).reshape(-1, 4)
        spans = np.array([_span(part) for part in cells], np.int64)
        return np.concatenate(values, dtype=np.float32), table, cells, fractions, spans


def _cells_of_columns(width: int, full: int) -> tuple[np.ndarray, np.ndarray]:
    places = ((np.arange(full + _BEYOND) + 0.5) * (width / full) - 0.5).clip(0, width - 1)
    cells = places.astype(np.uint32)
    return cells, (places - cells).astype(np.float32)


def _span(cells: np.ndarray) -> int:
    """Number of cells that BLOCK pixels at most meet."""
    return int((cells[BLOCK - 1 :] - cells[: 1 - BLOCK]).max()) + 1


def _grain_arrays(grain: Grain | None, seed: int, size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Return strength; then by octave: seeds (common, and by channel), factors of both, by row first cell and weights,
    the lattice's column at the photo's left, by column the first cell from there and weights, number of taps, and the
    span of cells of BLOCK pixels.
    """
    if grain is None:
        return _no_grain()
    height, width = size
    cell = grain.size * max(size)
    octaves = octaves_of(cell, grain.roughness, 4 * seed)
    seeds = [[part.seed for part in parts] for parts in zip(
        *(octaves_of(cell, grain.roughness, 4 * seed + channel) for channel in range(4)), strict=True
    )]  # fmt: skip
    shares = [
        [octave.factor * float(NORMAL) * math.sqrt(share) for share in (1 - grain.color, grain.color)]
        for octave in octaves
    ]
    rows = [pixel_weights(0, height, octave.cell) for octave in octaves]
    columns = [pixel_weights(0, width + _BEYOND, octave.cell) for octave in octaves]
    return (
        grain.strength,
        np.array(seeds, np.uint32),
        np.array(shares, np.float32),
        np.stack([first for first, _ in rows]),
        _stacked([weights for _, weights in rows], 1),
        np.array([first[0] for first, _ in columns], np.int64),
        np.stack([first - first[0] for first, _ in columns]).astype(np.uint32),
        _stacked([np.ascontiguousarray(weights.T) for _, weights in columns], 0),
        np.array([_whole(weights.shape[1]) for _, weights in rows], np.int64),
        np.array([_span(first) for first, _ in columns], np.int64),
    )


def _no_grain() -> tuple[np.ndarray, ...]:
    longs, floats = np.zeros((0, 1), np.int64), np.zeros((0, 1), np.float32)
    empty = np.zeros((0, 1, 1), np.float32)
    return (
        np.zeros(5, np.float32), longs.astype(np.uint32), floats, longs, empty, longs[:, 0].copy(),
        longs.astype(np.uint32), empty, longs[:, 0].copy(), longs[:, 0].copy(),
    )  # fmt: skip


def _whole(num_taps: int) -> int:
    """The next multiple of TAPS."""
    return -(-num_taps // TAPS) * TAPS


def _stacked(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    """Stack arrays whose number of taps, along an axis, differs; zeros are added, up to a multiple of TAPS."""
    most = _whole(max(part.shape[axis] for part in parts))
    padding: list[Any] = [(0, 0), (0, 0)]
    stacked = []
    for part in parts:
        padding[axis] = (0, most - part.shape[axis])
        stacked.append(np.pad(part, padding))
    return np.stack(stacked)
