"""The library of installed styles, and the lookup of names."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import StyleError
from ..folders import library_folder, weights_folder
from ..imaging.files.atomic import check_writable
from ..imaging.tables.reading import TABLE_SUFFIXES
from ..texts import Text, cause_of, joined
from .style import Style, checked_name
from .style_file import SUFFIX, load_style, save_style


@dataclass(frozen=True)
class StyleEntry:
    """One installed style.

    Attributes:
        name: unique; `origin/name` if another style has the same name.
        path: its file.
        origin: `library` (the user's), `bundled`, or the name of a host's folder.
    """

    name: str
    path: Path
    origin: str


def style_folders(host_folders: Sequence[tuple[str, Path]] = ()) -> list[tuple[str, Path]]:
    """Return (origin, folder) in order of precedence."""
    return [("library", library_folder()), *host_folders, ("bundled", weights_folder() / "styles")]


def list_styles(host_folders: Sequence[tuple[str, Path]] = ()) -> list[StyleEntry]:
    """Return all installed styles, sorted by name; shared names get the origin as prefix.

    Args:
        host_folders: further folders of a host, as (origin, folder), such as ComfyUI's model folder.
    """
    found = [
        (path.name.removesuffix(SUFFIX), path, origin)
        for origin, folder in style_folders(host_folders)
        for path in _style_paths(folder)
    ]
    counts = Counter(name for name, _, _ in found)
    entries = [
        StyleEntry(name if counts[name] == 1 else f"{origin}/{name}", path, origin) for name, path, origin in found
    ]
    return sorted(entries, key=lambda entry: entry.name.lower())


def find_style(name: str, host_folders: Sequence[tuple[str, Path]] = ()) -> StyleEntry:
    """Find an installed style by its name, with or without origin; the user's own take precedence over bundled ones.

    Raises:
        StyleError: there is none; the text names the searched folders and similar names.
    """
    entries = list_styles(host_folders)
    for origin, _ in style_folders(host_folders):
        for entry in entries:
            plain = entry.path.name.removesuffix(SUFFIX)
            if entry.origin == origin and name in (plain, f"{origin}/{plain}"):
                return entry
    near = difflib.get_close_matches(name, [entry.name for entry in entries], n=3)
    hint = Text("`atelier styles` lists those that are installed")
    if near:
        hint = Text("did you mean {names}?", names=joined(near, "{first} or {rest}"))
    searched = ", ".join(str(folder) for _, folder in style_folders(host_folders))
    raise StyleError(
        "{name}: no such style, style file, photo or folder (searched {folders}); {hint}",
        name=name,
        folders=searched,
        hint=hint,
    )


def find_own_style(name: str) -> StyleEntry:
    """Find a style of the user's own by its name.

    Raises:
        StyleError: there is none, or it is bundled.
    """
    entry = find_style(name)
    if entry.origin != "library":
        raise StyleError(
            "{name}: is a {origin} style and stays as it is; only styles of your own can change",
            name=name,
            origin=entry.origin,
        )
    return entry


def own_style_path(name: str, *, overwrite: bool = False) -> Path:
    """Return the path of a new style in the user's library.

    Raises:
        StyleError: the name cannot be used, or is taken.
    """
    path = library_folder() / (checked_name(name) + SUFFIX)
    if os.path.exists(path) and not overwrite:
        raise StyleError(
            "{path}: a style called {name!r} exists; choose another name, or add --overwrite", path=path, name=name
        )
    return path


def style_target(name: str, output: Path | None, *, overwrite: bool) -> Path:
    """Return the output path of a new style; checked before any work is done.

    Raises:
        AtelierError: the name cannot be used, or the file exists.
    """
    if output is None:
        return own_style_path(name, overwrite=overwrite)
    path = output / f"{name}{SUFFIX}" if os.path.isdir(output) else output
    path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
    check_writable(path, overwrite=overwrite)
    return path


def add_style(
    path: Path, *, name: str | None = None, input_space: str | None = None, overwrite: bool = False
) -> StyleEntry:
    """Copy a style file into the user's library, or make a style of a color table there.

    Args:
        path: a style file, the zip of a shared style, or a color table as of `read_color_table`.
        name: of the style; None for that in the style file, or that of the table's file.
        input_space: the log encoding that a color table expects; None for sRGB.
        overwrite: whether a style of that name may be replaced.

    Raises:
        StyleError: the file cannot be used, or the name is taken.
        PhotoError: the picture of a HaldCLUT cannot be read.
    """
    if path.suffix.lower() in TABLE_SUFFIXES:
        from .cover import with_cover  # imports cv2
        from .table_style import style_of_table

        style = style_of_table(path, name=name, input_space=input_space)
        own_style_path(style.name, overwrite=overwrite)  # before the cover is rendered
        return store_style(with_cover(style), overwrite=overwrite)
    if input_space is not None:
        raise StyleError("{path}: is no color table, and only those expect a log encoding", path=path)
    style = load_style(path)
    return store_style(style if name is None else style.renamed(name), overwrite=overwrite)


def store_style(style: Style, *, overwrite: bool = False) -> StyleEntry:
    """Save a style in the user's library.

    Raises:
        StyleError: the name cannot be used, or is taken.
    """
    path = save_style(style, own_style_path(style.name, overwrite=overwrite), overwrite=overwrite)
    return StyleEntry(style.name, path, "library")


def rename_style(name: str, new_name: str, *, overwrite: bool = False) -> StyleEntry:
    """Rename one of the user's own styles.

    Raises:
        StyleError: there is no such style, or the new name cannot be used or is taken.
    """
    entry = find_own_style(name)
    style = load_style(entry.path)
    if new_name == entry.path.name.removesuffix(SUFFIX):
        return entry
    renamed = store_style(style.renamed(new_name), overwrite=overwrite)
    if not renamed.path.samefile(entry.path):  # the same file if only the case changed
        _delete(entry.path)
    return renamed


def remove_style(name: str) -> Path:
    """Delete one of the user's own styles.

    Returns:
        The path of the deleted file.

    Raises:
        StyleError: there is no such style, it is bundled, or its file cannot be deleted.
    """
    entry = find_own_style(name)
    _delete(entry.path)
    return entry.path


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise StyleError(
            "{path}: cannot be deleted ({cause}); check your rights in {folder}",
            path=path,
            cause=cause_of(error),
            folder=path.parent,
        ) from error


def _style_paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.glob(f"*{SUFFIX}") if path.is_file() and not path.name.startswith(".")]
