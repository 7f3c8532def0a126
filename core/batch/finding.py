"""The photos of a batch: named ones, and those found below folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES
from ..photos.search import find_files, is_hidden
from .places import Places, is_folder, is_remote
from .products import Products
from .request import BatchRequest

_SUFFIXES = {*PHOTO_SUFFIXES, *RAW_SUFFIXES}
_PARTIAL = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download")


@dataclass(frozen=True)
class FoundPhoto:
    """A photo of a batch.

    Attributes:
        path: of the photo.
        place: its folder in the tree that is kept below the output folder.
        is_named: whether it was named itself, not found in a folder.
    """

    path: Path
    place: Path = Path()
    is_named: bool = True


def find_batch(request: BatchRequest, places: Places | None = None) -> tuple[list[FoundPhoto], list[Path]]:
    """Find the photos of a request, each once, in the order given and by name within folders.

    Args:
        request: the request.
        places: what is known of files at addresses.

    Returns:
        The photos, and the RAW files among them that are left out since a finished photo of that name is there, too.

    Raises:
        AtelierError: a folder cannot be opened.
    """
    found = _without_repeats(_all(request, places or Places()))
    finished = {_name_of(photo.path) for photo in found if not _is_raw(photo.path)}
    raws = [photo.path for photo in found if _is_raw(photo.path) and _name_of(photo.path) in finished]
    left_out = set(raws)
    return [photo for photo in found if photo.path not in left_out], raws


def _all(request: BatchRequest, places: Places) -> Iterator[FoundPhoto]:
    num_folders = sum(map(is_folder, request.photos))
    for path in request.photos:
        if is_folder(path):
            place = Path(path.resolve().name) if num_folders > 1 else Path()
            yield from FolderPhotos(path, request, place, places)
        else:
            yield FoundPhoto(path)


class FolderPhotos:
    """Which files below a folder are photos of a request: those its patterns take, outside of its output folder.

    What other runs have made of photos of the folder is none of them.

    Args:
        folder: the folder.
        request: the request.
        place: of the folder in the tree that is kept below the output folder.
        places: what is known of files at addresses.
    """

    def __init__(self, folder: Path, request: BatchRequest, place: Path = Path(), places: Places | None = None) -> None:
        self._folder, self._request, self._place, self._places = folder, request, place, places or Places()
        output = None if request.output is None else os.path.realpath(request.output)
        root = os.path.realpath(folder)
        self._own = None if output is None or output == root else Path(output)
        self._products = None if is_remote(folder) else Products(folder)

    def __iter__(self) -> Iterator[FoundPhoto]:
        """Search the folder.

        Raises:
            AtelierError: it cannot be opened.
        """
        for path in self._paths():
            if (photo := self._photo_at(path)) is not None:
                yield photo

    def arrived(self, path: Path) -> FoundPhoto | None:
        """Return the photo at a path below the folder; None for what is none, hidden, or not complete by its name."""
        if path.suffix.lower() not in _SUFFIXES or _is_partial(path) or not os.path.isfile(path):
            return None
        if self._folder not in path.parents or self._is_hidden(path) or _has_finished_beside(path):
            return None
        return self._photo_at(path)

    def _paths(self) -> Iterable[Path]:
        if not is_remote(self._folder):
            return find_files(self._folder, _SUFFIXES)
        files = self._places.files(self._folder)
        return (path for path in files if path.suffix.lower() in _SUFFIXES and not self._is_hidden(path))

    def _is_hidden(self, path: Path) -> bool:
        return any(is_hidden(part) for part in path.relative_to(self._folder).parts)

    def _is_own(self, path: Path) -> bool:
        """Whether a path lies in the output folder, which may be a link."""
        return self._own is not None and self._own in Path(os.path.realpath(path)).parents

    def _photo_at(self, path: Path) -> FoundPhoto | None:
        inner = path.relative_to(self._folder)
        if not _is_wanted(inner, self._request) or self._is_own(path):
            return None
        if self._products is not None and self._products.holds(path):
            return None
        return FoundPhoto(path, self._place / inner.parent, is_named=False)


def _is_wanted(path: Path, request: BatchRequest) -> bool:
    """Whether the patterns of a request take a path; capitals and small letters are the same to them."""
    whole, name = path.as_posix().lower(), path.name.lower()
    folders = [parent.as_posix().lower() for parent in path.parents][:-1]
    parts = [whole, name, *folders, *(part.lower() for part in path.parts[:-1])]
    included = not request.include or _match((whole, name), request.include)
    return included and not _match(parts, request.exclude)


def _match(names: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for name in names for pattern in patterns)


def _without_repeats(found: Iterable[FoundPhoto]) -> list[FoundPhoto]:
    first: dict[str, FoundPhoto] = {}
    for photo in found:
        first.setdefault(os.path.realpath(photo.path), photo)
    return list(first.values())


def _is_partial(path: Path) -> bool:
    """Whether a name is one that programs give to a file until it is complete."""
    return path.name.startswith("~") or path.stem.lower().endswith(_PARTIAL)


def _has_finished_beside(path: Path) -> bool:
    """Whether a file is a RAW file with a finished photo of its name."""
    if not _is_raw(path):
        return False
    try:
        beside = {name.lower() for name in os.listdir(path.parent) if name.startswith(path.stem)}
    except OSError:  # it went away
        return False
    return any(f"{path.stem}{suffix}".lower() in beside for suffix in PHOTO_SUFFIXES)


def _is_raw(path: Path) -> bool:
    return path.suffix.lower() in RAW_SUFFIXES


def _name_of(path: Path) -> str:
    return os.path.normcase(os.path.splitext(os.path.abspath(path))[0])
