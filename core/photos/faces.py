"""Face detection in portraits, by a cascade of local binary patterns.

scikit-image bundles the cascade (Liao et al. 2007; trained for frontal faces by OpenCV's authors). It fires
many times around a face and rarely twice elsewhere, so overlapping detections are counted. It detects frontal, upright
faces and often misses profiles, tilted heads and covered eyes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..color.srgb import REC709_LUMA

if TYPE_CHECKING:
    from skimage.feature import Cascade

_SEARCH_SIZE = 160  # pixels of the longer side: as good as 256 and faster
_FINE_SIZE = 320  # where nothing is found at that: people side by side, or further away
_MARGIN = 0.1  # share of the longer side that is padded, for faces that the edge cuts
_LEAST_WINDOW = 24  # pixels: the smallest face is 15 % of the longer side, and half of that in the fine search
_SCALE_STEP = 1.1  # ratio of successive window sizes
_AGREEING = 0.5  # intersection over union of two windows that count as one face
_MIDDLE = (0.45, 0.5)  # (y, x), expected position of the face
_SURE = 2.5  # smallest score of a face; 8 % of rotated portraits, which have none, reach it
_SURE_FINE = 4.0  # the same for the fine search
_TILT, _SURE_TILTED = 12.0, 3.0  # degrees, and the same for heads tilted by about that
_SURE_TURNED = 5.0  # the same for rotated photos, of which three rotations are tried; 1.5 % reach it
# From window to face, fitted to masks of faces: height, width and downward shift in units of the window.
_FACE_HEIGHT, _FACE_WIDTH, _FACE_DOWN = 1.02, 0.85, 0.06
_ROUNDING = 1e-6


@dataclass(frozen=True)
class FaceBox:
    """A rectangle within a photo, in fractions of its height and width."""

    top: float
    left: float
    height: float
    width: float

    def __post_init__(self) -> None:
        ends = self.top + self.height, self.left + self.width
        inside = min(self.top, self.left) >= 0 and max(ends) <= 1 + _ROUNDING
        if not inside or self.height <= 0 or self.width <= 0:
            raise ValueError(f"box must be a rectangle within 0 to 1, got {self}")

    @property
    def center(self) -> tuple[float, float]:
        """(y, x)."""
        return self.top + self.height / 2, self.left + self.width / 2

    @classmethod
    def clipped(cls, top: float, left: float, bottom: float, right: float) -> FaceBox:
        """Clip a rectangle to the photo."""
        top, left = max(0.0, top), max(0.0, left)
        return cls(top, left, min(1.0, bottom) - top, min(1.0, right) - left)


def find_face(pixels: np.ndarray) -> FaceBox | None:
    """Find the most plausible face: many overlapping detections, large, near the expected position.

    Args:
        pixels: (H, W, 3) in [0, 1], sRGB-encoded, upright; a proxy is enough, since the search runs at 160 pixels, and
            where nothing is found there, at 320, and for heads that are tilted.

    Returns:
        The face from forehead to chin, or None.
    """
    score, box = _best_face(pixels)
    return box if score >= _SURE else _hard_face(pixels)


def face_turn(pixels: np.ndarray) -> int | None:
    """Return the rotation at which a face is found in a photo.

    Args:
        pixels: as for `find_face`.

    Returns:
        None if a face is found without rotation; else 90, 180 or 270 degrees clockwise, or 0 if none is found.
    """
    if _best_face(pixels)[0] >= _SURE:
        return None
    scores = {turn: _best_face(np.rot90(pixels, -turn // 90))[0] for turn in (90, 270, 180)}
    turn = max(scores, key=scores.__getitem__)
    if scores[turn] >= _SURE_TURNED:
        return turn
    return 0 if _hard_face(pixels) is None else None


def _hard_face(pixels: np.ndarray) -> FaceBox | None:
    """Find a face that is small, as those of several people are, or on a tilted head."""
    score, box = _best_face(pixels, _FINE_SIZE)
    if score >= _SURE_FINE:
        return box
    found = {tilt: _best_face(_tilted(pixels, tilt)) for tilt in (_TILT, -_TILT)}
    tilt = max(found, key=lambda tilt: found[tilt][0])
    score, box = found[tilt]
    return _untilted(box, tilt, pixels.shape[:2]) if box is not None and score >= _SURE_TILTED else None


def _tilted(pixels: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate a photo about its middle, counterclockwise; its edges are continued."""
    import cv2

    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    floats = pixels.astype(np.float32, copy=False)
    return cv2.warpAffine(floats, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _untilted(box: FaceBox, degrees: float, shape: tuple[int, ...]) -> FaceBox | None:
    """Return the place in a photo of a face that was found in it when rotated; None if that is outside."""
    height, width = shape[:2]
    y, x = ((box.center[0] - 0.5) * height, (box.center[1] - 0.5) * width)
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    down, across = (cosine * y + sine * x) / height + 0.5, (cosine * x - sine * y) / width + 0.5
    if not (0 < down < 1 and 0 < across < 1):
        return None
    half_height, half_width = box.height / 2, box.width / 2
    return FaceBox.clipped(down - half_height, across - half_width, down + half_height, across + half_width)


@cache
def _cascade() -> Cascade:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())


