"""The light grid of a look on planes of pixels.

The grid is interpolated down the photo once for each row, which leaves a small picture by place and tone. torch's
`grid_sample` reads it with vectors, where torch is loaded; else numpy does, in twice the time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from ...color.srgb import REC709_LUMA
from .look import GRID_SIZE, NUM_TONES, Look, Window, cell_positions
from .plane_tables import Scratch, clamp

_NUM_FACTORS = 12
_LINE = GRID_SIZE * NUM_TONES


@dataclass(frozen=True)
class PlaneLight:
    """A look's grid, arranged for a window.

    Attributes:
        cells: (16, 12, 16, 8) float32 by y, (out, in), x, tone: affine maps less the identity.
        rows, columns: for each row and column the cell before it, and the distance to that cell, 0 to 1.
        across: for each column its place between the first and the last cell, from -1 to 1.
    """

    cells: np.ndarray
    rows: tuple[np.ndarray, np.ndarray]
    columns: tuple[np.ndarray, np.ndarray]
    across: np.ndarray

    @classmethod
    def of(cls, look: Look, window: Window, height: int, width: int) -> PlaneLight:
        """Arrange a grid for photos of one size and window."""
        cells = look.grid.reshape(GRID_SIZE, GRID_SIZE, NUM_TONES, _NUM_FACTORS).transpose(0, 3, 1, 2)
        rows = cell_positions(window.top, height, window.full_height)
        columns = cell_positions(window.left, width, window.full_width)
        across = (columns[0] + columns[1]) * np.float32(2 / (GRID_SIZE - 1)) - np.float32(1)
        return cls(np.ascontiguousarray(cells), rows, columns, across.astype(np.float32))

    def add(self, image: np.ndarray, styled: np.ndarray, block: tuple[slice, slice], scratch: Scratch) -> None:
        """Add what the grid does to what the tables added.

        Args:
            image: (3, h, w) float32, sRGB-encoded.
            styled: (3, h, w) float32, what was added to it so far; that of the grid is added here.
            block: rows and columns.
            scratch: for what lies between.
        """
        toned = scratch.floats("toned", *image.shape)
        np.add(image, styled, out=toned)
        tone, value = (scratch.floats(name, *image.shape[1:]) for name in ("tone", "value"))
        np.multiply(toned[0], np.float32(REC709_LUMA[0]), out=tone)
        for share, plane in zip(REC709_LUMA[1:], toned[1:], strict=True):
            np.multiply(plane, np.float32(share), out=value)
            tone += value
        clamp(tone, tone)
        factors = (
            self._by_torch(tone, block, scratch) if "torch" in sys.modules else self._by_numpy(tone, block, scratch)
        )
        for channel, total in enumerate(styled):
            own = factors[:, 4 * channel : 4 * channel + 4]  # (h, 4, w)
            for place, plane in enumerate(toned):
                np.multiply(own[:, place], plane, out=value)
                total += value
            total += own[:, 3]

    def _by_torch(self, tone: np.ndarray, block: tuple[slice, slice], scratch: Scratch) -> np.ndarray:
        """Return the factors at tones (h, w) of a block: (h, 12, w)."""
        import torch
        from torch.nn.functional import grid_sample

        height, width = tone.shape
        places = scratch.floats("light places", height, 1, width, 2)  # (tone, x), both from -1 to 1
        tone *= 2
        np.subtract(tone, 1, out=places[:, 0, :, 0])
        places[:, 0, :, 1] = self.across[block[1]]
        lines, picture = torch.from_numpy(places), torch.from_numpy(self._lines(block[0], scratch))
        return grid_sample(picture, lines, mode="bilinear", padding_mode="border", align_corners=True)[:, :, 0].numpy()

    def _by_numpy(self, tone: np.ndarray, block: tuple[slice, slice], scratch: Scratch) -> np.ndarray:
        """Likewise."""
        height, width = tone.shape
        lines = self._lines(block[0], scratch).reshape(height, _NUM_FACTORS, _LINE)
        low, index = scratch.integers("tones", height, width), scratch.places("light index", height, width)
        cells, parts = (found[block[1]] for found in self.columns)
        tone *= NUM_TONES - 1
        np.copyto(low, tone, casting="unsafe")
        np.minimum(low, NUM_TONES - 2, out=low)
        tone -= low
        np.add(low, cells * NUM_TONES, out=index)
        index += (np.arange(height) * (_NUM_FACTORS * _LINE))[:, None]
        weights = scratch.floats("light weights", 4, height, width)
        np.multiply(tone, parts, out=weights[3])
        np.subtract(tone, weights[3], out=weights[1])
        np.subtract(parts, weights[3], out=weights[2])
        np.subtract(1 - parts, weights[1], out=weights[0])
        factors = scratch.floats("factors", _NUM_FACTORS, height, width)
        value, flat = scratch.floats("light value", height, width), lines.reshape(-1)
        for number, total in enumerate(factors):
            for step, weight in zip((0, 1, NUM_TONES, NUM_TONES + 1), weights, strict=True):
                out = total if step == 0 else value
                flat[number * _LINE + step :].take(index, out=out, mode="clip")
                out *= weight
                if step:
                    total += value
        return factors.swapaxes(0, 1)

    def _lines(self, rows: slice, scratch: Scratch) -> np.ndarray:
        """Return the grid at some rows: (h, 12, 16, 8)."""
        cells, parts = (found[rows] for found in self.rows)
        shape = (len(cells), _NUM_FACTORS, GRID_SIZE, NUM_TONES)
        upper, lower = (scratch.floats(name, *shape) for name in ("upper", "lower"))
        self.cells.take(cells, axis=0, out=upper, mode="clip")
        self.cells.take(cells + 1, axis=0, out=lower, mode="clip")
        lower -= upper
        lower *= parts[:, None, None, None]
        lower += upper
        return lower
