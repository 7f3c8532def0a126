"""The numpy renderer for small photos, for processes that have not imported numba, which takes a second.

Pixels are processed in blocks of rows that stay in the second-level cache, as (P, 4) float32: red, green, blue and 1.
Table entries and columns of affine maps are four floats too, and indexed as one complex number of 16 bytes: one load
instead of four. The result does not depend on the blocks, so tiles equal the whole photo bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...color.srgb import REC709_LUMA
from ..dither import TILE_SIZE, dither_thresholds
from .color_tables import clamped, picked, quads, repeated, residual_of
from .look import GRID_SIZE, NUM_TONES, Look, Window, cell_positions
from .photo_regions import PhotoRegions

BLOCK_PIXELS = 1 << 14  # 16,384: 256 KB for each of about ten arrays
_LINE = GRID_SIZE * NUM_TONES


def render_with_numpy(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
    regions: PhotoRegions | None = None,
) -> None:
    """Render into `out`, which may be `pixels`. Arguments are those of `render`, already checked."""
    height, width = pixels.shape[:2]
    scale = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    tables = _Tables.of(look, regions)
    light = _Light.of(look, window, height, width) if look.has_grid else None
    noise = _noise(pixels.dtype, dither)
    across = min(width, BLOCK_PIXELS)
    down = max(1, BLOCK_PIXELS // across)
    with np.errstate(invalid="ignore", over="ignore"):
        for top in range(0, height, down):
            for left in range(0, width, across):
                block = (slice(top, min(top + down, height)), slice(left, min(left + across, width)))
                colors = _load(pixels[block])
                image = colors * np.float32(1 / scale)
                residual = tables.residual(image, block, (window.top, window.left))
                if light is not None:
                    light.add(residual, image, *block)
                amount = np.float32(strength * scale) if mask is None else _spread(mask[block], strength, scale)
                styled = residual
                styled *= amount
                styled += colors
                if mask is not None:  # also for colors that are not finite
                    styled = np.where(amount == 0, colors, styled)
                _store(styled, out[block], noise, (window.top + top, window.left + left))


@dataclass(frozen=True)
class _Tables:
    """A look's tables, as quads, and where those for regions count.

    Attributes:
        table, ground, skin: (size^3,); ground and skin may be None.
        size: points along each axis.
        curves: in front of all, or None.
        regions: of the photo; None for the look's `table` everywhere.
    """

    table: np.ndarray
    ground: np.ndarray | None
    skin: np.ndarray | None
    size: int
    curves: np.ndarray | None
    regions: PhotoRegions | None

    @classmethod
    def of(cls, look: Look, regions: PhotoRegions | None) -> _Tables:
        """Arrange the tables of a look."""
        ground, skin = (None if part is None else quads(part.reshape(-1, 3)) for part in (look.ground, look.skin))
        regions = regions if look.has_region_tables else None
        return cls(quads(look.table.reshape(-1, 3)), ground, skin, look.table_size, look.curves, regions)

    def residual(self, image: np.ndarray, block: tuple[slice, slice], origin: tuple[int, int]) -> np.ndarray:
        """Return the residuals of a block (P, 4) of pixels that begin at `origin` (y, x) of the photo."""
        residual = self._residual(image, self.table)
        if self.regions is None:
            return residual
        rows, columns = block
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        weights = self.regions.weights(
            image[:, :3].reshape(*shape, 3), origin[0] + rows.start, origin[1] + columns.start
        )
        ground = None if weights.subject is None else 1 - weights.subject
        for share, table in ((ground, self.ground), (weights.skin, self.skin)):
            if share is not None and table is not None:
                residual += repeated(share.reshape(-1)) * (self._residual(image, table) - residual)
        return residual

    def _residual(self, image: np.ndarray, table: np.ndarray) -> np.ndarray:
        return residual_of(clamped(image[:, :3].T), table, self.size, self.curves)


def _load(pixels: np.ndarray) -> np.ndarray:
    """Return (P, 4) float32: red, green, blue and 1; a copy."""
    colors = np.ones((pixels.shape[0], pixels.shape[1], 4), np.float32)
    for channel in range(3):  # one plane at a time, since numpy is slow along an axis of three
        colors[..., channel] = pixels[..., channel]
    return colors.reshape(-1, 4)


def _spread(mask: np.ndarray, strength: float, scale: float) -> np.ndarray:
    """(P, 4): the amount of each pixel, strength times mask."""
    return np.repeat((mask * np.float32(strength) * np.float32(scale)).reshape(-1), 4).reshape(-1, 4)


@dataclass(frozen=True)
class _Light:
    """A look's grid, arranged for a window.

    Attributes:
        cells: (16, 4, 16 * 8, 4) by y, in, (x, tone), out: affine maps less the identity, and a 0.
        rows, columns: for each row and column the cell before it, and the distance to that cell, 0 to 1.
    """

    cells: np.ndarray
    rows: tuple[np.ndarray, np.ndarray]
    columns: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, look: Look, window: Window, height: int, width: int) -> _Light:
        """Arrange a grid for photos of one size and window."""
        cells = np.zeros((GRID_SIZE, 4, GRID_SIZE, NUM_TONES, 4), np.float32)
        cells[..., :3] = look.grid.transpose(0, 4, 1, 2, 3)
        return cls(
            cells.reshape(GRID_SIZE, 4, _LINE, 4),
            cell_positions(window.top, height, window.full_height),
            cell_positions(window.left, width, window.full_width),
        )

    def add(self, residual: np.ndarray, image: np.ndarray, rows: slice, columns: slice) -> None:
        """Add the residuals of the grid to those of the table (P, 4), for some rows and columns.

        A coefficient at tone k + u and place x is V[k] + u D[k] + x (S[k] + u T[k]): its value, its difference to the
        next tone, its difference to the next cell, and the difference of both.
        """
        toned = image + residual
        luma = sum(np.float32(share) * toned[:, channel] for channel, share in enumerate(REC709_LUMA))
        tone = clamped(np.asarray(luma)) * np.float32(NUM_TONES - 1)
        low = np.minimum(tone.astype(np.int32), NUM_TONES - 2)
        within = repeated(tone - low)
        across = np.tile(repeated(self.columns[1][columns]), (rows.stop - rows.start, 1))
        places = np.arange(rows.stop - rows.start)[:, None] * _LINE + self.columns[0][columns] * NUM_TONES
        index = places.reshape(-1) + low
        for source, tables in enumerate(self._tables(rows)):
            value, difference, slope, turn = (picked(quads, index) for quads in tables)
            turn *= within
            turn += slope
            turn *= across
            difference *= within
            difference += value
            difference += turn
            if source < 3:
                difference *= repeated(toned[:, source])
            residual += difference

    def _tables(self, rows: slice) -> list[tuple[np.ndarray, ...]]:
        """Return V, D, S and T of some rows for each of the four inputs, as quads (R * 16 * 8,)."""
        cell, part = self.rows[0][rows], self.rows[1][rows, None, None, None]
        upper, lower = self.cells[cell], self.cells[cell + 1]
        lines = (upper + part * (lower - upper)).reshape(len(cell), 4, GRID_SIZE, NUM_TONES, 4)
        value = np.ascontiguousarray(lines.swapaxes(0, 1))  # (4, R, 16, 8, 4)
        difference, slope, turn = (np.zeros_like(value) for _ in range(3))
        difference[:, :, :, :-1] = np.diff(value, axis=3)
        slope[:, :, :-1] = np.diff(value, axis=2)
        turn[:, :, :-1] = np.diff(difference, axis=2)
        quads = [table.view(np.complex128).reshape(4, -1) for table in (value, difference, slope, turn)]
        return list(zip(*quads, strict=True))


def _noise(dtype: np.dtype, dither: bool) -> np.ndarray | None:
    """(64, 64, 4) float32, added before a color is truncated to an integer; None for 1/2 everywhere."""
    if not (dither and dtype == np.uint8):
        return None
    noise = np.zeros((TILE_SIZE, TILE_SIZE, 4), np.float32)
    noise[..., :3] = dither_thresholds().transpose(1, 2, 0)
    return noise


def _store(styled: np.ndarray, out: np.ndarray, noise: np.ndarray | None, origin: tuple[int, int]) -> None:
    height, width = out.shape[:2]
    if out.dtype != np.float32:
        if noise is None:
            styled += np.float32(0.5)
        else:
            rows, columns = (origin[0] + np.arange(height)) % TILE_SIZE, (origin[1] + np.arange(width)) % TILE_SIZE
            styled += noise[rows[:, None], columns].reshape(-1, 4)
        np.clip(styled, 0, np.iinfo(out.dtype).max, out=styled)
    shaped = styled.reshape(height, width, 4)
    for channel in range(3):
        out[..., channel] = shaped[..., channel].astype(out.dtype)
