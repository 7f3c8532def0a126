"""Detection of photos of the same picture: resized, saved again, lighter or darker, slightly cropped, or of one burst.

Two stages: a coarse descriptor of every photo selects candidate pairs; each pair is aligned and compared in detail.
Different people before the same backdrop match coarsely, but not after alignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..color.srgb import REC709_LUMA
from ..imaging.proxy import resize_to_square

_DETAIL = 64
_COARSE = 16
_COLORS = 8
_BLOCK = 1024


@dataclass(frozen=True)
class SimilaritySettings:
    """Thresholds of the detection. Correlations are of high-pass filtered luma."""

    least_coarse: float = 0.55  # correlation of 16 x 16 thumbnails of a candidate pair
    least_detail: float = 0.85  # correlation of aligned 64 x 64 thumbnails
    most_strange: float = 0.02  # largest share of the aligned picture with other content
    most_color: float = 0.06  # mean distance of opponent colors: a black-and-white print is another picture
    most_move: float = 0.12  # largest stretch or shift of the alignment, as a share of the side

    def __post_init__(self) -> None:
        for name in ("least_coarse", "least_detail"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be above 0, at most 1, got {getattr(self, name)}")


@dataclass(frozen=True)
class Fingerprint:
    """Features of a photo for comparison: about 6 KB.

    Attributes:
        coarse: (256,) float32 of length 1: the descriptor.
        detail: (64, 64) uint8 luma.
        colors: (8, 8, 2) float32 opponent colors.
    """

    coarse: np.ndarray
    detail: np.ndarray
    colors: np.ndarray


def fingerprint(pixels: np.ndarray) -> Fingerprint:
    """Measure a photo for comparison.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], any size.
    """
    luma = pixels @ np.array(REC709_LUMA, np.float32)
    detail = resize_to_square(luma, _DETAIL)
    coarse = resize_to_square(_without_shade(detail), _COARSE).ravel()
    coarse = coarse - coarse.mean()
    length = float(np.linalg.norm(coarse))
    small = resize_to_square(pixels, _COLORS)
    colors = np.stack([small[..., 0] - small[..., 1], small[..., 2] - small[..., 1]], axis=-1)
    return Fingerprint(coarse / max(length, 1e-6), np.round(detail.clip(0, 1) * 255).astype(np.uint8), colors)


def find_repeats(prints: Sequence[Fingerprint], settings: SimilaritySettings | None = None) -> dict[int, int]:
    """Find photos that repeat an earlier one.

    Args:
        prints: of all photos, in order of preference.
        settings: None for the defaults.

    Returns:
        For each repeat, the index of the first photo it repeats; that photo is not itself a repeat.
    """
    settings = settings or SimilaritySettings()
    repeats: dict[int, int] = {}
    for first, second in _candidates(prints, settings.least_coarse):
        if first in repeats or second in repeats:
            continue
        if is_same_picture(prints[first], prints[second], settings):
            repeats[second] = first
    return repeats


def is_same_picture(first: Fingerprint, second: Fingerprint, settings: SimilaritySettings) -> bool:
    """Whether two photos show the same picture after alignment."""
    if float(np.abs(first.colors - second.colors).mean()) > settings.most_color:
        return False
    return _agree(first.detail, second.detail, settings)


def _candidates(prints: Sequence[Fingerprint], least: float) -> Iterator[tuple[int, int]]:
    """Yield candidate pairs (earlier, later), by the earlier one; blocks of 1024 x 1024 keep memory small."""
    if not prints:
        return
    coarse = np.stack([item.coarse for item in prints])
    for start in range(0, len(coarse), _BLOCK):
        rows = coarse[start : start + _BLOCK]
        found = [_alike(rows, start, coarse[at : at + _BLOCK], at, least) for at in range(start, len(coarse), _BLOCK)]
        pairs = np.concatenate(found)
        for first, second in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
            yield int(first), int(second)


def _alike(rows: np.ndarray, row_start: int, columns: np.ndarray, column_start: int, least: float) -> np.ndarray:
    first, second = np.nonzero(rows @ columns.T >= least)
    pairs = np.stack([first + row_start, second + column_start], axis=1)
    return pairs[pairs[:, 0] < pairs[:, 1]]


def _agree(first: np.ndarray, second: np.ndarray, settings: SimilaritySettings) -> bool:
    """Whether two (64, 64) lumas match after alignment (Evangelidis and Psarakis 2008), globally and locally."""
    left, right = (_without_shade(image.astype(np.float32) / 255) for image in (first, second))
    everywhere = np.ones(left.shape, np.uint8)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        start = np.eye(2, 3, dtype=np.float32)
        _, found = cv2.findTransformECC(left, right, start, cv2.MOTION_AFFINE, criteria, everywhere, 3)
    except cv2.error:  # it did not converge
        return False
    warp = np.asarray(found)
    if _movement(warp) > settings.most_move:
        return False
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(right, warp, (_DETAIL, _DETAIL), flags=flags)
    inside = cv2.warpAffine(np.ones_like(right), warp, (_DETAIL, _DETAIL), flags=flags) > 0.99
    if _correlation(left[inside], moved[inside]) < settings.least_detail:
        return False
    return _strange_share(left, moved, inside) <= settings.most_strange


def _strange_share(left: np.ndarray, moved: np.ndarray, inside: np.ndarray) -> float:
    """Return the share of two aligned pictures with different content, such as another person before the same wall."""
    count = max(int(inside.sum()), 1)
    scaled = [np.where(inside, image, 0) / max(float(image[inside].std()), 1e-6) for image in (left, moved)]
    difference = cv2.blur((scaled[0] - scaled[1]) ** 2, (7, 7))
    energy = cv2.blur(scaled[0] ** 2 + scaled[1] ** 2, (7, 7))
    # The difference of unrelated content equals its energy; plain areas have too little energy to count.
    return float(((difference > 0.5 * energy + 0.1) & inside).sum()) / count


def _movement(warp: np.ndarray) -> float:
    """Return the largest movement of a corner, as a share of the side."""
    corners = np.array([[0, 0, 1], [_DETAIL, 0, 1], [0, _DETAIL, 1], [_DETAIL, _DETAIL, 1]], np.float32)
    return float(np.abs(corners @ warp.T - corners[:, :2]).max()) / _DETAIL


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    left, right = left - left.mean(), right - right.mean()
    return float((left * right).sum() / max(float(np.linalg.norm(left) * np.linalg.norm(right)), 1e-6))


def _without_shade(luma: np.ndarray) -> np.ndarray:
    """High-pass filter luma, which removes the light of backdrops."""
    return luma - cv2.GaussianBlur(luma, (0, 0), luma.shape[0] / 10)
