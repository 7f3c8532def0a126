"""Labels of skin, hair and cloth, derived from a portrait's colors and its masks of subject and face.

Given are two masks. The face reaches from the middle of the forehead to the chin and has neither hair nor neck. What
follows from them, all at once for one photo:

- A Gaussian in Lab describes the colors of the face's inside; eyes, brows, lips, beard and highlights are trimmed as
  outliers. A pixel's distance to it says how much like skin it is.
- **skin**: like the face's skin, inside the subject, and part of an area that touches the face (ears, forehead, neck,
  shoulders) or, below the chin, of another area that is strictly alike (hands).
- **hair**: subject around and above the face, above the chin, unlike skin; below the chin what is connected with it
  and has its color, unlike the cloth's.
- **cloth**: subject below the chin, unlike skin, not hair; and, where the data says that there is a hat, what is above
  the forehead, unlike skin.

Where this decides nothing, the label's weight is 0: there is no made-up answer in it. Around other headwear, and around
a hat's edge, hair and cloth are unknown. A photo without chroma gets none of the three.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

REGIONS = ("subject", "face", "skin", "hair", "cloth")
_LIKE, _UNLIKE = 2.6, 4.2  # distances to the skin's colors: certainly skin below, certainly none above
_SAME = 2.2  # median distance to the skin's colors below which a head's rim is taken for bald
_LEAST_SPREAD = np.array([7.0, 2.2, 2.6])  # Lab: no skin is told more exactly than this, light varies on a body
_LEAST_CHROMA = 4.0  # mean chroma of a face below which a photo is taken for black-and-white
_VAGUE_LIGHTNESS = 16.0  # spread of a skin's lightness beyond which its colors tell little away from the face
_LEAST_KEPT = 0.35  # of the face's inside that its color model has to explain


class Headwear(Enum):
    """What a head wears, as far as the data says."""

    NONE = "none"
    HAT = "hat"  # covers all that is above the forehead
    OTHER = "other"  # covers some of it


@dataclass(frozen=True)
class RegionLabels:
    """What is known of one photo.

    Attributes:
        values: (5, H, W) float32 in [0, 1], in the order of REGIONS.
        weights: (5, H, W) float32 in [0, 1]; 0 where nothing is known.
    """

    values: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class _Colors:
    mean: np.ndarray
    precision: np.ndarray

    @classmethod
    def of(cls, lab: np.ndarray, least_spread: np.ndarray, rounds: int = 5) -> tuple[_Colors, float]:
        """Fit to (N, 3), trimming outliers; also the share that was kept."""
        kept = lab
        center = np.median(lab, 0)
        spread = 1.5 * np.median(np.abs(lab - center), 0) + least_spread
        colors = cls(center, np.diag(1 / spread**2))
        for _ in range(rounds):
            kept = lab[colors.distance(lab) < 2.2]
            if len(kept) < 12:
                return colors, 0.0
            covariance = np.cov(kept.T) * 1.35 + np.diag(least_spread**2)
            colors = cls(kept.mean(0), np.linalg.inv(covariance))
        return colors, len(kept) / len(lab)

    def distance(self, lab: np.ndarray) -> np.ndarray:
        away = lab - self.mean
        return np.sqrt(np.einsum("...i,ij,...j->...", away, self.precision, away))


def derive_labels(
    pixels: np.ndarray, subject: np.ndarray, face: np.ndarray | None, headwear: Headwear = Headwear.NONE
) -> RegionLabels:
    """Derive all labels of a photo.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded.
        subject: (H, W) float32 in [0, 1].
        face: the same, or None where there is no trustworthy mask.
        headwear: what the head wears, which colors do not tell from hair.

    Returns:
        Values and weights.
    """
    values = np.zeros((5, *subject.shape), np.float32)
    weights = np.zeros_like(values)
    values[0], weights[0] = subject, 1
    if face is None or face.max() < 0.5:
        return RegionLabels(values, weights)
    values[1], weights[1] = face, 1
    lab = cv2.cvtColor(cv2.bilateralFilter(pixels, 5, 0.08, 2.0), cv2.COLOR_RGB2LAB)
    parts = _Parts(lab, subject, face, headwear)
    if parts.is_told:
        for index, (value, weight) in enumerate((parts.skin(), parts.hair(), parts.cloth()), 2):
            values[index], weights[index] = value, weight
    return RegionLabels(values, weights)


class _Parts:
    def __init__(self, lab: np.ndarray, subject: np.ndarray, face: np.ndarray, headwear: Headwear) -> None:
        self._subject, self._face, self._headwear = subject, face, headwear
        rows, columns = np.nonzero(face > 0.5)
        self._rows, self._columns = np.indices(face.shape)
        self._top, self._chin = int(rows.min()), int(rows.max())
        self._left, self._right = int(columns.min()), int(columns.max())
        self._size = max(8.0, float(np.sqrt(len(rows)) * 1.15))  # about the face's height
        self._sure = subject > 0.8
        inside = _shrunk(face > 0.5, self._size * 0.1)
        inside = inside if inside.sum() > 30 else face > 0.5
        chroma = float(np.hypot(lab[inside, 1], lab[inside, 2]).mean())
        self._lab = self._evened(lab, inside)
        self._skin_colors, kept = _Colors.of(self._lab[inside], _LEAST_SPREAD)
        self._is_vague = float(np.linalg.inv(self._skin_colors.precision)[0, 0]) > _VAGUE_LIGHTNESS**2
        self.is_told = kept >= _LEAST_KEPT and chroma > _LEAST_CHROMA
        self._to_skin = self._blurred(self._skin_colors.distance(self._lab))
        self._to_hair = self._distance_to(self._hair_seed())
        self._to_cloth = self._distance_to(self._cloth_seed())
        self._skin_area, self._skin_open = self._skin_areas()
        self._hair_area, self._hair_open = self._hair_areas()
        if headwear is not Headwear.NONE:
            self._hair_area &= self._rows > self._chin

    def _evened(self, lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Take the slope of light over the face out of lightness, as far as the face reaches."""
        x = (self._columns.clip(self._left, self._right) - self._left) / max(1, self._right - self._left) - 0.5
        y = (self._rows.clip(self._top, self._chin) - self._top) / max(1, self._chin - self._top) - 0.5
        basis = np.stack([np.ones_like(x), x, y], -1)
        kept = np.nonzero(inside)
        for _ in range(4):
            slope, *_ = np.linalg.lstsq(basis[kept], lab[kept][:, 0], rcond=None)
            away = np.abs(lab[..., 0] - basis @ slope)
            kept = np.nonzero(inside & (away <= 2.0 * np.median(away[inside])))
        even = lab.astype(np.float64)
        even[..., 0] -= basis[..., 1:] @ slope[1:]
        return even

    def _blurred(self, values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values.astype(np.float32), (0, 0), max(0.5, self._size * 0.012))

    def _distance_to(self, seed: np.ndarray) -> np.ndarray:
        """The distance to a seed's colors; far everywhere where the seed is too small or is like skin."""
        if seed.sum() < 40 or np.median(self._to_skin[seed]) < _SAME:
            return np.full(seed.shape, np.inf, np.float32)
        return self._blurred(_Colors.of(self._lab[seed], np.array([5.0, 2.5, 2.5]))[0].distance(self._lab))

    def _hair_seed(self) -> np.ndarray:
        """The rim of the head above the face."""
        depth = cv2.distanceTransform(self._sure.astype(np.uint8), cv2.DIST_L2, 5)
        above = self._rows < self._top + 0.1 * self._size
        across = np.abs(self._columns - (self._left + self._right) / 2) < 0.7 * self._size
        seed = self._sure & above & across & (self._face < 0.05)
        rim = seed & (depth < 0.16 * self._size)
        return rim if rim.sum() >= 40 else seed & (self._to_skin > _LIKE)

    def _cloth_seed(self) -> np.ndarray:
        """The lowest part of the subject, well below the chin."""
        end = self._subject.shape[0]
        start = max(self._chin + 0.25 * self._size, end - 0.35 * (end - self._chin))
        return self._sure & (self._rows >= start) & (self._to_skin > _LIKE)

    def _skin_areas(self) -> tuple[np.ndarray, np.ndarray]:
        other = np.minimum(self._to_hair, self._to_cloth)
        alike = (self._to_skin < _UNLIKE) & (self._subject > 0.2) & (self._to_skin < other + 1.0)
        inner = _shrunk(self._face > 0.5, 1)
        like = (self._to_skin < _LIKE) & (self._subject > 0.5) & ((self._to_skin < other - 0.5) | inner)
        like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        touching = _connected(like, _grown(self._face > 0.5, 2))
        middle = (self._left + self._right) / 2
        down = self._rows - self._chin
        within = (down < 0.9 * self._size) & (self._rows > self._top - 0.45 * self._size)
        within &= np.abs(self._columns - middle) < 0.55 * self._size + 0.9 * down.clip(0)
        area = touching & within
        if self._is_vague:
            area &= _grown(self._face > 0.5, 0.12 * self._size)
            alike |= (self._subject > 0.2) & (self._to_skin < 1.5 * _UNLIKE)
        return area, alike & ~area

    def _hair_areas(self) -> tuple[np.ndarray, np.ndarray]:
        unlike = self._sure & (self._face < 0.3) & ~self._skin_area
        unlike &= (self._to_skin > _UNLIKE) | ((self._to_hair < 3) & (self._to_hair + 1 < self._to_skin))
        outside = cv2.distanceTransform((self._face < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        nose = self._top + 0.5 * (self._chin - self._top)
        mouth = self._top + 0.8 * (self._chin - self._top)
        head = unlike & (self._rows < nose) & (outside < 0.9 * self._size)
        head = _connected(head, head & (self._rows < self._top + 0.2 * self._size)) if head.any() else head
        like_hair = unlike & (self._to_hair < 3.2) & (self._to_hair + 0.7 < self._to_cloth)
        low = like_hair & (self._rows >= nose) & (outside < 1.6 * self._size)
        low = _connected(low | head, head) & (self._rows >= nose) if head.any() else low
        at_mouth = unlike & (self._to_hair < 4.0) & (np.abs(self._rows - mouth) < 2)
        is_short = at_mouth.sum(1).max(initial=0) < 0.06 * self._size
        if is_short:
            low &= self._rows < mouth
        middle = np.abs(self._columns - (self._left + self._right) / 2)
        low &= (self._rows < self._chin - 0.1 * self._size) | (middle > 0.25 * self._size)  # else a collar, or a beard
        area = head | low
        # Beside the jaw, and below it under long hair, hair and cloth may be one or the other.
        end = self._chin + (0.0 if is_short else 2.0 * self._size)
        may_be_hair = (self._to_hair < 4.0) | ~np.isfinite(self._to_hair) | (self._rows < self._chin)
        open_ = self._sure & ~area & ~self._skin_area & (self._rows < end) & may_be_hair
        return area, open_ & (self._face < 0.3)

    def skin(self) -> tuple[np.ndarray, np.ndarray]:
        """Skin that touches the face; unknown where colors decide nothing or what is like it lies apart."""
        value = _smooth(self._skin_area & (self._subject > 0.2), self._lab)
        weight = np.ones_like(value)
        weight[self._skin_open] = 0
        if self._headwear is not Headwear.NONE:  # it may have the color of skin
            weight[self._skin_area & (self._rows < self._top) & (self._face < 0.05)] = 0
        return value, weight

    def hair(self) -> tuple[np.ndarray, np.ndarray]:
        """Hair around and above the face; unknown under hats, in beards, and where it resembles skin or cloth."""
        value = _smooth(self._hair_area, self._lab)
        weight = np.ones_like(value)
        weight[(self._subject > 0.2) & (self._subject < 0.8)] = 0.3
        beard = (self._face > 0.2) & (self._to_skin > _LIKE)
        weight[self._hair_open | beard | (self._skin_open & ~self._hair_area & (self._rows < self._chin))] = 0
        if self._headwear is not Headwear.NONE:
            weight[(self._subject > 0.2) & (self._face < 0.5) & ~self._skin_area & ~self._hat()] = 0
        return value, weight

    def cloth(self) -> tuple[np.ndarray, np.ndarray]:
        """Cloth below the chin; unknown where it may be skin or hair."""
        below = self._rows > self._chin + 0.06 * self._size
        unlike = (self._to_skin > _UNLIKE) | ((self._to_cloth < 3) & (self._to_cloth + 1 < self._to_skin))
        area = self._sure & below & unlike & ~self._hair_area & ~self._hair_open & ~self._skin_area
        area |= self._hat()
        value = _smooth(area, self._lab)
        weight = np.ones_like(value)
        inside = (self._subject > 0.2) & ~area & ~self._skin_area
        weight[(self._subject > 0.2) & (self._subject < 0.8)] = 0.3
        weight[inside & (self._hair_open | (below & ~self._hair_area)) & (self._face < 0.3)] = 0
        if self._headwear is not Headwear.NONE:
            weight[(self._subject > 0.2) & (self._rows < self._chin) & (self._face < 0.5) & ~self._hat()] = 0
        return value, weight

    def _hat(self) -> np.ndarray:
        above = self._sure & (self._rows < self._top) & (self._face < 0.05) & (self._to_skin > _LIKE)
        return above & (self._headwear is Headwear.HAT)


def _grown(area: np.ndarray, radius: float) -> np.ndarray:
    return cv2.dilate(area.astype(np.uint8), _disk(radius)) > 0


def _shrunk(area: np.ndarray, radius: float) -> np.ndarray:
    return cv2.erode(area.astype(np.uint8), _disk(radius)) > 0


def _disk(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _connected(area: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """The connected parts of an area that the seed touches."""
    _, parts = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    touched = np.unique(parts[seed & area])
    return np.isin(parts, touched[touched > 0])


def _smooth(area: np.ndarray, lab: np.ndarray, radius: int = 3, regularity: float = 20.0) -> np.ndarray:
    """An area's edges led along the edges of lightness (a gray guided filter, He et al. 2010)."""

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * radius + 1, 2 * radius + 1))

    guide, value = lab[..., 0].astype(np.float32), area.astype(np.float32)
    guide_mean, value_mean = mean(guide), mean(value)
    slope = (mean(guide * value) - guide_mean * value_mean) / (mean(guide * guide) - guide_mean**2 + regularity)
    return np.clip(mean(slope) * guide + mean(value_mean - slope * guide_mean), 0, 1)
