"""Training data of the feature network: crops of portraits in random looks, and some textures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ...imaging.color_management import to_uint8
from ...imaging.files.reading import read_proxy
from .random_looks import draw_bias, draw_look

_SMALLEST_SHARE = 0.4  # smallest crop, as a share of the shorter side
_TEXTURE_CHANCE, _GRAY_CHANCE, _GRAIN_CHANCE, _LIGHT_CHANCE = 0.12, 0.2, 0.25, 0.25


def read_photos(paths: Sequence[Path]) -> list[np.ndarray]:
    """Read the proxies of photos: (H, W, 3) uint8 each, 256 pixels on the longer side."""
    return [to_uint8(read_proxy(path).pixels) for path in paths]


def draw_batch(photos: Sequence[np.ndarray], size: int, count: int, rng: np.random.Generator) -> Tensor:
    """Draw crops, each twice, in two different looks.

    The pairs make the network distinguish looks, not only people.

    Args:
        photos: (H, W, 3) uint8 each.
        size: pixels of a crop's side.
        count: number of crops.
        rng: draws crops and looks.

    Returns:
        (2 * count, 3, size, size) float32 in [0, 1]; crop i is at i and count + i.
    """
    crops = [draw_crop(photos[int(rng.integers(len(photos)))], size, rng) for _ in range(count)]
    looks = [change_look(crop, rng) for crop in crops + crops]
    return torch.from_numpy(np.stack(looks)).permute(0, 3, 1, 2)


def draw_crop(photo: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a square crop of random size and position, mirrored half of the time; sometimes a texture instead.

    Returns:
        (size, size, 3) float32 in [0, 1].
    """
    if rng.random() < _TEXTURE_CHANCE:
        return draw_texture(size, rng)
    height, width = photo.shape[:2]
    side = int(min(height, width) * rng.uniform(_SMALLEST_SHARE, 1))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    crop = photo[top : top + side, left : left + side][:, :: rng.choice([-1, 1])]
    shrink = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(crop), (size, size), interpolation=shrink).astype(np.float32) / 255


def draw_texture(size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw colored noise of one or more random grain sizes, or stripes: (size, size, 3) float32 in [0, 1]."""
    total = np.broadcast_to(rng.random(3).astype(np.float32), (size, size, 3)).copy()
    for _ in range(rng.integers(1, 4)):
        cells = int(2 ** rng.uniform(1, np.log2(size)))
        noise = rng.normal(0, 0.25, (cells, cells, 1)) * rng.normal(0, 1, 3)
        how = rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR])
        total += cv2.resize(noise.astype(np.float32), (size, size), interpolation=int(how))
    if rng.random() < 0.5:
        y, x = np.mgrid[:size, :size] / size
        wave = np.sin(rng.uniform(5, size) * (x * rng.normal() + y * rng.normal()))
        total += (np.sign(wave) if rng.random() < 0.5 else wave)[..., None] * rng.normal(0, 0.2, 3)
    return total.clip(0, 1).astype(np.float32)


def change_look(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply a random look to a crop, sometimes with light from a side, and grain: (H, W, 3) float32 in [0, 1]."""
    crop = draw_bias(rng, rng.uniform(0, 1.5))(crop)
    if rng.random() < 0.85:
        crop = draw_look(rng, gray=bool(rng.random() < _GRAY_CHANCE))(crop)
    if rng.random() < _LIGHT_CHANCE:
        y, x = np.mgrid[: crop.shape[0], : crop.shape[1]] / max(crop.shape) - 0.5
        crop = crop * np.exp(x * rng.normal() + y * rng.normal() - rng.exponential(1.5) * (x * x + y * y))[..., None]
    if rng.random() < _GRAIN_CHANCE:
        channels = rng.choice([1, 3])
        crop = crop + rng.normal(0, rng.uniform(0.01, 0.1), (*crop.shape[:2], channels))
    return np.clip(crop, 0, 1).astype(np.float32)
