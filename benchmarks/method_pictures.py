"""Make the pictures of docs/method.md from scikit-image's astronaut and the files in weights/ alone.

    python -m benchmarks.method_pictures [NAME...] [-o docs/images]

It also prints the numbers that docs/method.md quotes beside the pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from . import method_looks, method_sets, method_terms
from .method_drawing import save_picture
from .report import chosen_pictures

PICTURES: dict[str, Callable[[], np.ndarray]] = {
    "look": method_looks.parts_of_look,
    "strength": method_looks.strength_and_prints,
    "regions": method_sets.regions,
    "colors": method_sets.sampled_colors,
    "learnt": method_sets.learnt_look,
    "variations": method_sets.variations,
    "light": method_sets.light_by_place,
    "cases": method_sets.training_cases,
    "pixel": method_looks.pixel_styles,
    "features": method_terms.feature_maps,
    "terms": method_terms.what_terms_notice,
    "weights": method_terms.what_weights_do,
    "game": method_terms.forms_of_the_game,
}
_FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures that are named, or all."""
    names, folder = chosen_pictures(arguments, "Make the pictures of docs/method.md.", list(PICTURES), _FOLDER)
    torch.manual_seed(0)
    for name in names:
        path = folder / f"method-{name}.jpg"
        print(f"{path.name}: {save_picture(path, PICTURES[name]()) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
