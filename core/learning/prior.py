"""Make the prior, a population of neutral portraits, from folders of photos.

    python -m portrait_atelier.core.learning.prior FOLDER... -o weights/prior.safetensors

Each folder is one kind of portraits, and all kinds together count the same. `FOLDER:336` takes its first 336 photos by
name.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from ..errors import AtelierError, LearningError
from ..imaging.files import replacing
from ..imaging.reading import read_proxy
from ..styles.population import Population, draw_colors, fewer_colors
from ..styles.prior import PRIOR_FILE

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})
COLORS_PER_PHOTO = 64


def build_prior(kinds: Sequence[Iterable[np.ndarray]]) -> Population:
    """Pool kinds of portraits so that each kind counts the same, however many it has.

    Args:
        kinds: for each kind, the colors of its photos as `draw_colors` gives them.
    """
    drawn = [np.stack(list(kind)) for kind in kinds]
    total = sum(len(colors) for colors in drawn)
    weights = [np.full(len(colors), total / len(drawn) / len(colors), np.float32) for colors in drawn]
    return Population(fewer_colors(np.concatenate(drawn), COLORS_PER_PHOTO), np.concatenate(weights))


def photos_of(folder: str) -> list[Path]:
    """The photos of `FOLDER`, sorted by name; of `FOLDER:N` the first N, of `FOLDER:-N` the last N.

    Raises:
        LearningError: there is no such folder, or it has no photos.
    """
    match = re.fullmatch(r"(.+?)(?::(-?\d+))?", folder)
    assert match is not None
    path = Path(match[1])
    if not path.is_dir():
        raise LearningError(f"{path}: not a folder")
    photos = sorted(file for file in path.iterdir() if file.suffix.lower() in PHOTO_SUFFIXES)
    if not photos:
        raise LearningError(f"{path}: no photos in this folder")
    count = int(match[2] or len(photos))
    return photos[:count] if count >= 0 else photos[count:]


def write_population(population: Population, path: Path) -> None:
    """Write a population's arrays to a safetensors file of its own."""
    with replacing(path, overwrite=True) as temporary:
        temporary.write_bytes(save(population.tensors()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a prior from folders of photos."""
    parser = argparse.ArgumentParser(description="Make the prior from folders of untouched portraits.")
    parser.add_argument("folders", nargs="+", help="FOLDER; FOLDER:N for its first N photos, FOLDER:-N for its last")
    parser.add_argument("-o", "--output", type=Path, default=PRIOR_FILE)
    options = parser.parse_args(arguments)
    try:
        kinds = [(draw_colors(read_proxy(photo)) for photo in photos_of(folder)) for folder in options.folders]
        write_population(build_prior(kinds), options.output)
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
