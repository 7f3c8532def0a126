"""Estimation of how much of grain differs by channel, in closed form.

Gray grain is the same in all channels and leaves no differences between them; grain of its own in each channel does.
Both are measured in a copy of half the size, in the flattest patches; where a file keeps color at half the resolution,
what that takes away is added again.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..color.srgb import REC709_LUMA, luma_of

_PATCH = 8  # pixels of the copy
_FLAT_SHARE = 0.15  # of the patches
_LEAST_PATCHES = 40
_PLAIN = 0.02  # ratio of red less green to luma that gray grain over plain photos shows
_LEFT = (1.0, 0.55, 0.3)  # of the ratio after 4:4:4, 4:2:2 and 4:2:0; of grains from 1/1500 to 1/600 0.22 to 0.38
_LEAST = 0.05  # of the share; less is none


def color_ratio(pixels: np.ndarray, subsampling: int = 0) -> float | None:
    """Return the variance of red less green beside that of luma, in flat patches.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded.
        subsampling: of color in its file, as in `Encoding`; 0 for a copy that is smaller than the file's photo.

    Returns:
        The ratio without the loss by subsampling; None where there are too few patches.
    """
    size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    luma = luma_of(small)[..., 0]
    deviations = [_deviations(part) for part in (luma, small[..., 0] - small[..., 1])]
    tones = _patches(luma).mean(1)
    usable = np.flatnonzero((tones > 0.1) & (tones < 0.85))
    if len(usable) * _FLAT_SHARE < _LEAST_PATCHES:
        return None
    flatness = sum(part[usable] / max(float(np.median(part[usable])), 1e-9) for part in deviations)  # biased to neither
    flat = usable[np.argsort(flatness)[: int(len(usable) * _FLAT_SHARE)]]
    ratio = float(np.median(deviations[1][flat])) / max(float(np.median(deviations[0][flat])), 1e-9)
    return ratio / _LEFT[subsampling]


def color_share(ratios: Sequence[float]) -> float:
    """Return the share of the variance of grain that differs by channel, 0 to 1, from the ratios of several photos."""
    if not ratios:
        return 0.0
    ratio = max(float(np.median(ratios)) - _PLAIN, 0.0)
    own = 1 - float(np.square(REC709_LUMA).sum())  # of the variance in luma that independent channels lose
    share = ratio / (2 + own * ratio)
    return 0.0 if share < _LEAST else min(share, 1.0)


def _deviations(values: np.ndarray) -> np.ndarray:
    """(N,): variance of patches, less their slope."""
    patches = _patches(values)
    y, x = (axis.ravel() - (_PATCH - 1) / 2 for axis in np.mgrid[:_PATCH, :_PATCH].astype(np.float32))
    basis = np.linalg.qr(np.stack([np.ones_like(y), y, x], 1))[0].astype(np.float32)
    return (patches**2).sum(1) - ((patches @ basis) ** 2).sum(1)


def _patches(values: np.ndarray) -> np.ndarray:
    height, width = (length // _PATCH for length in values.shape)
    whole = values[: height * _PATCH, : width * _PATCH].reshape(height, _PATCH, width, _PATCH)
    return np.ascontiguousarray(whole.swapaxes(1, 2)).reshape(-1, _PATCH**2)
