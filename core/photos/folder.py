"""Reading of a folder of finished photos: search, checks, cropping of borders."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import AtelierError, LearningError
from ..imaging.files.reading import read_proxy
from ..imaging.proxy import PROXY_SIZE, Proxy
from ..texts import Text, joined
from .borders import BorderSettings, Crop, find_border
from .findings import Finding, counted_kinds, cures_of
from .mixture import MixtureSettings, PhotoGroup, describe_mixture, split_mixture
from .near_duplicates import Fingerprint, SimilaritySettings, find_repeats, fingerprint
from .proxy_store import PackedProxy, StoredProxies
from .search import find_photos, find_raws, require_readable

__all__ = ["Finding", "FolderPhoto", "FolderSettings", "PhotoFolder", "find_photos", "pick_evenly", "read_photo_folder"]


@dataclass(frozen=True)
class FolderSettings:
    """Settings of the checks of a folder; stored in the style."""

    min_size: int = 200  # pixels: smallest longer side of a photo
    leave_out_repeats: bool = True  # whether to leave out duplicates and near-duplicates
    crop_borders: bool = True  # whether to crop borders of scans
    num_threads: int = 4  # threads that read photos; does not change the result
    borders: BorderSettings = field(default_factory=BorderSettings)
    similarity: SimilaritySettings = field(default_factory=SimilaritySettings)
    mixture: MixtureSettings = field(default_factory=MixtureSettings)

    def __post_init__(self) -> None:
        if not 1 <= self.min_size <= PROXY_SIZE:
            raise ValueError(f"min_size must be 1 to {PROXY_SIZE}, got {self.min_size}")
        if self.num_threads < 1:
            raise ValueError(f"num_threads must be at least 1, got {self.num_threads}")


@dataclass(frozen=True)
class FolderPhoto:
    """A photo of a folder that passed the checks.

    Attributes:
        path: the file.
        crop: the picture within the borders of its scan, to cut from the full photo.
        packed: the cropped proxy in 16 bits.
    """

    path: Path
    crop: Crop
    packed: PackedProxy

    @property
    def proxy(self) -> Proxy:
        """The cropped proxy, unpacked at each access."""
        return self.packed.unpack()


@dataclass(frozen=True)
class PhotoFolder:
    """The usable photos of a folder, and findings about the others.

    Attributes:
        folder: as given; the path of a single photo.
        photos: at least one, in the order of their paths.
        findings: about single photos, in the order of their paths.
        warnings: about the folder, for users, each with its cure.
        groups: two kinds of photos that need separate styles; empty for photos of one kind.
    """

    folder: Path
    photos: tuple[FolderPhoto, ...]
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Text, ...] = ()
    groups: tuple[PhotoGroup, ...] = ()

    @property
    def proxies(self) -> Sequence[Proxy]:
        """The photos' proxies, unpacked one at a time, since thousands at once would not fit into memory."""
        return StoredProxies([photo.packed for photo in self.photos])


@dataclass(frozen=True)
class _Reading:
    photo: FolderPhoto
    fingerprint: Fingerprint


def read_photo_folder(
    folder: Path, *, settings: FolderSettings | None = None, progress: Callable[[int, int], None] | None = None
) -> PhotoFolder:
    """Read and check a folder of finished photos, at any depth.

    Args:
        folder: a folder, or one photo.
        settings: None for the defaults.
        progress: called with (done, total) photos, in the calling thread.

    Returns:
        The usable photos, and findings about the others.

    Raises:
        LearningError: there is no such folder, it cannot be opened, or none of its photos is usable.
    """
    settings = settings or FolderSettings()
    paths = find_photos(folder)
    if not paths:
        raise _nothing_found(folder)
    findings: list[Finding] = []
    unique = list(_without_copies(paths, findings)) if settings.leave_out_repeats else paths
    readings = _read_all(unique, settings, findings, progress)
    if settings.leave_out_repeats:
        readings = _without_repeats(readings, settings, findings)
    if not readings:
        raise _all_left_out(folder, findings)
    photos = tuple(reading.photo for reading in readings)
    findings.extend(_cropped(photo) for photo in photos if not photo.crop.is_whole)
    groups = split_mixture([photo.path for photo in photos], (photo.proxy for photo in photos), settings.mixture)
    order = {path: place for place, path in enumerate(paths)}
    findings.sort(key=lambda finding: order[finding.path])
    warnings = _warnings(folder, groups)
    return PhotoFolder(folder, photos, tuple(findings), warnings, groups)


def pick_evenly(count: int, most: int) -> list[int]:
    """Which of `count` photos are taken where at most `most` are: all, or so many spread evenly."""
    if count <= most:
        return list(range(count))
    return [int((place + 0.5) * count / most) for place in range(most)]


