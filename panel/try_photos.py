"""Uploaded photos to restyle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import AtelierError
from .restyling import make_preview
from .uploads import UploadLimits, gather_photos, new_upload, remove_earlier

_LIMITS = UploadLimits(num_photos=200, total_bytes=4 << 30)


@dataclass(frozen=True)
class TryPhoto:
    """An uploaded photo.

    Attributes:
        path: the file, at full size.
        preview: a small copy of it.
        thumbnail: a smaller one.
    """

    path: Path
    preview: Path
    thumbnail: Path


def take_photos(files: Sequence[Path], folder: Path) -> tuple[list[TryPhoto], list[AtelierError]]:
    """Store photos and their small copies; unreadable ones are reported and skipped.

    Args:
        files: uploaded files; may be None.
        folder: of the browser tab.
    """
    if not files:
        return [], []
    try:
        paths = gather_photos(files, new_upload(folder, "try"), _LIMITS)
    except AtelierError as error:
        return [], [error]
    remove_earlier(paths[0].parent)
    photos: list[TryPhoto] = []
    errors: list[AtelierError] = []
    for path in paths:
        try:
            photos.append(TryPhoto(path, *make_preview(path, folder)))
        except AtelierError as error:
            errors.append(error)
    return photos, errors
