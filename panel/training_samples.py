"""Fixed sample portraits of a training, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.imaging.contact_sheet import jpeg_of
from ..core.imaging.files.atomic import atomic_write
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy
from ..core.learning.look.photos import neutralized
from ..core.photos.folder import FolderPhoto, PhotoFolder
from ..core.reports.trio import Trio, as_photo, large_proxy
from ..core.styles.applying import apply_style
from ..core.styles.cover import astronaut
from ..core.styles.style import Style

SIZE = 512  # pixels of the longer side
NUM_SAMPLES = 4
_TRIO = ("sample", "untouched", "styled", "finished")  # pictures of a report, one of the first two
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
            proxies = [large_proxy(photo, SIZE) for photo in _spread(folders[1].photos, NUM_SAMPLES - 1)]
        elif folders:
            chosen = [large_proxy(photo, SIZE) for photo in _spread(folders[0].photos, NUM_SAMPLES - 1)]
            known = [photo.proxy for photo in _spread(folders[0].photos, _MEASURED)]
            proxies = neutralized([*known, *chosen])[len(known) :]
        samples = cls((astronaut(), *(as_photo(proxy) for proxy in proxies)), folder)
        for number, photo in enumerate(samples.photos):
            _write(folder / f"before-{number}.jpg", photo)
        return samples

    def show(self, style: Style) -> None:
        """Restyle all samples."""
        for number, photo in enumerate(self.photos):
            _write(self.folder / f"after-{number}.jpg", apply_style(photo, style))


def write_trio(style: Style, folders: Sequence[PhotoFolder], folder: Path) -> None:
    """Write the three pictures of a report, if photos were read, which they are not for a pixel style.

    Args:
        style: learnt from the photos.
        folders: of the finished photos, and of untouched ones if given.
        folder: of the sample pictures.
    """
    if not folders:
        return
    trio = Trio.of(style, folders[0].photos, folders[1].photos if len(folders) > 1 else ())
    first = _TRIO[0] if trio.is_sample else _TRIO[1]
    for name, photo in zip((first, *_TRIO[2:]), (trio.neutral, trio.styled, trio.finished), strict=True):
        _write(folder / f"trio-{name}.jpg", photo)


def trio_paths(folder: Path) -> dict[str, Path]:
    """Return the pictures of a report by name, from left to right; empty without them."""
    paths = {name: folder / f"trio-{name}.jpg" for name in _TRIO}
    found = {name: path for name, path in paths.items() if path.is_file()}
    return found if len(found) == len(_TRIO) - 1 else {}


def sample_paths(folder: Path) -> list[tuple[Path, Path]]:
    """Return the existing (before, after) pictures."""
    pairs = [(folder / f"before-{number}.jpg", folder / f"after-{number}.jpg") for number in range(NUM_SAMPLES)]
    return [(before, after) for before, after in pairs if before.is_file() and after.is_file()]


def _spread(photos: Sequence[FolderPhoto], most: int) -> list[FolderPhoto]:
    count = min(most, len(photos))
    return [photos[int((place + 0.5) * len(photos) / count)] for place in range(count)]


def _write(path: Path, photo: Photo) -> None:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(jpeg_of(photo.pixels, 92))