def _best_face(pixels: np.ndarray, size: int = _SEARCH_SIZE) -> tuple[float, FaceBox | None]:
    windows = _windows(pixels, size)
    if not len(windows):
        return 0.0, None
    agreeing = _overlaps(windows) > _AGREEING
    top, left, height, width = windows.T
    away = (((top + height / 2 - _MIDDLE[0]) / 0.5) ** 2) + (((left + width / 2 - _MIDDLE[1]) / 0.5) ** 2)
    scores = agreeing.sum(1) * (height * width) ** 0.25 * np.exp(-away)
    best = int(scores.argmax())
    return float(scores[best]), _face_of(windows[agreeing[best]].mean(0))


def _face_of(window: np.ndarray) -> FaceBox:
    top, left, height, width = (float(value) for value in window)
    y, x = top + height * (0.5 + _FACE_DOWN), left + width / 2
    half_height, half_width = height * _FACE_HEIGHT / 2, width * _FACE_WIDTH / 2
    return FaceBox.clipped(y - half_height, x - half_width, y + half_height, x + half_width)


def _windows(pixels: np.ndarray, size: int) -> np.ndarray:
    """Return all detections of the cascade, sorted: (N, 4) of (top, left, height, width) in fractions of the photo."""
    gray, margin = _search_image(pixels, size)
    height, width = gray.shape[0] - 2 * margin, gray.shape[1] - 2 * margin
    least = _LEAST_WINDOW
    most = min(gray.shape)
    if most <= least:
        return np.zeros((0, 4))
    # Positional, since the name of an argument differs between versions. No overlap exceeds 2, so nothing is merged
    # there: merging depends on the order of detections, which varies with several threads.
    found = _cascade().detect_multi_scale(gray, _SCALE_STEP, 1, (least, least), (most, most), 1, 2.0)
    windows = sorted((face["r"] - margin, face["c"] - margin, face["height"], face["width"]) for face in found)
    return np.array(windows, np.float64).reshape(-1, 4) / (height, width, height, width)


def _search_image(pixels: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """(H, W) float32 luma with a margin of repeated edge pixels, and the width of that margin."""
    import cv2

    gray = pixels.astype(np.float32) @ np.array(REC709_LUMA, np.float32)
    scale = size / max(gray.shape)
    sides = tuple(max(1, round(length * scale)) for length in gray.shape[::-1])
    gray = cv2.resize(gray, sides, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    margin = round(size * _MARGIN)
    return np.pad(gray, margin, mode="edge"), margin


def _overlaps(windows: np.ndarray) -> np.ndarray:
    """(N, N): intersection over union of each two windows."""
    top, left, height, width = windows.T
    bottom, right = top + height, left + width
    down = (np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)).clip(0)
    across = (np.minimum.outer(right, right) - np.maximum.outer(left, left)).clip(0)
    shared, area = down * across, height * width
    return shared / (area[:, None] + area - shared)
