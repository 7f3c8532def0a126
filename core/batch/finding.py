"""The photos of a batch: named ones, and those found below folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES
from ..photos.search import find_files
from .request import BatchRequest

_SUFFIXES = {*PHOTO_SUFFIXES, *RAW_SUFFIXES}


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


def find_batch(request: BatchRequest) -> tuple[list[FoundPhoto], list[Path]]:
    """Find the photos of a request, each once, in the order given and by name within folders.

    Returns:
        The photos, and the RAW files among them that are left out since a finished photo of that name is there, too.

    Raises:
        AtelierError: a folder cannot be opened.
    """
    found = _without_repeats(_all(request))
    finished = {_name_of(photo.path) for photo in found if not _is_raw(photo.path)}
    raws = [photo.path for photo in found if _is_raw(photo.path) and _name_of(photo.path) in finished]
    left_out = set(raws)
    return [photo for photo in found if photo.path not in left_out], raws


def _all(request: BatchRequest) -> Iterator[FoundPhoto]:
    num_folders = sum(os.path.isdir(path) for path in request.photos)
    for path in request.photos:
        if os.path.isdir(path):
            yield from _below(path, request, Path(path.resolve().name) if num_folders > 1 else Path())
        else:
            yield FoundPhoto(path)


def _below(folder: Path, request: BatchRequest, place: Path) -> Iterator[FoundPhoto]:
    """Find the photos below a folder, but not those below the output folder."""
    output = None if request.output is None else os.path.realpath(request.output)
    root = os.path.realpath(folder)
    own = None if output is None or not output.startswith(root + os.sep) else Path(output).relative_to(root)
    for path in find_files(folder, _SUFFIXES):
        inner = path.relative_to(folder)
        if (own is None or own not in inner.parents) and _is_wanted(inner, request):
            yield FoundPhoto(path, place / inner.parent, is_named=False)


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


def _is_raw(path: Path) -> bool:
    return path.suffix.lower() in RAW_SUFFIXES


def _name_of(path: Path) -> str:
    return os.path.normcase(os.path.splitext(os.path.abspath(path))[0])
