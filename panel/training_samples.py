"""Fixed sample portraits of a training, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import AtelierError
from ..core.imaging.color_management import to_uint8
from ..core.imaging.contact_sheet import jpeg_of
from ..core.imaging.files.atomic import atomic_write
from ..core.imaging.files.reading import read_photo
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy, proxy_of
from ..core.learning.look.photos import neutralized
from ..core.photos.folder import FolderPhoto, PhotoFolder
from ..core.styles.applying import apply_style
from ..core.styles.cover import astronaut
from ..core.styles.style import Style

SIZE = 512  # pixels of the longer side
NUM_SAMPLES = 4
_MEASURED = 60  # photos for the estimate of neutral colors


@dataclass(frozen=True)
class SamplePortraits:
    """A few portraits and the folder of their pictures.

    Attributes:
        photos: untouched or neutralized, 8 bits.
        folder: of `before-N.jpg` and `after-N.jpg`.
    """

    photos: tuple[Photo, ...]
    folder: Path

    @classmethod
    def of(cls, folders: Sequence[PhotoFolder], folder: Path) -> SamplePortraits:
        """Select samples: NASA's astronaut, and untouched photos if given, else neutralized finished ones.

        Args:
            folders: of the finished photos, and of untouched ones if given; empty for a pixel style.
            folder: of the sample pictures.
        """
        proxies: list[Proxy] = []
        if len(folders) > 1:
            proxies = [_large(photo) for photo in _spread(folders[1].photos, NUM_SAMPLES - 1)]
        elif folders:
            chosen = [_large(photo) for photo in _spread(folders[0].photos, NUM_SAMPLES - 1)]
            known = [photo.proxy for photo in _spread(folders[0].photos, _MEASURED)]
            proxies = neutralized([*known, *chosen])[len(known) :]
        samples = cls((astronaut(), *(_as_photo(proxy) for proxy in proxies)), folder)
        for number, photo in enumerate(samples.photos):
            _write(folder / f"before-{number}.jpg", photo)
        return samples

    def show(self, style: Style) -> None:
        """Restyle all samples."""
        for number, photo in enumerate(self.photos):
            _write(self.folder / f"after-{number}.jpg", apply_style(photo, style))


def sample_paths(folder: Path) -> list[tuple[Path, Path]]:
    """Return the existing (before, after) pictures."""
    pairs = [(folder / f"before-{number}.jpg", folder / f"after-{number}.jpg") for number in range(NUM_SAMPLES)]
    return [(before, after) for before, after in pairs if before.is_file() and after.is_file()]


def _spread(photos: Sequence[FolderPhoto], most: int) -> list[FolderPhoto]:
    count = min(most, len(photos))
    return [photos[int((place + 0.5) * len(photos) / count)] for place in range(count)]


def _large(photo: FolderPhoto) -> Proxy:
    try:
        proxy = proxy_of(read_photo(photo.path), SIZE)
    except AtelierError:  # deleted meanwhile
        return photo.proxy
    return Proxy(photo.crop.apply(proxy.pixels), photo.crop.apply(proxy.weights))


def _as_photo(proxy: Proxy) -> Photo:
    return Photo(pixels=np.ascontiguousarray(to_uint8(proxy.pixels)))


def _write(path: Path, photo: Photo) -> None:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(jpeg_of(photo.pixels, 92))
