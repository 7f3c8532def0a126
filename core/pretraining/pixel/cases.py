"""Training cases of the pixel generator: crops of photos, their paintings, patches by the same painters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ...imaging.color_management import to_uint8
from ...imaging.files.reading import read_photo
from ...imaging.proxy import proxy_of
from ...imaging.textures import Place, texture_maps
from .painters import MARGIN, Painter
from .random_painters import draw_painter, traits_of
from .settings import PixelPretrainSettings

PHOTO_SIZE = 512
_SMALLEST_ZOOM, _LARGEST_ZOOM = 0.6, 2.2
_FURTHEST = 1500  # pixels: largest offset of a crop from the corner of its picture


@dataclass(frozen=True)
class PixelBatch:
    """A batch of cases; crops of one set are successive.

    Attributes:
        content: (B, 3, S, S) float32 in [0, 1], B = sets * crops.
        textures: (B, T, S, S) at their positions.
        answer: (B, 3, S, S) paintings of the content.
        patches: (P, 3, s, s) of other paintings by the same painters, for all sets in order.
        counts: number of patches of each set.
        num_crops: crops of each set.
        traits: (sets, NUM_TRAITS) of the painters.
    """

    content: Tensor
    textures: Tensor
    answer: Tensor
    patches: Tensor
    counts: tuple[int, ...]
    num_crops: int
    traits: Tensor


def read_pictures(paths: Sequence[Path]) -> list[np.ndarray]:
    """Read photos: (H, W, 3) uint8 each, at most 512 pixels on the longer side."""
    return [to_uint8(proxy_of(read_photo(path), PHOTO_SIZE).pixels) for path in paths]


def draw_pixel_batch(
    photos: Sequence[np.ndarray], settings: PixelPretrainSettings, rng: np.random.Generator
) -> PixelBatch:
    """Draw a batch of random painters.

    Args:
        photos: (H, W, 3) uint8 each.
        settings: sizes and counts.
        rng: determines the batch.
    """
    return batch_of([draw_painter(rng) for _ in range(settings.num_sets)], photos, settings, rng)


def batch_of(
    painters: Sequence[Painter], photos: Sequence[np.ndarray], settings: PixelPretrainSettings, rng: np.random.Generator
) -> PixelBatch:
    """Draw a batch with one set for each painter."""
    contents, textures, answers, patches, counts = [], [], [], [], []
    for painter in painters:
        for crop in _crops(photos[int(rng.integers(len(photos)))], settings.crop_size, settings.num_crops, rng):
            place = _draw_place(settings.crop_size, rng)
            contents.append(_inner(crop))
            textures.append(texture_maps(place))
            answers.append(painted_crop(painter, crop, place))
        counts.append(int(rng.integers(1, settings.num_patches + 1)))
        patches += [draw_patch(painter, photos, settings.patch_size, rng) for _ in range(counts[-1])]
    stacked = (torch.from_numpy(np.stack(pictures)).movedim(-1, 1) for pictures in (contents, answers, patches))
    content, answer, patch = stacked
    maps = torch.from_numpy(np.stack(textures))
    traits = torch.from_numpy(np.stack([traits_of(painter) for painter in painters]))
    return PixelBatch(content, maps, answer, patch, tuple(counts), settings.num_crops, traits)


def draw_patch(painter: Painter, photos: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a patch of a painting: (size, size, 3) float32."""
    (crop,) = _crops(photos[int(rng.integers(len(photos)))], size, 1, rng)
    return painted_crop(painter, crop, _draw_place(size, rng))


def painted_crop(painter: Painter, crop: np.ndarray, place: Place) -> np.ndarray:
    """Paint a crop with a margin, and cut off the margin."""
    outer = Place(place.top - MARGIN, place.left - MARGIN, place.height + 2 * MARGIN, place.width + 2 * MARGIN)
    return _inner(painter(crop, outer))


def _inner(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels[MARGIN:-MARGIN, MARGIN:-MARGIN])


def _draw_place(size: int, rng: np.random.Generator) -> Place:
    top, left = (int(part) for part in rng.integers(MARGIN, _FURTHEST, 2))
    return Place(top, left, size, size)


def _crops(photo: np.ndarray, size: int, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw square crops of one photo at one zoom, with a margin: (size + 2 * MARGIN, ..., 3) float32 in [0, 1]."""
    whole = size + 2 * MARGIN
    zoom = np.exp(rng.uniform(np.log(_SMALLEST_ZOOM), np.log(_LARGEST_ZOOM)))
    side = int(min(whole / zoom, *photo.shape[:2]))
    brightness, flip = rng.normal(0, 0.15), rng.choice([-1, 1])
    found = []
    for _ in range(count):
        top, left = (int(rng.integers(room - side + 1)) for room in photo.shape[:2])
        square = np.ascontiguousarray(photo[top : top + side, left : left + side, :][:, ::flip])
        method = cv2.INTER_AREA if side > whole else cv2.INTER_CUBIC
        pixels = cv2.resize(square, (whole, whole), interpolation=method).astype(np.float32) / 255
        found.append((pixels ** np.float32(np.exp(brightness))).astype(np.float32))
    return found
