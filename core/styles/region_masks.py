"""Masks of the regions of a photo, at full size: what a style is held to, and what hosts offer as layers."""

from __future__ import annotations

import numpy as np

from ..imaging.color_management import ColorSpace
from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..imaging.rendering.region_mask import GUIDE_SIZE, EdgeGuide
from ..imaging.rendering.restyle import Progress
from ..networks.regions import REGIONS, predict_regions

PARTS = ("subject", "ground", "skin", "hair", "face", "cloth")
_STRIP_PIXELS = 1 << 20


def masks_of(
    photo: Photo, *, regions: np.ndarray | None = None, progress: Progress = lambda done, total: None
) -> dict[str, np.ndarray]:
    """Find the parts of a portrait.

    Args:
        photo: any depth, size and color space.
        regions: (5, h, w) float32, as `predict_regions` returns it; None to compute it.
        progress: called with (done, total) rows; what it raises ends the work.

    Returns:
        By name in PARTS a mask, (H, W) float32 in [0, 1]; subject and ground sum to 1. Skin and hair overlap face.

    Raises:
        PhotoError: every pixel is transparent.
    """
    found: dict[str, np.ndarray] = dict(zip(REGIONS, _masks(photo, REGIONS, regions, progress), strict=True))
    found["ground"] = 1 - found["subject"]
    return {part: found[part] for part in PARTS}


def mask_of(
    photo: Photo, part: str, *, regions: np.ndarray | None = None, progress: Progress = lambda done, total: None
) -> np.ndarray:
    """Find one of PARTS, as `masks_of` does."""
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, got {part!r}")
    (mask,) = _masks(photo, ("subject" if part == "ground" else part,), regions, progress)
    return 1 - mask if part == "ground" else mask


def _masks(photo: Photo, names: tuple[str, ...], regions: np.ndarray | None, progress: Progress) -> list[np.ndarray]:
    small = proxy_of(photo, GUIDE_SIZE)
    maps = predict_regions(proxy_of(photo).pixels) if regions is None else regions
    size = (photo.height, photo.width)
    guide = EdgeGuide(small.pixels)
    refined = [guide.fit(maps[REGIONS.index(name)], size) for name in names]
    found = [np.empty(size, np.float32) for _ in names]
    space = ColorSpace.of(photo.profile, is_gray=photo.is_gray)
    step = max(1, _STRIP_PIXELS // photo.width)
    for top in range(0, photo.height, step):
        progress(top, photo.height)
        pixels = space.to_srgb(photo.pixels[top : top + step])
        for region, mask in zip(refined, found, strict=True):
            mask[top : top + step] = region.rows(pixels, top)
    return found
