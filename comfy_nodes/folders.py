"""Folders of styles and photos of ComfyUI."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import folder_paths

from ..core.errors import LearningError, StyleError
from ..core.imaging.tables.reading import TABLE_SUFFIXES, is_color_table
from ..core.photos.search import find_photos
from ..core.styles.library import StyleEntry, find_style, list_styles
from ..core.styles.style_container import is_style_file
from ..core.styles.style_file import SUFFIX

STYLE_FOLDER = "portrait_styles"
NO_FOLDER = "(none)"


def register_style_folder() -> None:
    """Register models/portrait_styles in ComfyUI, in addition to folders in extra_model_paths.yaml."""
    folder_paths.add_model_folder_path(STYLE_FOLDER, str(Path(folder_paths.models_dir) / STYLE_FOLDER))
    paths = folder_paths.folder_names_and_paths[STYLE_FOLDER][0]
    folder_paths.folder_names_and_paths[STYLE_FOLDER] = (paths, {SUFFIX, *TABLE_SUFFIXES})  # new: "all files"


def host_folders() -> list[tuple[str, Path]]:
    """Return (origin, folder) of ComfyUI's style folders: `models`, then `models2` and so on."""
    paths = folder_paths.get_folder_paths(STYLE_FOLDER)
    return [(f"models{number if number > 1 else ''}", Path(path)) for number, path in enumerate(paths, start=1)]


def style_names() -> list[str]:
    """Return the names of all styles."""
    return [entry.name for entry in style_entries()]


def style_entries() -> list[StyleEntry]:
    """Return all styles, looked up at each call, so that new files appear.

    Style files in sub-folders and color tables are named by their path; files that are no styles are left out.
    """
    installed = [entry for entry in list_styles(host_folders()) if _is_style(entry.path)]
    return sorted([*installed, *_further_entries()], key=lambda entry: entry.name.lower())


def style_entry(name: str) -> StyleEntry:
    """Find a style or a color table by its name.

    Raises:
        StyleError: there is none; the text names the searched folders.
    """
    further = next((entry for entry in _further_entries() if entry.name == name), None)
    if further is not None:
        return further
    try:
        return find_style(name, host_folders())
    except StyleError as error:
        first = host_folders()[0][1]
        raise StyleError(
            "{error}. Put a style file into {folder}, then press R in ComfyUI to see it", error=error, folder=first
        ) from error


def _further_entries() -> list[StyleEntry]:
    """Return what lies in ComfyUI's style folders beside style files at their top: sub-folders, color tables."""
    found: dict[str, StyleEntry] = {}
    for origin, folder in host_folders():
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if any(part.startswith(".") for part in Path(name).parts) or not path.is_file():
                continue
            if path.suffix.lower() != SUFFIX:
                known = _is_table(path)
            else:
                name, known = name.removesuffix(SUFFIX), path.parent != folder and _is_style(path)
            if known:
                found.setdefault(name, StyleEntry(name, path, origin))
    return list(found.values())


def _is_style(path: Path) -> bool:
    return _is_known(str(path), *_state_of(path), False)


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLE_SUFFIXES and _is_known(str(path), *_state_of(path), True)


def _state_of(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # just deleted
        return 0, 0
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=4096)
def _is_known(path: str, _size: int, _changed: int, is_table: bool) -> bool:
    """Look into a file, once for each of its states: ComfyUI asks for the list again and again."""
    return is_color_table(Path(path)) if is_table else is_style_file(Path(path))


def input_folders() -> list[str]:
    """Return NO_FOLDER and the folders below ComfyUI's input folder that hold photos, themselves or further below."""
    root, found = Path(folder_paths.get_input_directory()), set[Path]()
    with suppress(LearningError):  # no input folder
        for folder in {photo.parent.relative_to(root) for photo in find_photos(root)}:
            found.update([folder, *folder.parents])
    return [NO_FOLDER, *sorted(folder.as_posix() for folder in found - {Path()})]


def input_folder(name: str | None) -> Path | None:
    """Return a folder below ComfyUI's input folder by its name; None for NO_FOLDER.

    Raises:
        LearningError: there is no such folder, or it is outside of the input folder.
    """
    if not name or name == NO_FOLDER:
        return None
    root = Path(folder_paths.get_input_directory()).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or path == root:
        raise LearningError(
            "{name}: lies outside of ComfyUI's input folder; choose a folder below {root}", name=name, root=root
        )
    if not path.is_dir():
        raise LearningError("{path}: no such folder; make it, put your finished photos into it, and press R", path=path)
    return path
