"""Changes of the library by the panel: duplicate, describe, delete and restore."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ..core.errors import StyleError
from ..core.folders import library_folder
from ..core.imaging.photo import Photo
from ..core.imaging.tables.reading import TABLE_SUFFIXES
from ..core.learning.resolve import open_entry
from ..core.styles.cover import with_cover
from ..core.styles.library import StyleEntry, find_own_style, find_style, list_styles, own_style_path, store_style
from ..core.styles.sources import learnt_hash
from ..core.styles.style import Style, checked_name
from ..core.styles.style_file import SUFFIX, load_style, save_style
from ..core.styles.table_style import style_of_table
from ..core.texts import cause_of

TRASH = ".trash"  # folder in the library whose styles are not listed
_MOST_TRASHED = 50

LibraryState = list[tuple[str, str, int]]  # name, path and time of the last change (ns) of each installed style


def known_styles() -> list[tuple[StyleEntry, Style]]:
    """Return all readable styles: the user's own, those that came or were changed last in front, then by name."""
    own, ready = list[tuple[int, StyleEntry, Style]](), list[tuple[StyleEntry, Style]]()
    for entry in list_styles():
        try:
            changed = entry.path.stat().st_mtime_ns
            style = _loaded(entry, changed)
        except (StyleError, OSError):
            continue
        if entry.origin == "library":
            own.append((changed, entry, style))
        else:
            ready.append((entry, style))
    own.sort(key=lambda one: one[0], reverse=True)
    return [*((entry, style) for _changed, entry, style in own), *ready]


def library_state() -> LibraryState:
    """Return the state of the library, for a page to compare with the one that it shows."""
    state = []
    for entry in list_styles():
        with suppress(OSError):  # deleted meanwhile
            state.append((entry.name, str(entry.path), entry.path.stat().st_mtime_ns))
    return state


def open_style(name: str) -> Style:
    """Find an installed style by its name; paths are not accepted, since visitors could read any file.

    Raises:
        StyleError: there is none.
    """
    entry = find_style(name)
    return _loaded(entry, entry.path.stat().st_mtime_ns)


def duplicate_style(name: str) -> StyleEntry:
    """Copy a style, which may be bundled, to the user's own.

    Raises:
        StyleError: there is no such style, or the copy cannot be written.
    """
    style = open_style(name)
    return store_style(style.renamed(free_name(find_style(name).path.name.removesuffix(SUFFIX))))


def free_name(name: str) -> str:
    """Return a name that no style of the user's own has: with a number behind it.

    Raises:
        StyleError: there is none.
    """
    for number in range(2, 1000):
        found = f"{name[:75]} {number}"
        if not is_taken(found):
            return found
    raise StyleError("{name}: has 998 copies; delete some", name=name)


def is_taken(name: str) -> bool:
    """Whether a style of the user's own has a name.

    Raises:
        StyleError: the name cannot be used.
    """
    return own_style_path(name, overwrite=True).exists()


def is_installed(style: Style) -> bool:
    """Whether the very same style, but for its cover and its texts, has its name in the library."""
    try:
        there = load_style(own_style_path(style.name, overwrite=True))
    except StyleError:
        return False
    return learnt_hash(there) == learnt_hash(style)


def style_in(path: Path) -> Style:
    """Read the style of a style file, the zip of a shared style, or a color table.

    Raises:
        AtelierError: the file cannot be used.
    """
    if path.suffix.lower() in TABLE_SUFFIXES:
        return style_of_table(path)
    return load_style(path)


def store_in_place(style: Style) -> StyleEntry:
    """Store a style in the place of that of its name, which goes to the trash.

    Raises:
        StyleError: it cannot be written.
    """
    path = own_style_path(style.name, overwrite=True)
    if path.exists():
        _to_trash(path, shutil.copy2)  # not moved, so that at no moment there is none
    return store_style(style if style.cover else with_cover(style), overwrite=True)


def change_cover(name: str, photo: Photo | None) -> StyleEntry:
    """Make the cover of a style of the user's own anew.

    Args:
        name: of the style.
        photo: that it shows; None for the astronaut.

    Raises:
        StyleError: the style is not the user's own.
    """
    entry = find_own_style(name)
    save_style(with_cover(open_entry(entry), photo), entry.path, overwrite=True)
    return entry


def describe_style(name: str, texts: Mapping[str, str]) -> StyleEntry:
    """Change the texts of a style of the user's own.

    Args:
        name: of the style.
        texts: new values of `description`, `words` and `licence`.

    Raises:
        StyleError: the style is not the user's own.
    """
    entry = find_own_style(name)
    kept = {key: " ".join(text.split()) if key == "description" else text.strip() for key, text in texts.items()}
    save_style(replace(open_entry(entry), **kept), entry.path, overwrite=True)
    return entry


def trash_style(name: str) -> Path:
    """Move a style of the user's own to the trash.

    Returns:
        The name of the file in the trash, for `restore_style`.

    Raises:
        StyleError: the style is not the user's own, or cannot be moved.
    """
    return _to_trash(find_own_style(name).path, os.replace)


def _to_trash(path: Path, bring: Callable[[Path, Path], object]) -> Path:
    trash = library_folder() / TRASH
    target = trash / f"{time.strftime('%Y%m%d-%H%M%S')} {time.monotonic_ns() % 10**6:06d} {path.name}"
    try:
        trash.mkdir(mode=0o700, exist_ok=True)
        bring(path, target)
        for old in sorted(trash.iterdir())[:-_MOST_TRASHED]:
            old.unlink()
    except OSError as error:
        raise StyleError(
            "{path}: cannot be deleted ({cause}); check your rights there", path=path, cause=cause_of(error)
        ) from error
    return target


def restore_style(trashed: str) -> StyleEntry:
    """Restore a deleted style.

    Args:
        trashed: name of the file in the trash.

    Raises:
        StyleError: it does not exist any more, or its name is taken.
    """
    path = library_folder() / TRASH / Path(trashed).name
    name = path.name.split(" ", 2)[-1].removesuffix(SUFFIX)
    style = load_style(path)
    entry = store_style(style.renamed(checked_name(name)))
    path.unlink(missing_ok=True)
    return entry


@lru_cache(maxsize=256)
def _loaded(entry: StyleEntry, changed: int) -> Style:
    return open_entry(entry)
