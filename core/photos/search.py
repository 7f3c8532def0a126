"""Search of photo files below a folder."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

from ..errors import LearningError
from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES
from ..texts import Text, cause_of

_log = logging.getLogger(__name__)
_NOT_PHOTOS = {"__macosx", "@eadir", "$recycle.bin", "lost+found"}


def photos_of(folder: str) -> list[Path]:
    """Return the photos directly in `FOLDER`, sorted by name; the first N of `FOLDER:N`, the last of `FOLDER:-N`.

    Raises:
        LearningError: there is no such folder, or it has no photos.
    """
    match = re.fullmatch(r"(.+?)(?::(-?\d+))?", folder)
    assert match is not None
    path = Path(match[1])
    if not path.is_dir():
        raise LearningError("{path}: not a folder", path=path)
    photos = sorted(file for file in path.iterdir() if file.suffix.lower() in PHOTO_SUFFIXES)
    if not photos:
        raise LearningError("{path}: no photos in this folder", path=path)
    count = int(match[2] or len(photos))
    return photos[:count] if count >= 0 else photos[count:]


def find_photos(folder: Path) -> list[Path]:
    """Find the photos below a folder by their suffixes; skip hidden files and folders, and thumbnails.

    Args:
        folder: a folder, searched at any depth; links are followed, each folder once. Or a file with any suffix.

    Returns:
        Paths that begin with `folder`, sorted by name, in the same order on every system.

    Raises:
        LearningError: there is no such folder, or it cannot be opened.
    """
    require_readable(folder)
    return [folder] if folder.is_file() else find_files(folder, PHOTO_SUFFIXES)


def find_files(folder: Path, suffixes: Container[str]) -> list[Path]:
    """Find files below a folder by their suffixes, in lower case; otherwise as `find_photos`.

    Raises:
        LearningError: there is no such folder, or it cannot be opened.
    """
    require_readable(folder)
    return _sorted(folder, (path for path in _files(folder) if path.suffix.lower() in suffixes))


def find_raws(folder: Path) -> list[Path]:
    """Find RAW files below a folder without a finished photo of the same name beside them."""
    if not folder.is_dir():
        return []
    files = list(_files(folder))
    finished = {path.with_suffix("") for path in files if path.suffix.lower() in PHOTO_SUFFIXES}
    raws = (path for path in files if path.suffix.lower() in RAW_SUFFIXES and path.with_suffix("") not in finished)
    return _sorted(folder, raws)


def require_readable(folder: Path) -> None:
    """Check that a folder can be searched.

    Raises:
        LearningError: there is no such file or folder, or it cannot be opened.
    """
    try:
        if folder.is_file():
            return
        if not folder.exists():
            raise LearningError("{folder}: no such folder (nothing is there); check the spelling", folder=folder)
        if not folder.is_dir():
            raise LearningError("{folder}: is neither a folder nor a file; name a folder of photos", folder=folder)
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        raise LearningError(
            "{folder}: the folder cannot be opened ({cause}); check its permissions",
            folder=folder,
            cause=cause_of(error),
        ) from error


def is_hidden(name: str) -> bool:
    """Whether a folder or file is left out by its name: hidden ones, thumbnails, trash."""
    return name.startswith(".") or name.lower() in _NOT_PHOTOS


def _files(folder: Path) -> Iterator[Path]:
    seen = {os.path.realpath(folder)}
    for root, subfolders, names in os.walk(folder, followlinks=True, onerror=_tell_left_out):
        kept = []
        for name in sorted(subfolders):
            real = os.path.realpath(os.path.join(root, name))
            if not is_hidden(name) and real not in seen:
                seen.add(real)
                kept.append(name)
        subfolders[:] = kept
        paths = (Path(root, name) for name in names if not name.startswith("."))
        yield from (path for path in paths if os.path.isfile(path))  # Path.is_file raises without permission


def _tell_left_out(error: OSError) -> None:
    _tell_once(str(error.filename), cause_of(error))


@cache
def _tell_once(folder: str, cause: Text) -> None:
    """Tell of a folder that cannot be opened; one that is searched again and again is told of once."""
    _log.warning("%s", Text("{folder}: cannot be opened ({cause}); left out", folder=folder, cause=cause))


def _sorted(folder: Path, paths: Iterator[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.relative_to(folder).as_posix())
