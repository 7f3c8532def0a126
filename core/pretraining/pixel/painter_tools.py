"""Filters of procedural painters: soft steps, flow along edges, smoothing to patches, ink on paper."""

from __future__ import annotations

import cv2
import numpy as np

_SHARPNESS = 8.0  # exponent of the weights of a Kuwahara filter's squares


def soft_step(values: np.ndarray, width: float) -> np.ndarray:
    """Return 0 below and 1 above 0, with a smooth transition of about this width."""
    return 1 / (1 + np.exp((-4 / width * values).clip(-40, 40)))


def printed(coverage: np.ndarray, ink: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Blend paper (3,) and ink (3,) by a coverage (H, W) in [0, 1]: (H, W, 3)."""
    return paper + coverage[..., None] * (ink - paper)


def blurred(values: np.ndarray, spread: float) -> np.ndarray:
    """Gaussian blur of (H, W) or (H, W, 3)."""
    return cv2.GaussianBlur(values, (0, 0), spread, borderType=cv2.BORDER_REFLECT_101)


def flow_of(luma: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors (x, y) along edges by the smoothed structure tensor (Kyprianidis and Kang 2011).

    Args:
        luma: (H, W).
        spread: standard deviation of the smoothing in pixels.
    """
    x, y = (cv2.Sobel(luma, cv2.CV_32F, *order, ksize=3) for order in ((1, 0), (0, 1)))
    # Flat areas get a common direction instead of a random one.
    xx, xy, yy = (blurred(part, spread) for part in (x * x + 1e-4, x * y + 5e-5, y * y))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def along_flow(values: np.ndarray, flow: tuple[np.ndarray, np.ndarray], length: int) -> np.ndarray:
    """Average along the flow: line integral convolution (Cabral and Leedom 1993).

    Args:
        values: (H, W) or (H, W, 3).
        flow: as `flow_of` returns it.
        length: pixels to each side.
    """
    height, width = values.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    total = values.astype(np.float32)
    for sign in (-1, 1):
        here_x, here_y, step_x, step_y = x, y, sign * flow[0], sign * flow[1]
        for _ in range(length):
            here_x, here_y = here_x + step_x, here_y + step_y
            total = total + cv2.remap(values, here_x, here_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            next_x, next_y = (
                cv2.remap(part, here_x, here_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101) for part in flow
            )
            turn = np.where(next_x * step_x + next_y * step_y < 0, -1, 1).astype(np.float32)
            step_x, step_y = turn * next_x, turn * next_y
    return total / (2 * length + 1)


def patched(pixels: np.ndarray, radius: int) -> np.ndarray:
    """Smooth to patches with sharp edges by a soft Kuwahara filter (Kuwahara 1976; Papari et al. 2007).

    Each of eight squares around a pixel is weighted by its homogeneity.

    Args:
        pixels: (H, W, 3).
        radius: of the squares, pixels.
    """
    size = 2 * (radius // 2) + 1
    mean = cv2.blur(pixels, (size, size), borderType=cv2.BORDER_REFLECT_101)
    square = cv2.blur(pixels * pixels, (size, size), borderType=cv2.BORDER_REFLECT_101)
    spread = np.sqrt((square - mean * mean).clip(0).sum(-1)).astype(np.float64)
    weight = (2e-3 + spread) ** -_SHARPNESS
    total, weights = np.zeros(pixels.shape), np.zeros(pixels.shape[:2])
    for turn in range(8):
        shift = radius * 0.75 * np.array([np.cos(turn * np.pi / 4), np.sin(turn * np.pi / 4)])
        down, across = (round(part) for part in shift)
        moved = np.roll(weight, (down, across), (0, 1))
        total += moved[..., None] * np.roll(mean, (down, across), (0, 1))
        weights += moved
    return (total / weights[..., None]).astype(np.float32)
