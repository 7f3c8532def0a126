"""A look arranged for torch: its effect on planes of pixels, on the CPU and on GPUs.

What a pixel gets is a weighted sum of a few rows of a table, which torch computes in one pass: four corners of a
tetrahedron of colors, and four neighbors in the light grid, which was interpolated down the photo once for each row.
All else is plain arithmetic, rounded alike everywhere, so that tiles equal the whole photo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...color.srgb import REC709_LUMA
from .look import GRID_SIZE, NUM_TONES, Look, Window, cell_positions
from .photo_regions import RegionWeights
from .torch_rows import weighted_rows

_LINE = GRID_SIZE * NUM_TONES
_NUM_NEIGHBORS = 4


@dataclass(frozen=True)
class TorchLook:
    """A look on a device.

    Attributes:
        table: (N^3, 3) float32 residuals.
        ground, skin: likewise, for regions; None for `table`.
        size: points along each axis of the tables.
        curves: (3, M) float32 in front of them; None for none.
        grid: (16, 16 * 8, 12) float32 by y, (x, tone), (out, in); None if it is all zeros.
    """

    table: Tensor
    ground: Tensor | None
    skin: Tensor | None
    size: int
    curves: Tensor | None
    grid: Tensor | None

    @classmethod
    def of(cls, look: Look, device: torch.device) -> TorchLook:
        """Arrange a look, without its texture."""

        def tensor_of(values: np.ndarray | None, *shape: int) -> Tensor | None:
            return None if values is None else torch.from_numpy(np.ascontiguousarray(values)).to(device).reshape(shape)

        table = tensor_of(look.table, -1, 3)
        assert table is not None
        curves = None if look.curves is None else tensor_of(look.curves, *look.curves.shape)
        grid = tensor_of(look.grid, GRID_SIZE, _LINE, 12) if look.has_grid else None
        return cls(table, tensor_of(look.ground, -1, 3), tensor_of(look.skin, -1, 3), look.table_size, curves, grid)

    def residual(self, image: Tensor, window: Window, weights: RegionWeights | None) -> list[Tensor]:
        """Return what the look adds to an image.

        Args:
            image: (3, H, W) float32, sRGB-encoded, any range.
            window: its place in the photo.
            weights: of the regions; None for `table` everywhere.

        Returns:
            Three planes (H, W) of red, green and blue.
        """
        added = self._tables(image.flatten(1), weights)
        if self.grid is not None:
            toned = [plane + part for plane, part in zip(image.flatten(1), added, strict=True)]
            lights = self._light(toned, window, (image.shape[1], image.shape[2]))
            added = [part + light for part, light in zip(added, lights, strict=True)]
        return [part.view(image.shape[1:]) for part in added]

    def _tables(self, colors: Tensor, weights: RegionWeights | None) -> list[Tensor]:
        """Return what curves and tables add to colors (3, P): three of (P,)."""
        places = colors.nan_to_num(0).clamp_(0, 1)
        bent = places if self.curves is None else _curved(places, self.curves)
        index, shares = _corners(bent, self.size)
        added = _columns(weighted_rows(self.table, index, shares))
        if weights is not None:
            ground = None if weights.subject is None else 1 - weights.subject
            for share, table in ((ground, self.ground), (weights.skin, self.skin)):
                if share is not None and table is not None:
                    amount = torch.from_numpy(np.ascontiguousarray(share)).to(colors.device).flatten()
                    others = _columns(weighted_rows(table, index, shares))
                    added = [part + amount * (other - part) for part, other in zip(added, others, strict=True)]
        if self.curves is None:
            return list(added)
        return [part + (after - before) for part, after, before in zip(added, bent, places, strict=True)]

    def _light(self, toned: Sequence[Tensor], window: Window, size: tuple[int, int]) -> list[Tensor]:
        """Return what the grid adds to colors, three of (P,), of a rectangle: three of (P,)."""
        assert self.grid is not None
        device = self.grid.device
        row_cells, row_parts = _placed(window.top, size[0], window.full_height, device)
        cells, parts = _placed(window.left, size[1], window.full_width, device)
        upper, lower = self.grid[row_cells.long()], self.grid[row_cells.long() + 1]
        lines = (upper + row_parts[:, None, None] * (lower - upper)).view(-1, 12)  # (H * 16 * 8, 12)
        luma = sum(share * plane for share, plane in zip(REC709_LUMA, toned, strict=True))
        assert isinstance(luma, Tensor)
        tone = luma.nan_to_num(0).clamp_(0, 1).mul_(NUM_TONES - 1)
        low = tone.floor().clamp_(max=NUM_TONES - 2)
        within, across = tone - low, parts.repeat(size[0])
        starts = torch.arange(size[0], device=device, dtype=torch.int32)[:, None] * _LINE + cells * NUM_TONES
        index = torch.empty((len(tone), _NUM_NEIGHBORS), dtype=torch.int32, device=device)
        shares = torch.empty((len(tone), _NUM_NEIGHBORS), device=device)
        first, late = starts.flatten() + low.int(), across * within
        for place, step in enumerate((0, 1, NUM_TONES, NUM_TONES + 1)):
            torch.add(first, step, out=index[:, place])
        torch.sub(within, late, out=shares[:, 1])
        torch.sub(1 - across, shares[:, 1], out=shares[:, 0])
        torch.sub(across, late, out=shares[:, 2])
        shares[:, 3] = late
        affine = _columns(weighted_rows(lines, index, shares))
        return [
            affine[at] * toned[0] + affine[at + 1] * toned[1] + affine[at + 2] * toned[2] + affine[at + 3]
            for at in (0, 4, 8)
        ]


def _columns(values: Tensor) -> tuple[Tensor, ...]:
    return values.unbind(1)


def _corners(places: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return the corners of the tetrahedron around each color (Kasson et al. 1995), and their weights: (P, 4) each.

    Args:
        places: (3, P) in [0, 1] along red, green and blue.
        size: points along each axis.
    """
    scaled = places * (size - 1)
    cells = scaled.floor().clamp_(max=size - 2)
    red, green, blue = scaled.sub_(cells)
    by_axis = cells.int()
    steps = (size**2, size, 1)
    near = by_axis[0] * steps[0] + by_axis[1] * steps[1] + by_axis[2]
    index = torch.empty((len(near), _NUM_NEIGHBORS), dtype=torch.int32, device=near.device)
    weights = torch.empty((len(near), _NUM_NEIGHBORS), device=near.device)
    red_first, green_second, blue_last = red >= green, green >= blue, red >= blue
    # One step along the axis of the largest fraction, then all but that of the smallest, then all.
    is_red, is_green = (red_first & blue_last).int(), (green_second & ~red_first).int()
    first = is_red * (steps[0] - steps[2]) + is_green * (steps[1] - steps[2]) + (near + steps[2])
    not_red, not_blue = (~red_first & ~blue_last).int(), (green_second & blue_last).int()
    all_but = (near + (steps[0] + steps[2])) - not_red * (steps[0] - steps[1]) - not_blue * (steps[2] - steps[1])
    for place, corner in enumerate((near, first, all_but, near + sum(steps))):
        index[:, place] = corner
    larger, smaller = torch.maximum(red, green), torch.minimum(red, green)
    largest, smallest = torch.maximum(larger, blue), torch.minimum(smaller, blue)
    middle = torch.maximum(smaller, torch.minimum(larger, blue))
    torch.sub(1, largest, out=weights[:, 0])
    torch.sub(largest, middle, out=weights[:, 1])
    torch.sub(middle, smallest, out=weights[:, 2])
    weights[:, 3] = smallest
    return index, weights


def _curved(places: Tensor, curves: Tensor) -> Tensor:
    """Apply curves (3, M) to colors (3, P) in [0, 1], linearly between their points, and clamp."""
    last = curves.shape[1] - 1
    scaled = places * last
    low = scaled.floor().clamp_(max=last - 1)
    cells = low.long()
    before, after = curves.gather(1, cells), curves.gather(1, cells + 1)
    return ((scaled - low) * (after - before)).add_(before).clamp_(0, 1)


def _placed(start: int, count: int, full: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """`cell_positions` on a device."""
    cells, parts = cell_positions(start, count, full)
    return torch.from_numpy(cells).to(device), torch.from_numpy(parts).to(device)
