"""Scores of restyled photos: distance from the truth, and tameness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from portrait_atelier.core.color.lab import srgb_to_lab

from .color_difference import ciede2000

# A content photo (H, W, 3) float32 in [0, 1], and the step s: its restyled pixels [::s, ::s].
Restyle = Callable[[np.ndarray, int], np.ndarray]
_LEAST = 1e-6


@dataclass(frozen=True)
class Case:
    """Photos to restyle, and their answers.

    Attributes:
        contents: each (H, W, 3) float32 in [0, 1], the whole photo.
        truths: each under the true look, in Lab, every `step`-th pixel of rows and columns.
        faces: masks (bool) on the same grid, or None where there is no trustworthy one.
        step: of the grid.
    """

    contents: list[np.ndarray]
    truths: list[np.ndarray]
    faces: list[np.ndarray | None]
    step: int

    def restyled(self, restyle: Restyle) -> list[np.ndarray]:
        """The contents restyled, in Lab on the grid."""
        return [to_lab(restyle(content, self.step)) for content in self.contents]


@dataclass(frozen=True)
class Scores:
    """Scores of a case, means over contents.

    Attributes:
        photo: mean CIEDE2000 from the truth.
        face: the same over faces; None without masks.
        moved: mean CIEDE2000 of results from contents, relative to that of the truths.
        chroma: mean chroma of the results, over that of the truths.
    """

    photo: float
    face: float | None
    moved: float
    chroma: float


def scores_of(case: Case, results: Sequence[np.ndarray]) -> Scores:
    """Compare results, in Lab on the case's grid, with the truths."""
    differences = [ciede2000(result, truth) for result, truth in zip(results, case.truths, strict=True)]
    faces = [d[mask].mean() for d, mask in zip(differences, case.faces, strict=True) if mask is not None]
    before = [to_lab(content[:: case.step, :: case.step]) for content in case.contents]
    return Scores(
        photo=float(np.mean([difference.mean() for difference in differences])),
        face=float(np.mean(faces)) if faces else None,
        moved=float(color_distances(before, results).mean() / max(color_distances(before, case.truths).mean(), _LEAST)),
        chroma=_chroma(results) / max(_chroma(case.truths), _LEAST),
    )


def to_lab(pixels: np.ndarray) -> np.ndarray:
    """Lab of restyled pixels, as they would be shown: inside [0, 1]."""
    return srgb_to_lab(np.clip(pixels, 0, 1))


def color_distances(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """(photos,): the mean CIEDE2000 of each photo in Lab."""
    return np.array([ciede2000(one, other).mean() for one, other in zip(first, second, strict=True)])


def _chroma(photos: Sequence[np.ndarray]) -> float:
    return float(np.mean([np.hypot(lab[..., 1], lab[..., 2]).mean() for lab in photos]))
