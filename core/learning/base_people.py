"""The people that the base model learns from: untouched portraits, small, as bytes in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from ..errors import LearningError
from ..imaging.mask import read_mask
from ..imaging.proxy import Proxy
from ..imaging.reading import read_proxy
from ..styles.population import draw_colors
from .prior import photos_of
from .transport_cases import People

LARGE_SIZE, SMALL_SIZE = 144, 72  # a little more than content and style photos have, so that crops differ
SOFTNESS = 0.03  # how far the edge of a person is blurred, as a part of the side
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
        subjects: (P, 144, 144) uint8: how much of each pixel of `large` belongs to the person; all zero of a photo
            that has no mask, or None where no photo has one.
    """

    large: np.ndarray
    small: np.ndarray
    placed: np.ndarray
    people: People
    subjects: np.ndarray | None = None

    @classmethod
    def of_proxies(
        cls, proxies: Sequence[Proxy], kinds: np.ndarray, subjects: Sequence[np.ndarray | None] = ()
    ) -> BasePeople:
        """Prepare proxies.

        Args:
            proxies: the photos.
            kinds: (P,) counting from 0.
            subjects: of each photo (H, W) float32 in [0, 1], or None; empty if there are no masks.
        """
        large = np.stack([squeezed(proxy.pixels, LARGE_SIZE) for proxy in proxies])
        small = np.stack([squeezed(proxy.pixels, SMALL_SIZE) for proxy in proxies])
        placed = np.stack([_at_places(proxy.pixels) for proxy in proxies])
        people = People.gather(np.stack([draw_colors(proxy) for proxy in proxies]), kinds)
        masks = np.stack([_square_mask(mask) for mask in subjects]) if any(m is not None for m in subjects) else None
        return cls(large, small, placed, people, masks)

    def part(self, members: np.ndarray) -> BasePeople:
        """Some of them, clustered anew."""
        people = People.gather(self.people.colors[members], self.people.kinds[members])
        subjects = None if self.subjects is None else self.subjects[members]
        return BasePeople(self.large[members], self.small[members], self.placed[members], people, subjects)

    def crop_large(self, rng: np.random.Generator, member: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """A random square of a content photo, at times mirrored: (size, size, 3), and the person in it, both uint8."""
        mask = None if self.subjects is None else self.subjects[member]
        return _crop(rng, self.large[member], mask, size)

    def crop_small(self, rng: np.random.Generator, member: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """The same of a style photo."""
        mask = None if self.subjects is None else cv2.resize(self.subjects[member], (SMALL_SIZE, SMALL_SIZE))
        return _crop(rng, self.small[member], mask, size)

    def person_at_places(self, members: np.ndarray) -> np.ndarray:
        """(n, 288) uint8: how much of the colors in `placed` belongs to the person."""
        if self.subjects is None:
            return np.zeros((len(members), PLACES.size // 2), np.uint8)
        rows, columns = (PLACES.reshape(-1, 2) * LARGE_SIZE).astype(int).T
        return self.subjects[members][:, rows, columns]

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


def read_base_people(
    folders: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
    *,
    masks: Sequence[Path] = (),
) -> BasePeople:
    """Read portraits; each folder is a kind. `FOLDER:N` takes its first N photos by name, `FOLDER:-N` its last.

    Args:
        folders: of the kinds.
        progress: called with (done, total) photos.
        masks: for each folder, one of masks named like its photos (NAME.png, white where the person is); a photo
            without one teaches no light that follows the person. Empty for none at all.

    Raises:
        AtelierError: a folder, a photo or a mask cannot be read, or there are masks for some folders only.
    """
    if masks and len(masks) != len(folders):
        raise LearningError(f"{len(masks)} folders of masks for {len(folders)} of photos; name one for each, in order")
    paths = [photos_of(folder) for folder in folders]
    kinds = np.concatenate([np.full(len(part), kind) for kind, part in enumerate(paths)])
    proxies: list[Proxy] = []
    subjects: list[np.ndarray | None] = []
    for kind, path in ((kind, path) for kind, part in enumerate(paths) for path in part):
        proxies.append(read_proxy(path))
        if masks:
            subjects.append(_read_subject(masks[kind] / f"{path.stem}.png", proxies[-1]))
        if progress is not None:
            progress(len(proxies), len(kinds))
    return BasePeople.of_proxies(proxies, kinds, subjects)


def _read_subject(path: Path, proxy: Proxy) -> np.ndarray | None:
    return read_mask(path, *proxy.pixels.shape[:2]) if path.is_file() else None


def _square_mask(mask: np.ndarray | None) -> np.ndarray:
    """(144, 144) uint8, with a soft edge."""
    if mask is None:
        return np.zeros((LARGE_SIZE, LARGE_SIZE), np.uint8)
    small = cv2.resize(mask, (LARGE_SIZE, LARGE_SIZE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), SOFTNESS * LARGE_SIZE)
    return (soft.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _at_places(pixels: np.ndarray) -> np.ndarray:
    rows, columns = (PLACES * pixels.shape[:2]).astype(int).T
    return (pixels[rows, columns].clip(0, 1) * 255 + 0.5).astype(np.uint8).swapaxes(0, 1)


def _crop(
    rng: np.random.Generator, photo: np.ndarray, mask: np.ndarray | None, size: int
) -> tuple[np.ndarray, np.ndarray]:
    top, left = rng.integers(0, len(photo) - size + 1, 2)
    place = slice(top, top + size), slice(left, left + size)
    crop, person = photo[place], np.zeros((size, size), np.uint8) if mask is None else mask[place]
    return (crop[:, ::-1], person[:, ::-1]) if rng.random() < 0.5 else (crop, person)


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