def _without_copies(paths: Sequence[Path], findings: list[Finding]) -> Iterator[Path]:
    """Remove files that are equal to an earlier one byte for byte; only files of equal size are read."""
    sizes = Counter(size for path in paths if (size := _size_of(path)))
    first: dict[str, Path] = {}
    for path in paths:
        digest = _digest(path) if sizes[_size_of(path)] > 1 else None
        if digest is not None and digest in first:
            findings.append(
                Finding(path, "duplicate", Text("the same file as {name}; left out", name=first[digest].name))
            )
            continue
        if digest is not None:
            first[digest] = path
        yield path


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None  # reported when it is read
    return digest.hexdigest()


def _read_all(
    paths: Sequence[Path],
    settings: FolderSettings,
    findings: list[Finding],
    progress: Callable[[int, int], None] | None,
) -> list[_Reading]:
    readings: list[_Reading] = []
    pool = ThreadPoolExecutor(min(settings.num_threads, os.cpu_count() or 1))
    try:
        for done, result in enumerate(pool.map(lambda path: _read_one(path, settings), paths), start=1):
            if isinstance(result, Finding):
                findings.append(result)
            else:
                readings.append(result)
            if progress is not None:
                progress(done, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return readings


def _read_one(path: Path, settings: FolderSettings) -> _Reading | Finding:
    try:
        proxy = read_proxy(path)
    except AtelierError as error:
        return Finding(path, "unreadable", error.text.without_subject())
    height, width = proxy.pixels.shape[:2]
    # A smaller photo is its own proxy, so this is the size of the photo.
    if max(height, width) < settings.min_size:
        text = Text(
            "{width} x {height} pixels (at least {least} are needed on the longer side); left out",
            width=width,
            height=height,
            least=settings.min_size,
        )
        return Finding(path, "too small", text)
    crop = find_border(proxy.pixels, settings.borders) if settings.crop_borders else Crop()
    weights = crop.apply(proxy.weights)
    if not weights.any():  # all opaque pixels are in what was taken for a border
        crop, weights = Crop(), proxy.weights
    pixels = crop.apply(proxy.pixels)
    return _Reading(FolderPhoto(path, crop, PackedProxy.pack(Proxy(pixels, weights))), fingerprint(pixels))


def _without_repeats(readings: list[_Reading], settings: FolderSettings, findings: list[Finding]) -> list[_Reading]:
    repeats = find_repeats([reading.fingerprint for reading in readings], settings.similarity)
    for repeat, first in repeats.items():
        left_out, kept = readings[repeat].photo, readings[first].photo
        kind, text = "near-duplicate", Text("nearly the same picture as {name}; left out", name=kept.path.name)
        if left_out.packed == kept.packed:
            kind, text = "duplicate", Text("the same pixels as {name}; left out", name=kept.path.name)
        findings.append(Finding(left_out.path, kind, text))
    return [reading for place, reading in enumerate(readings) if place not in repeats]


def _cropped(photo: FolderPhoto) -> Finding:
    crop = photo.crop
    sides = {
        Text("top {amount:.0%}", amount=crop.top): crop.top,
        Text("left {amount:.0%}", amount=crop.left): crop.left,
        Text("bottom {amount:.0%}", amount=1 - crop.bottom): 1 - crop.bottom,
        Text("right {amount:.0%}", amount=1 - crop.right): 1 - crop.right,
    }
    amounts = joined(side for side, amount in sides.items() if amount > 0)
    return Finding(photo.path, "cropped", Text("border of the scan left out ({amounts})", amounts=amounts))


def _warnings(folder: Path, groups: Sequence[PhotoGroup]) -> tuple[Text, ...]:
    warnings = [Text("{folder}: {warning}", folder=folder, warning=describe_mixture(groups))] if groups else []
    if raws := find_raws(folder):
        warnings.append(
            Text(
                "{folder}: {count} RAW files were not read; export finished photos from them first",
                one="{folder}: {count} RAW file was not read; export finished photos from them first",
                folder=folder,
                count=len(raws),
            )
        )
    return tuple(warnings)


def _nothing_found(folder: Path) -> LearningError:
    require_readable(folder)
    if find_raws(folder):
        return LearningError(
            "{folder}: only RAW files in it (not finished photos); export them as 16-bit TIFF or JPEG first",
            folder=folder,
        )
    return LearningError(
        "{folder}: no photos in it (JPEG, PNG, TIFF, WebP, at any depth); name the folder of your finished photos",
        folder=folder,
    )


def _all_left_out(folder: Path, findings: Sequence[Finding]) -> LearningError:
    first = findings[0]
    if first.path == folder:
        return LearningError("{folder}: {text}", folder=folder, text=first.text)
    return LearningError(
        "{folder}: no photo in it can be used ({what}; the first: {name}: {text}); {cure}",
        folder=folder,
        what=counted_kinds(findings),
        name=first.path.name,
        text=first.text,
        cure=cures_of(findings),
    )
