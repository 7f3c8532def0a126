"""The people that the base model learns from: untouched portraits, small, as bytes in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ..errors import LearningError
from ..imaging.proxy import Proxy
from ..imaging.reading import read_proxy
from ..styles.population import draw_colors
from .prior import photos_of
from .transport_cases import People

LARGE_SIZE, SMALL_SIZE = 144, 72  # a little more than content and style photos have, so that crops differ
_GRID_PLACES = 12  # a side
_MIDDLE, _MIDDLE_SPREAD = np.array([0.47, 0.5]), np.array([0.16, 0.13])  # (y, x), as of populations
_LEAST_PEOPLE = 8  # of each kind and part


def _spread_places() -> np.ndarray:
    across = (np.arange(_GRID_PLACES) + 0.5) / _GRID_PLACES
    whole = np.stack(np.meshgrid(across, across, indexing="ij"), -1).reshape(-1, 2)
    bell = torch.special.ndtri(torch.from_numpy(whole)).numpy()
    return np.stack([whole, (_MIDDLE + _MIDDLE_SPREAD * bell).clip(0, 0.999)])


# (2, 144, 2) of (y, x) in [0, 1): spread evenly over the whole photo, and by a bell over its middle.
PLACES = _spread_places()


@dataclass(frozen=True)
class BasePeople:
    """Portraits of one or more kinds.

    Attributes:
        large: (P, 144, 144, 3) uint8, for content.
        small: (P, 72, 72, 3) uint8, for style photos.
        placed: (P, 2, 144, 3) uint8: colors at `PLACES`, of the proxies themselves, which are less smooth. Statistics
            must come from what they come from in use, or the generator learns to mend a difference that is not there.
        people: their colors, kinds and clusters.
    """

    large: np.ndarray
    small: np.ndarray
    placed: np.ndarray
    people: People

    @classmethod
    def of_proxies(cls, proxies: Sequence[Proxy], kinds: np.ndarray) -> BasePeople:
        """Prepare proxies; `kinds` (P,) count from 0."""
        large = np.stack([squeezed(proxy.pixels, LARGE_SIZE) for proxy in proxies])
        small = np.stack([squeezed(proxy.pixels, SMALL_SIZE) for proxy in proxies])
        placed = np.stack([_at_places(proxy.pixels) for proxy in proxies])
        return cls(large, small, placed, People.gather(np.stack([draw_colors(proxy) for proxy in proxies]), kinds))

    def part(self, members: np.ndarray) -> BasePeople:
        """Some of them, clustered anew."""
        people = People.gather(self.people.colors[members], self.people.kinds[members])
        return BasePeople(self.large[members], self.small[members], self.placed[members], people)

    def split(self, held_out_share: float) -> tuple[BasePeople, BasePeople]:
        """Keep every so-many-th person of each kind aside.

        Returns:
            Those to learn from, and those to choose by.

        Raises:
            LearningError: a kind has too few people for that.
        """
        held_out = np.zeros(len(self.large), bool)
        for kind in np.unique(self.people.kinds):
            members = np.flatnonzero(self.people.kinds == kind)
            count = round(len(members) * held_out_share)
            if min(count, len(members) - count) < _LEAST_PEOPLE:
                raise LearningError(
                    f"folder {kind + 1}: {len(members)} photos are too few to hold some out "
                    f"(at least {_LEAST_PEOPLE} to learn from and {_LEAST_PEOPLE} to choose by); add photos"
                )
            held_out[members[((np.arange(count) + 0.5) * len(members) / count).astype(int)]] = True
        return self.part(np.flatnonzero(~held_out)), self.part(np.flatnonzero(held_out))


def read_base_people(folders: Sequence[str], progress: Callable[[int, int], None] | None = None) -> BasePeople:
    """Read portraits; each folder is a kind. `FOLDER:N` takes its first N photos by name, `FOLDER:-N` its last.

    Raises:
        AtelierError: a folder or a photo cannot be read.
    """
    paths = [photos_of(folder) for folder in folders]
    kinds = np.concatenate([np.full(len(part), kind) for kind, part in enumerate(paths)])
    proxies = []
    for path in (path for part in paths for path in part):
        proxies.append(read_proxy(path))
        if progress is not None:
            progress(len(proxies), len(kinds))
    return BasePeople.of_proxies(proxies, kinds)


def _at_places(pixels: np.ndarray) -> np.ndarray:
    rows, columns = (PLACES * pixels.shape[:2]).astype(int).T
    return (pixels[rows, columns].clip(0, 1) * 255 + 0.5).astype(np.uint8).swapaxes(0, 1)


def squeezed(pixels: np.ndarray, size: int) -> np.ndarray:
    """A whole photo squeezed to a square, since looks have coordinates over the whole photo.

    Args:
        pixels: (H, W, 3) float in [0, 1].
        size: of the square.

    Returns:
        (size, size, 3) uint8.
    """
    small = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    return (small.clip(0, 1) * 255 + 0.5).astype(np.uint8)
