"""Where the checkpoint of one learning lies: for every program the same, so that each goes on where another stopped."""

from __future__ import annotations

from pathlib import Path

from ..errors import LearningError
from ..folders import cache_folder
from ..photos.cache import cache_key
from ..photos.folder import find_photos
from ..styles.style_file import SUFFIX


def checkpoint_of(name: str, folder: Path, content: Path | None = None, *, pixels: bool = False) -> tuple[Path, str]:
    """The file of a style's checkpoint, and what tells that it is of the same photos, unchanged.

    Args:
        name: of the style.
        folder: its finished photos.
        content: the photographer's own untouched photos, if there are any.
        pixels: whether a pixel style is learnt, not a look.

    Raises:
        LearningError: there are no photos, or one went away.
    """
    photos = find_photos(folder.resolve())  # however the folder is named
    untouched = [] if content is None else find_photos(content.resolve())
    subject = "learning pixels" if pixels else "learning"
    try:
        key = cache_key(f"{subject}|{name}|{folder.resolve()}", [*photos, *untouched])
    except OSError as error:
        raise LearningError(
            "{folder}: a photo is not there any more ({cause}); start again", folder=folder, cause=error
        ) from error
    return cache_folder() / "learning" / f"{key}{SUFFIX}", key
