"""Labels of skin, hair and cloth, derived from a portrait's colors and its masks of subject and face.

The inputs are two masks. The face extends from the middle of the forehead to the chin, without hair and neck. For one
photo at a time:

- A Gaussian in Lab is fitted to the colors inside the face; eyes, brows, lips, beard and highlights are trimmed as
  outliers. A pixel's distance to it measures how much it resembles skin.
- **skin**: like the face's skin, inside the subject, and part of an area that touches the face (ears, forehead, neck,
  shoulders) or, below the chin, of another area that is strictly alike (hands).
- **hair**: subject around and above the face, above the chin, unlike skin; below the chin what is connected with it
  and has its color, unlike the cloth's.
- **cloth**: subject below the chin, unlike skin, not hair; and, where the data says that there is a hat, what is above
  the forehead, unlike skin.

Where these rules do not decide, the weight of the label is 0. Around other headwear, and at the edge of a hat, hair and
cloth are unknown. A photo without chroma gets none of the three.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from .color_model import ColorModel

_LIKE, _UNLIKE = 2.6, 4.2  # distances to skin colors: certainly skin below, certainly not above
_SAME = 2.2  # median distance to skin colors below which the rim of a head is bald
_SKIN_SPREAD = np.array([7.0, 2.2, 2.6])  # Lab: smallest deviations of skin, since light varies on a body
_LEAST_CHROMA = 4.0  # mean chroma of a face below which a photo is black-and-white
_SEED_SPREAD = np.array([5.0, 2.5, 2.5])  # the same of hair and cloth
_LEAST_SEED = 40  # pixels
_VAGUE_LIGHTNESS = 16.0  # deviation of the lightness of skin above which its colors are not used away from the face
_GUIDE_SIZE, _REGULARITY = 7, 20.0  # window in pixels and regularity in L*^2 of the guided filter
_LEAST_KEPT = 0.35  # share of the face that its color model must explain


class Headwear(Enum):
    """Headwear, as far as the data names it."""

    NONE = "none"
    HAT = "hat"  # covers everything above the forehead
    OTHER = "other"  # covers a part of it


@dataclass(frozen=True)
class RegionLabels:
    """Labels of one photo.

    Attributes:
        values: (5, H, W) float32 in [0, 1], in the order of REGIONS.
        weights: (5, H, W) float32 in [0, 1]; 0 where the label is unknown.
    """

    values: np.ndarray
    weights: np.ndarray


def derive_labels(
    pixels: np.ndarray, subject: np.ndarray, face: np.ndarray | None, headwear: Headwear = Headwear.NONE
) -> RegionLabels:
    """Derive all labels of a photo.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded.
        subject: (H, W) float32 in [0, 1].
        face: the same; None without a reliable mask.
        headwear: of the person, since colors do not distinguish it from hair.

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
    """The regions of one photo. `_to_*` are Mahalanobis distances, of the photo's size."""

    def __init__(self, lab: np.ndarray, subject: np.ndarray, face: np.ndarray, headwear: Headwear) -> None:
        self._subject, self._face, self._headwear = subject, face, headwear
        rows, columns = np.nonzero(face > 0.5)
        self._rows, self._columns = np.indices(face.shape)
        self._top, self._chin = int(rows.min()), int(rows.max())
        self._left, self._right = int(columns.min()), int(columns.max())
        self._size = max(8.0, float(np.sqrt(len(rows)) * 1.15))  # approximately the height of the face
        self._sure = subject > 0.8
        self._from_face = cv2.distanceTransform((face < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        inside = _shrunk(face > 0.5, self._size * 0.1)
        inside = inside if inside.sum() > 30 else face > 0.5
        chroma = float(np.hypot(lab[inside, 1], lab[inside, 2]).mean())
        self._lab = self._evened(lab, inside)
        skin = ColorModel.fit(self._lab[inside], _SKIN_SPREAD)
        self._is_vague = skin.lightness_spread > _VAGUE_LIGHTNESS
        self.is_told = skin.kept_share >= _LEAST_KEPT and chroma > _LEAST_CHROMA
        self._to_skin = self._blurred(skin.distance(self._lab))
        self._to_hair = self._distance_to(self._hair_seed())
        self._to_cloth = self._distance_to(self._cloth_seed())
        self._skin_area, self._skin_open = self._skin_areas()
        self._hair_area, self._hair_open = self._hair_areas()
        if headwear is not Headwear.NONE:
            self._hair_area &= self._rows > self._chin

    def _evened(self, lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Remove the linear gradient of light over the face from lightness."""
        x = (self._columns.clip(self._left, self._right) - self._left) / max(1, self._right - self._left) - 0.5
        y = (self._rows.clip(self._top, self._chin) - self._top) / max(1, self._chin - self._top) - 0.5
        basis = np.stack([np.ones_like(x), x, y], -1)
        kept = np.nonzero(inside)
        slope = np.zeros(3)
        for _ in range(4):  # trims all but lit and shaded skin
            slope, *_ = np.linalg.lstsq(basis[kept], lab[kept][:, 0], rcond=None)
            away = np.abs(lab[..., 0] - basis @ slope)
            kept = np.nonzero(inside & (away <= 2.0 * np.median(away[inside])))
        even = lab.astype(np.float64)
        even[..., 0] -= basis[..., 1:] @ slope[1:]
        return even

    def _blurred(self, values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values.astype(np.float32), (0, 0), max(0.5, self._size * 0.012))

    def _distance_to(self, seed: np.ndarray) -> np.ndarray:
        """Return the distance to a seed's colors; large everywhere if the seed is too small or resembles skin."""
        if seed.sum() < _LEAST_SEED or np.median(self._to_skin[seed]) < _SAME:
            return np.full(seed.shape, np.inf, np.float32)
        return self._blurred(ColorModel.fit(self._lab[seed], _SEED_SPREAD).distance(self._lab))

    def _hair_seed(self) -> np.ndarray:
        """The rim of the head above the face."""
        depth = cv2.distanceTransform(self._sure.astype(np.uint8), cv2.DIST_L2, 5)
        above = self._rows < self._top + 0.1 * self._size
        across = np.abs(self._columns - (self._left + self._right) / 2) < 0.7 * self._size
        seed = self._sure & above & across & (self._face < 0.05)
        rim = seed & (depth < 0.16 * self._size)
        return rim if rim.sum() >= _LEAST_SEED else seed & (self._to_skin > _LIKE)

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
        """Return hair, and the areas that may be hair or cloth: beside the jaw, and below long hair."""
        unlike = self._sure & (self._face < 0.3) & ~self._skin_area
        unlike &= (self._to_skin > _UNLIKE) | ((self._to_hair < 3) & (self._to_hair + 1 < self._to_skin))
        head = self._hair_of_head(unlike)
        is_short = self._is_short(unlike)
        area = head | self._low_hair(unlike, head, is_short)
        end = self._chin + (0.0 if is_short else 2.0 * self._size)
        may_be_hair = (self._to_hair < 4.0) | ~np.isfinite(self._to_hair) | (self._rows < self._chin)
        open_ = self._sure & ~area & ~self._skin_area & (self._rows < end) & may_be_hair
        return area, open_ & (self._face < 0.3)

    def _hair_of_head(self, unlike: np.ndarray) -> np.ndarray:
        """Above the nose and near the face, connected with what is above the eyes."""
        head = unlike & (self._rows < self._at(0.5)) & (self._from_face < 0.9 * self._size)
        return _connected(head, head & (self._rows < self._top + 0.2 * self._size))

    def _is_short(self, unlike: np.ndarray) -> bool:
        """Whether nothing like hair is beside the mouth."""
        beside = unlike & (self._to_hair < 4.0) & (np.abs(self._rows - self._at(0.8)) < 2)
        return bool(beside.sum(1).max(initial=0) < 0.06 * self._size)

    def _low_hair(self, unlike: np.ndarray, head: np.ndarray, is_short: bool) -> np.ndarray:
        """Below the nose: closer to the color of the head's hair than to cloth, and connected with it."""
        low = unlike & (self._to_hair < 3.2) & (self._to_hair + 0.7 < self._to_cloth)
        low &= (self._rows >= self._at(0.5)) & (self._from_face < 1.6 * self._size)
        low = _connected(low | head, head) & low
        if is_short:
            low &= self._rows < self._at(0.8)
        across = np.abs(self._columns - (self._left + self._right) / 2)
        return low & ((self._rows < self._chin - 0.1 * self._size) | (across > 0.25 * self._size))  # else collar, beard

    def _at(self, share: float) -> float:
        """Return the row at a fraction of the face's height."""
        return self._top + share * (self._chin - self._top)

    def skin(self) -> tuple[np.ndarray, np.ndarray]:
        """Skin that touches the face; unknown where colors do not decide, or in separate similar areas."""
        value = _smooth(self._skin_area & (self._subject > 0.2), self._lab)
        weight = np.ones_like(value)
        weight[self._skin_open] = 0
        if self._headwear is not Headwear.NONE:  # which may have the color of skin
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
    """Return the connected parts of an area that touch the seed."""
    _, parts = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    touched = np.unique(parts[seed & area])
    return np.isin(parts, touched[touched > 0])


def _smooth(area: np.ndarray, lab: np.ndarray) -> np.ndarray:
    """Align the edges of an area with those of lightness (gray guided filter, He et al. 2010)."""

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (_GUIDE_SIZE, _GUIDE_SIZE))

    guide, value = lab[..., 0].astype(np.float32), area.astype(np.float32)
    guide_mean, value_mean = mean(guide), mean(value)
    slope = (mean(guide * value) - guide_mean * value_mean) / (mean(guide * guide) - guide_mean**2 + _REGULARITY)
    return np.clip(mean(slope) * guide + mean(value_mean - slope * guide_mean), 0, 1)
