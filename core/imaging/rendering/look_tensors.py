"""The definition of the effect of a look in torch: differentiable, for batches, on any device.

Every renderer in this package computes what `apply_look` defines, and is tested against it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...color.srgb import REC709_LUMA
from .look import GRID_SIZE, NUM_TONES, Look, Window
from .photo_regions import RegionWeights


def tensors_of(look: Look, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Return a look for `apply_look`: its table (1, N, N, N, 3) and its grid (1, 16, 16, 8, 3, 4), float32.

    Its curves are `curves_of`.
    """
    table, grid = (torch.from_numpy(np.ascontiguousarray(values))[None] for values in (look.table, look.grid))
    return table.to(device), grid.to(device)


def curves_of(look: Look, device: torch.device | None = None) -> Tensor | None:
    """Return the curves of a look for `apply_look`: (1, 3, M) float32, or None."""
    return None if look.curves is None else torch.from_numpy(np.ascontiguousarray(look.curves))[None].to(device)


class RegionTensors(NamedTuple):
    """Tables for regions, and where those are; where a table or the weights of its region are None, it has no effect.

    Attributes:
        subject: (B, 1, H, W) in [0, 1]; what is not subject is ground.
        skin: likewise where skin is.
        ground_table: (B, N, N, N, 3) float32, or None.
        skin_table: likewise.
    """

    subject: Tensor | None
    skin: Tensor | None
    ground_table: Tensor | None
    skin_table: Tensor | None


def region_tensors_of(look: Look, weights: RegionWeights, device: torch.device | None = None) -> RegionTensors:
    """Return a look's tables for regions, and the weights of the regions, for `apply_look`."""

    def tensor_of(values: np.ndarray | None) -> Tensor | None:
        return None if values is None else torch.from_numpy(np.ascontiguousarray(values)).to(device)[None]

    subject, skin = (None if part is None else part[None] for part in (weights.subject, weights.skin))
    return RegionTensors(tensor_of(subject), tensor_of(skin), tensor_of(look.ground), tensor_of(look.skin))


def apply_tables(image: Tensor, table: Tensor, regions: RegionTensors, curves: Tensor | None = None) -> Tensor:
    """Add the residual `skin * skin_table + (1 - skin) * (subject * table + (1 - subject) * ground_table)`.

    Args:
        image: (B, 3, H, W) float32, sRGB-encoded.
        table: (B, N, N, N, 3) float32, of the subject.
        regions: the other tables, and where they count.
        curves: as of `apply_table`.

    Returns:
        (B, 3, H, W), not clamped.
    """
    result = apply_table(image, table, curves)
    if regions.ground_table is not None and regions.subject is not None:
        ground = apply_table(image, regions.ground_table, curves)
        result = regions.subject * result + (1 - regions.subject) * ground
    if regions.skin_table is not None and regions.skin is not None:
        skin = apply_table(image, regions.skin_table, curves)
        result = regions.skin * skin + (1 - regions.skin) * result
    return result


def apply_table(image: Tensor, table: Tensor, curves: Tensor | None = None) -> Tensor:
    """Add a residual color table to an image by tetrahedral interpolation (Kasson et al. 1995).

    With curves c, which are clamped to [0, 1], it adds `c(x) - x + table(c(x))`, x the clamped color.

    Args:
        image: (B, 3, H, W) float32, sRGB-encoded; values outside [0, 1] get the residual of the clamped color.
        table: (B, N, N, N, 3) float32 residual, indexed [r, g, b].
        curves: (B, 3, M) float32, results for each channel at M even steps from 0 to 1; None for none.

    Returns:
        (B, 3, H, W), not clamped.
    """
    _require_image(image)
    batch, _, height, width = image.shape
    size, colors = table.shape[1], image.flatten(2).mT.nan_to_num(0).clamp(0, 1)  # (B, P, 3)
    bent = colors if curves is None else _curved(colors, curves)
    scaled = bent * (size - 1)
    base = scaled.detach().floor().clamp(max=size - 2)
    fraction, order = (scaled - base).sort(dim=-1, descending=True)
    strides = torch.tensor([size**2, size, 1], device=image.device)
    first = (base.long() * strides).sum(-1, keepdim=True)
    # The tetrahedron's corners: one step along each axis, that of the largest fraction first.
    corners = torch.cat([first, first + strides[order].cumsum(-1)], dim=-1)  # (B, P, 4)
    ones, zeros = torch.ones_like(fraction[..., :1]), torch.zeros_like(fraction[..., :1])
    weights = torch.cat([ones, fraction], -1) - torch.cat([fraction, zeros], -1)  # (B, P, 4)
    entries = table.reshape(batch, -1, 3)
    picked = entries.gather(1, corners.flatten(1)[..., None].expand(-1, -1, 3)).unflatten(1, corners.shape[1:])
    residual = (weights[..., None] * picked).sum(2)  # (B, P, 3)
    if curves is not None:
        residual = residual + bent - colors
    return image + residual.mT.reshape(batch, 3, height, width)


