"""Measure neutral portraits, to draw others like them; the command that makes weights/portraits.safetensors.

    python -m portrait_atelier.core.learning.portrait_statistics FOLDER... -o weights/portraits.safetensors

Each folder is one kind of portraits, and all kinds together count the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from ..errors import AtelierError, LearningError
from ..imaging.files import replacing
from ..imaging.mask import read_mask
from ..imaging.reading import read_proxy
from ..styles.portraits import CLUSTER_AXES, PORTRAITS_FILE, SIDE, PortraitStatistics, square_pixels
from .prior import photos_of
from .transport_cases import cluster

NUM_AXES = 96
_PEOPLE_PER_CLUSTER = 30
_LEAST_PEOPLE = 12  # of a cluster: nobody can be got back


def fit_portraits(kinds: Sequence[np.ndarray], subject: np.ndarray) -> PortraitStatistics:
    """Measure portraits, all kinds counting the same.

    Args:
        kinds: for each kind (P, 32, 32, 3) in [0, 1].
        subject: (32, 32) how often the person is in each place.

    Raises:
        LearningError: a kind has too few portraits.
    """
    for number, kind in enumerate(kinds, 1):
        if len(kind) < _LEAST_PEOPLE:
            raise LearningError(
                f"folder {number}: {len(kind)} portraits are too few to measure (at least {_LEAST_PEOPLE}); add photos"
            )
    flat = [kind.reshape(len(kind), -1).astype(np.float64) for kind in kinds]
    mean = np.mean([kind.mean(0) for kind in flat], 0)
    rows = np.concatenate([(kind - mean) / len(kind) ** 0.5 for kind in flat])
    axes = np.linalg.svd(rows, full_matrices=False)[2][:NUM_AXES]
    centers, spreads, weights = [], [], []
    for kind in flat:
        places = (kind - mean) @ axes.T
        members = cluster(places[:, :CLUSTER_AXES], max(1, len(places) // _PEOPLE_PER_CLUSTER))
        for number in range(members.max() + 1):
            own = places[members == number]
            if len(own) >= _LEAST_PEOPLE:
                centers.append(own.mean(0))
                spreads.append(own.std(0))
                weights.append(len(own) / len(places) / len(flat))
    shares = np.array(weights) / sum(weights)
    return PortraitStatistics(*(np.asarray(a, np.float32) for a in (mean, axes, centers, spreads, shares, subject)))


def mean_subject(folder: str, masks: Path) -> np.ndarray:
    """How often the person is in each place: (32, 32), of the photos of a folder that have a mask NAME.png."""
    found = [path for photo in photos_of(folder) if (path := masks / f"{photo.stem}.png").is_file()]
    if not found:
        raise LearningError(f"{masks}: no mask of a photo in {folder}; name the folder of NAME.png")
    return np.mean([square_pixels(read_mask(path, SIDE, SIDE)) for path in found], 0)


def _pairs(folders: Sequence[str], masks: Sequence[Path]) -> list[tuple[str, Path]]:
    if len(folders) != len(masks):
        counts = f"{len(folders)} folders and {len(masks)} folder{'' if len(masks) == 1 else 's'} of masks"
        raise LearningError(f"{counts}; name one of masks for each")
    return list(zip(folders, masks, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the portraits of some folders."""
    parser = argparse.ArgumentParser(description="Measure untouched portraits, to draw others like them.")
    parser.add_argument("folders", nargs="+", help="FOLDER; FOLDER:N for its first N photos")
    parser.add_argument("--masks", type=Path, action="append", required=True, help="of each FOLDER, white: the person")
    parser.add_argument("-o", "--output", type=Path, default=PORTRAITS_FILE)
    options = parser.parse_args(arguments)
    try:
        pairs = _pairs(options.folders, options.masks)
        kinds = [[square_pixels(read_proxy(photo).pixels) for photo in photos_of(folder)] for folder in options.folders]
        subject = np.mean([mean_subject(folder, masks) for folder, masks in pairs], 0)
        fitted = fit_portraits([np.stack(kind) for kind in kinds], subject)
        with replacing(options.output, overwrite=True) as temporary:
            temporary.write_bytes(save(fitted.tensors()))
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
