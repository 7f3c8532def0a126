"""Apply the pixel generator to a picture of any size: measure statistics once, then paint overlapping tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..imaging.textures import Place, texture_maps
from .pixel_generator import RECEPTIVE_FIELD, STRIDE, ForwardContext, PixelGenerator, Statistics

TILE_SIZE = 512
_MEASURED_WHOLE = 512 * 512  # pixels; the statistics of a larger picture are measured at nine places
_PLACES, _PLACE_SIZE = 3, 192
_SMALLEST = 16


@dataclass(frozen=True)
class Brush:
    """The style of a painting.

    Attributes:
        modulation: (1, N) of the style, on the generator's device.
        seed: of the noise textures.
    """

    modulation: Tensor
    seed: int = 0


@torch.inference_mode()
def paint_picture(
    generator: PixelGenerator,
    pixels: np.ndarray,
    brush: Brush,
    *,
    weights: np.ndarray | None = None,
    tile_size: int = TILE_SIZE,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Paint a picture tile by tile, without seams.

    Args:
        generator: on any device.
        pixels: (H, W, 3) float32 in [0, 1].
        brush: the style.
        weights: (H, W) float32 in [0, 1], weight of each pixel in the statistics; None for equal weights.
        tile_size: pixels a side, a multiple of 4.
        progress: called with (done, total) tiles, again and again while one is painted; what it raises ends the work.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ValueError: the tile size is no multiple of 4.
    """
    if tile_size < STRIDE or tile_size % STRIDE:
        raise ValueError(f"tile_size must be a multiple of {STRIDE}, got {tile_size}")
    height, width = pixels.shape[:2]
    picture = _padded(pixels)
    report = progress or _no_progress
    tiles = list(_tiles(picture.shape[0], picture.shape[1], tile_size))
    counted = None if weights is None else _padded(weights)
    measured, statistics = _measured(generator, picture, brush, counted, lambda: report(0, len(tiles)))
    if len(tiles) == 1 and measured.shape[2:] == picture.shape[:2]:  # the measured place is the whole painting
        report(1, 1)
        return _array_of(measured)[:height, :width]
    result = np.empty_like(picture)
    for number, (inner, outer) in enumerate(tiles):
        alive = partial(report, number, len(tiles))
        context = ForwardContext(brush.modulation, fixed=statistics, check_cancelled=alive)
        painted = generator.paint(*_inputs(generator, picture, [outer], brush.seed), context)
        top, left = inner.top - outer.top, inner.left - outer.left
        result[_slices(inner)] = _array_of(painted[:, :, top : top + inner.height, left : left + inner.width])
    report(len(tiles), len(tiles))
    return result[:height, :width]


def _measured(
    generator: PixelGenerator,
    picture: np.ndarray,
    brush: Brush,
    weights: np.ndarray | None,
    check_cancelled: Callable[[], None] | None = None,
) -> tuple[Tensor, Statistics]:
    """Return the measured places painted with their own statistics, and these statistics."""
    places = _measured_places(picture.shape[0], picture.shape[1])
    counted = None
    if weights is not None:
        counted = np.stack([weights[_slices(place)] for place in places])
        if not counted.any():  # no weight anywhere: use equal weights
            counted = None
    device = brush.modulation.device
    context = ForwardContext(
        brush.modulation.expand(len(places), -1),
        group_size=len(places),
        weights=None if counted is None else torch.from_numpy(counted)[:, None].to(device),
        check_cancelled=check_cancelled,
    )
    painted = generator.paint(*_inputs(generator, picture, places, brush.seed), context)
    return painted, tuple(context.used)


def _array_of(painted: Tensor) -> np.ndarray:
    """(H, W, 3) of the first picture (B, 3, H, W)."""
    return painted[0].clamp(0, 1).movedim(0, -1).cpu().numpy()


def _no_progress(_done: int, _total: int) -> None:
    """Do nothing: progress that nobody listens to."""


def _inputs(generator: PixelGenerator, picture: np.ndarray, places: list[Place], seed: int) -> tuple[Tensor, Tensor]:
    """Return content and texture maps of places of one size."""
    device = generator.modulating.weight.device
    content = torch.from_numpy(np.stack([picture[_slices(place)] for place in places])).movedim(-1, 1)
    textures = torch.from_numpy(np.stack([texture_maps(place, seed=seed) for place in places]))
    return content.to(device).contiguous(), textures.to(device)


def _measured_places(height: int, width: int) -> list[Place]:
    if height * width <= _MEASURED_WHOLE:
        return [Place(0, 0, height, width)]
    tall, wide = min(height, _PLACE_SIZE), min(width, _PLACE_SIZE)
    tops, lefts = (np.linspace(0, side, _PLACES).astype(int) for side in (height - tall, width - wide))
    return [Place(int(top), int(left), tall, wide) for top in tops for left in lefts]


def _tiles(height: int, width: int, size: int) -> Iterator[tuple[Place, Place]]:
    """Yield tiles, and each with its receptive field around it; all sides are multiples of 4."""
    for top in range(0, height, size):
        for left in range(0, width, size):
            inner = Place(top, left, min(size, height - top), min(size, width - left))
            first, left_edge = max(0, top - RECEPTIVE_FIELD), max(0, left - RECEPTIVE_FIELD)
            bottom = min(height, top + inner.height + RECEPTIVE_FIELD)
            right = min(width, left + inner.width + RECEPTIVE_FIELD)
            yield inner, Place(first, left_edge, bottom - first, right - left_edge)


def _padded(pixels: np.ndarray) -> np.ndarray:
    """Pad by reflection at the lower and right edge, up to multiples of 4."""
    added = [(0, max(_SMALLEST, -(-side // STRIDE) * STRIDE) - side) for side in pixels.shape[:2]]
    return np.pad(pixels, [*added, *[(0, 0)] * (pixels.ndim - 2)], mode="reflect")


def _slices(place: Place) -> tuple[slice, slice]:
    return slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