def apply_grid(image: Tensor, grid: Tensor, window: Window | None = None) -> Tensor:
    """Slice a bilateral grid of affine color maps by place and luma, and apply it (Chen et al. 2007; Gharbi 2017).

    Cell centers lie at half-pixel positions over the whole photo, tones at k / 7; edges are clamped.

    Args:
        image: (B, 3, H, W) float32, the table's output.
        grid: (B, 16, 16, 8, 3, 4) float32, affine maps less the identity.
        window: position of the image in the whole photo; None if it is the whole.

    Returns:
        (B, 3, H, W), not clamped.
    """
    _require_image(image)
    batch, _, height, width = image.shape
    window = window or Window.whole(height, width)
    luma = (image * image.new_tensor(REC709_LUMA)[:, None, None]).sum(1)
    y = _cell_positions(window.top, height, window.full_height, image)
    x = _cell_positions(window.left, width, window.full_width, image)
    tone = luma.nan_to_num(0).clamp(0, 1) * (NUM_TONES - 1)  # (B, H, W)
    cells = grid.reshape(batch, GRID_SIZE, GRID_SIZE * NUM_TONES, 12)
    # The grid is interpolated over y once for each row, then sampled by x and tone.
    above, below = (cells[:, index] * weight[:, None, None] for index, weight in _neighbors(y, GRID_SIZE))
    lines = (above + below).reshape(batch, -1, 12)  # (B, H * 16 * 8, 12)
    row = torch.arange(height, device=image.device)[:, None] * GRID_SIZE
    affine = image.new_zeros(batch, height, width, 12)
    for x_index, x_weight in _neighbors(x, GRID_SIZE):
        for tone_index, tone_weight in _neighbors(tone, NUM_TONES):
            index = (row + x_index) * NUM_TONES + tone_index  # (B, H, W)
            picked = lines.gather(1, index.flatten(1)[..., None].expand(-1, -1, 12)).view_as(affine)
            affine = affine + (x_weight * tone_weight)[..., None] * picked
    matrix = affine.unflatten(-1, (3, 4))  # (B, H, W, out, in)
    channels = image.permute(0, 2, 3, 1)
    residual = (matrix[..., :3] * channels[..., None, :]).sum(-1) + matrix[..., 3]
    return image + residual.permute(0, 3, 1, 2)


def apply_look(
    image: Tensor,
    table: Tensor,
    grid: Tensor,
    *,
    strength: float | Tensor = 1.0,
    mask: Tensor | None = None,
    window: Window | None = None,
    regions: RegionTensors | None = None,
    curves: Tensor | None = None,
) -> Tensor:
    """Apply looks to images: `image + strength * mask * (look(image) - image)`. Differentiable.

    Args:
        image: (B, 3, H, W) float32, sRGB-encoded, any range.
        table: (B, N, N, N, 3) float32.
        grid: (B, 16, 16, 8, 3, 4) float32.
        strength: 0 to 1.5, a number or (B, 1, 1, 1).
        mask: (B, 1, H, W) in [0, 1], or None for 1 everywhere.
        window: position of the images in the whole photo; None if they are the whole.
        regions: tables for ground and skin, and where those are; None for `table` everywhere.
        curves: (B, 3, M) float32 in front of all tables; None for none.

    Returns:
        (B, 3, H, W) float32, not clamped.
    """
    toned = apply_table(image, table, curves) if regions is None else apply_tables(image, table, regions, curves)
    styled = apply_grid(toned, grid, window)
    amount = strength if mask is None else strength * mask
    return image + amount * (styled - image)


def _curved(colors: Tensor, curves: Tensor) -> Tensor:
    """Apply curves (B, 3, M) to colors (B, P, 3), linearly between their points."""
    last = curves.shape[2] - 1
    scaled = colors.mT * last  # (B, 3, P)
    low = scaled.detach().floor().clamp(max=last - 1)
    before, after = (curves.gather(2, low.long() + step) for step in (0, 1))
    return (before + (scaled - low) * (after - before)).clamp(0, 1).mT


def _require_image(image: Tensor) -> None:
    if image.ndim != 4 or image.shape[1] != 3:
        raise ValueError(f"image must be (B, 3, H, W), got shape {tuple(image.shape)}")


def _cell_positions(start: int, count: int, full: int, like: Tensor) -> Tensor:
    pixels = torch.arange(start, start + count, device=like.device, dtype=torch.float32)
    return ((pixels + 0.5) * (GRID_SIZE / full) - 0.5).clamp(0, GRID_SIZE - 1)


def _neighbors(position: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    """The two cells around each position, as (index, weight); the weight carries the gradient."""
    low = position.detach().floor().clamp(max=size - 2)
    fraction = position - low
    return [(low.long(), 1 - fraction), (low.long() + 1, fraction)]
