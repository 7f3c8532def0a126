"""Pictures for the tests of photo folders: made by numbers, each unlike the others."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image


def scene(seed: int, *, height: int = 256, width: int = 256) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1]: soft colored blobs before a soft background, with texture, without borders."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
    picture = np.full((height, width, 3), 0.35, np.float32) + 0.2 * (y * rng.uniform(-1, 1))[..., None]
    for _ in range(14):
        center, size = rng.uniform(0, 1, 2), rng.uniform(0.05, 0.2)
        blob = np.exp(-(((y - center[0]) ** 2 + (x - center[1]) ** 2) / size**2))
        picture += blob[..., None].astype(np.float32) * rng.uniform(-0.5, 0.5, 3).astype(np.float32)
    texture = cv2.GaussianBlur(rng.normal(0, 0.25, (height, width)).astype(np.float32), (0, 0), 2)
    return (picture + texture[..., None]).clip(0.02, 0.98)


def portrait(seed: int) -> np.ndarray:
    """(256, 256, 3): a scene in muted colors that has both black and white in it, as most finished photos have."""
    muted = scene(seed)
    muted = muted.mean(-1, keepdims=True) + 0.6 * (muted - muted.mean(-1, keepdims=True))
    muted[-30:, 40:216] = 0.02  # a dark jacket
    muted[-30:, 110:146] = 0.96  # a shirt
    return muted.astype(np.float32)


def save(pixels: np.ndarray, path: Path, **options: object) -> Path:
    """Write (H, W, 3) pixels in [0, 1] as 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(path, **options)
    return path
