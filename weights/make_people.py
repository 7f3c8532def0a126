"""Make `people.safetensors`: sampled colors of neutral portraits, for contents where nobody's own are given.

python weights/make_people.py KIND:COUNT [KIND:COUNT ...]

Each KIND is a folder of neutral portraits; the first COUNT by name are taken, or all of them without a number, and of
each kind as many are sampled, evenly.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.estimation.color_set import ColorSet, sample_photo
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.photos.search import photos_of
from safetensors.numpy import save_file

NUM_PEOPLE = 400
NUM_COLORS = 96  # of each


def people_of(kinds: Sequence[Sequence[Path]]) -> ColorSet:
    """Sample as many people of each kind, evenly.

    Args:
        kinds: the photos of each.
    """
    counts = [NUM_PEOPLE // len(kinds) + (number < NUM_PEOPLE % len(kinds)) for number in range(len(kinds))]
    chosen = [
        photos[int((place + 0.5) * len(photos) / count)]
        for photos, count in zip(kinds, counts, strict=True)
        for place in range(count)
    ]
    parts = [sample_photo(proxy_of(read_photo(path)), NUM_COLORS) for path in chosen]
    colors, places, regions = (np.stack([part[i] for part in parts]) for i in range(3))
    return ColorSet(colors, np.ones(len(colors), np.float32), places, regions)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="+", help="FOLDER or FOLDER:COUNT of neutral portraits")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent / "people.safetensors")
    options = parser.parse_args(arguments)
    try:
        people = people_of([photos_of(kind) for kind in options.kinds])
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    save_file(people.tensors(), options.output)
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
