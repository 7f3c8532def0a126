"""The check of photos before training: usable and unusable ones, and whether they are of one kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.color.lab import srgb_to_lab
from ..core.errors import AtelierError
from ..core.imaging.contact_sheet import jpeg_of
from ..core.imaging.files.atomic import atomic_write
from ..core.imaging.files.reading import read_proxy
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy, preview_of
from ..core.learning.look.settings import GOOD_PHOTOS, LEAST_PHOTOS
from ..core.photos.folder import Finding, PhotoFolder, read_photo_folder

FEW, GOOD = LEAST_PHOTOS, GOOD_PHOTOS  # photos: needed for training, and recommended
MOST_SHOWN = 48  # thumbnails
ALIKE, VARIED = 7.0, 14.0  # mean color difference of the photos from their mean
_THUMBNAIL = 224


@dataclass(frozen=True)
class PhotoTone:
    """The mean color of a photo.

    Attributes:
        name: of its file.
        lab: (lightness, a, b).
        color: `#rrggbb`.
    """

    name: str
    lab: tuple[float, float, float]
    color: str


@dataclass(frozen=True)
class PhotoCheck:
    """The result of a check.

    Attributes:
        folder: the photos.
        tones: of each usable photo.
        spread: mean color difference of the photos from their mean.
    """

    folder: PhotoFolder
    tones: tuple[PhotoTone, ...]
    spread: float

    @property
    def left_out(self) -> list[Finding]:
        """Findings about unusable photos."""
        return [finding for finding in self.folder.findings if finding.kind != "cropped"]

    @property
    def kind(self) -> str:
        """`mixed`, `alike`, `varied` or `wide`: the similarity of the photos."""
        if self.folder.groups:
            return "mixed"
        return "alike" if self.spread < ALIKE else "varied" if self.spread < VARIED else "wide"

    @property
    def number(self) -> str:
        """`too few` to train, `few`, or `enough` photos."""
        count = len(self.folder.photos)
        return "too few" if count < FEW else "few" if count < GOOD else "enough"


def check_photos(folder: Path, progress: Callable[[int, int], object] | None = None) -> PhotoCheck:
    """Read and check photos.

    Args:
        folder: of photos, at any depth.
        progress: called with (done, total) photos.

    Raises:
        LearningError: there is no usable photo.
    """
    found = read_photo_folder(folder, progress=progress)  # pyright: ignore[reportArgumentType] - what it returns is let go
    tones = tuple(_tone(photo.path.name, photo.proxy) for photo in found.photos)
    places = np.array([tone.lab for tone in tones])
    spread = float(np.linalg.norm(places - places.mean(0), axis=1).mean())
    return PhotoCheck(found, tones, spread)


def used_thumbnails(check: PhotoCheck, folder: Path) -> list[tuple[str, str]]:
    """Return (path, caption) of at most MOST_SHOWN usable photos, spread evenly."""
    photos = check.folder.photos
    count = min(MOST_SHOWN, len(photos))
    chosen = [photos[int((place + 0.5) * len(photos) / count)] for place in range(count)]
    return [(_save(photo.proxy, folder), photo.path.name) for photo in chosen]


def left_out_thumbnails(findings: Sequence[Finding], folder: Path) -> list[tuple[str, str]]:
    """Return (path, caption) of photos that are left out, as far as they can be read."""
    found: list[tuple[str, str]] = []
    for finding in findings[:MOST_SHOWN]:
        try:
            proxy = read_proxy(finding.path)
        except AtelierError:
            continue
        found.append((_save(proxy, folder), finding.path.name))
    return found


def _tone(name: str, proxy: Proxy) -> PhotoTone:
    weights = proxy.weights[..., None] / proxy.weights.sum()
    lab = (srgb_to_lab(proxy.pixels) * weights).sum((0, 1))
    red, green, blue = (round(float(value) * 255) for value in (proxy.pixels * weights).sum((0, 1)).clip(0, 1))
    return PhotoTone(name, (float(lab[0]), float(lab[1]), float(lab[2])), f"#{red:02x}{green:02x}{blue:02x}")


def _save(proxy: Proxy, folder: Path) -> str:
    """Save a thumbnail, named by its content, so that the browser does not show a cached other one."""
    pixels = preview_of(Photo(pixels=np.ascontiguousarray(proxy.pixels, np.float32)), _THUMBNAIL)
    data = jpeg_of(pixels, 88)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(data)
    return str(path)
