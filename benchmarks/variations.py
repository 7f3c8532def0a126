"""Variations: whether those of a style are plausible looks of its photos.

    python -m benchmarks.variations --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS

For every look, kind of people and N of look recovery: how far from the truth variation 0 is, and variations 1 to 8: the
best of them (one for all photos of a photographer, the same mean CIEDE2000 as in look recovery), their mean, and how
far they are from each other. `best, photo by photo` chooses another for every photo.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .recovery_cases import case_of, people_of, style_of
from .recovery_methods import ByLook, instant_style, proxies_of
from .recovery_places import Measured, print_places
from .recovery_scores import color_distances
from .recovery_settings import Place, Settings
from .report import table_text

SEEDS = range(1, 9)
_HEAD = ["people", "N", "looks", "z0", "best of 8", "mean of 8", "spread", "best / z0", "mean / z0", "photo by photo"]


@dataclass(frozen=True)
class Varied:
    """Variations of one look, all mean CIEDE2000.

    Attributes:
        first: variation 0 from the truth.
        best: the variation that is nearest for all photos together.
        best_photos: the nearest variation of each photo.
        mean: of the variations.
        spread: of the variations from each other, mean over pairs.
    """

    first: float
    best: float
    best_photos: float
    mean: float
    spread: float

    @classmethod
    def of(cls, first: np.ndarray, varied: np.ndarray, spread: float) -> Varied:
        """Sum up the differences from the truth: (photos,) of variation 0, (variations, photos) of the others."""
        best_photos = varied.min(0).mean()
        return cls(*(float(v) for v in (first.mean(), varied.mean(1).min(), best_photos, varied.mean(), spread)))


def measure(settings: Settings, place: Place, count: int) -> Varied:
    """Learn one look from so many photos, and give its variations."""
    case = case_of(settings, place)
    style = instant_style(proxies_of(style_of(settings, place, people_of(settings, place, count)[1])))
    first, *varied = (case.restyled(ByLook.of(style, variation=seed)) for seed in (0, *SEEDS))
    spread = np.mean([color_distances(one, other) for one, other in combinations(varied, 2)])
    return Varied.of(
        color_distances(first, case.truths), np.stack([color_distances(v, case.truths) for v in varied]), float(spread)
    )


def table(measured: Measured[Varied]) -> str:
    """One line for each place and N; ratios are of the means over looks."""
    lines = []
    for (title, count), looks in measured.items():
        first, best, best_photos, mean, spread = np.mean([list(vars(varied).values()) for varied in looks], 0)
        figures = (first, best, mean, spread, best / first, mean / first, best_photos / first)
        lines.append([title, str(count), str(len(looks)), *(f"{figure:.2f}" for figure in figures)])
    return table_text(_HEAD, lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    about = (__doc__ or "").partition("\n")[0]
    return print_places("variations", about, measure, table, counts="1,5,25", arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
