"""The photographer's own untouched photos: other people than those of the style and the content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.photos.search import photos_of

from .recovery_data import NUM_CLUSTERS, Portraits, portrait_features, read_photo

_OWN_PHOTOS = 1  # tells these random numbers from those that draw people


@dataclass(frozen=True)
class OwnPhotos:
    """The pool of a photographer's own untouched photos.

    Attributes:
        paths: all of them.
        distances: (Q, 3): how far each is from the clusters of the portraits that are tested.
    """

    paths: list[Path]
    distances: np.ndarray

    @classmethod
    def gather(cls, folder: str, portraits: Portraits, photos: str, size: int) -> OwnPhotos:
        """Measure a pool of photos.

        Args:
            folder: the pool, as `photos_of` takes it.
            portraits: those that are tested.
            photos: where they were read from.
            size: pixels of the longer side, in which they are looked over.

        Raises:
            LearningError: a photo is in the pool and among those tested.
        """
        paths = photos_of(folder)
        shared = {path.resolve() for path in paths} & {path.resolve() for path in photos_of(photos)}
        if shared:
            raise LearningError(f"{min(shared)}: is tested, and own content too; name other photos in --content-photos")
        features = np.stack([portrait_features(read_photo(path, size)) for path in paths])
        return cls(paths, portraits.distances(features))

    def draw(self, *, alike: bool, turn: int, count: int, seed: int) -> list[Path]:
        """Draw photos: at random, or of those nearest to the style people's cluster.

        Args:
            alike: from the portraits whose nearest cluster is the one whose turn it is; where these are fewer than
                `count`, the ones nearest to that cluster.
            turn: number of the look.
            count: photos wanted; there are fewer where the pool is small.
            seed: same seed, same photos.
        """
        rng = np.random.Generator(np.random.PCG64([seed, turn, int(alike), _OWN_PHOTOS]))
        pool = self._near(turn % NUM_CLUSTERS, count) if alike else np.arange(len(self.paths))
        return [self.paths[index] for index in rng.permutation(pool)[:count]]

    def _near(self, cluster: int, count: int) -> np.ndarray:
        members = np.flatnonzero(self.distances.argmin(1) == cluster)
        return members if len(members) >= count else np.argsort(self.distances[:, cluster], kind="stable")[:count]
