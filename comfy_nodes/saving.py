"""Saving of styles and color tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ..core.errors import StyleError
from ..core.imaging.photo import Photo
from ..core.imaging.rendering.restyle import Progress
from ..core.styles.cover import with_cover
from ..core.styles.export import exported_look, loss_words, write_cube
from ..core.styles.library import own_style_path
from ..core.styles.style import Style, checked_name
from ..core.styles.style_file import SUFFIX, load_style, save_style, style_hash

_DATE_PARTS = {"M": "month", "d": "day", "h": "hour", "m": "minute", "s": "second"}


def target_of(folder: Path | None, name: str) -> Path:
    """Return the path for a style in a folder; None is the library.

    Raises:
        StyleError: the name cannot be used.
    """
    return own_style_path(name, overwrite=True) if folder is None else folder / (checked_name(name) + SUFFIX)


def shown_path(path: Path) -> str:
    """Return a path as a node shows it: `~` for the user's home, whose name would go along with the workflow."""
    with suppress(ValueError, RuntimeError):  # it lies elsewhere; there is no home
        return str(Path("~") / path.relative_to(Path.home()))
    return str(path)


def save_into(folder: Path | None, style: Style, *, overwrite: bool) -> tuple[Style, Path]:
    """Save a style with its cover, unless the file contains the same style already.

    Raises:
        StyleError: another style has the name, or the file cannot be written.
    """
    path = target_of(folder, style.name)
    styled = style if style.cover else with_cover(style)
    if path.exists() and not overwrite:
        if _is_saved(styled, path):
            return styled, path
        check_not_taken(path, style.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return styled, save_style(styled, path, overwrite=overwrite)


def check_not_taken(path: Path, name: str) -> None:
    """Raise StyleError if the name is taken."""
    raise StyleError(
        "{path}: another style is called {name!r}; choose another name, or switch overwrite on", path=path, name=name
    )


def export_cube(style: Style, path: Path, *, size: int, photos: Sequence[Photo], progress: Progress) -> str:
    """Write a color table, adapted to photos or the mean portrait; return a text of its error.

    `progress` is called with (done, total) steps, and may raise.

    Raises:
        AtelierError: a pixel style has no look, or the file cannot be written.
    """
    look, loss = exported_look(style, photos, size=size, progress=progress)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_cube(look, path, title=style.name, size=size)
    adapted = "the image" if photos else "the mean portrait"
    told: list[str] = [*loss_words(loss, style, adapted if photos else "")]
    if loss.wants_photo:
        told.append(f"made for the astronaut, it would differ by {loss.adapted:.2f}: connect an image of yours")
    return "; ".join([f"{size} points an axis, sRGB to sRGB, adapted to {adapted}", *told])


def dated(prefix: str, now: datetime) -> str:
    """Fill in the date in a prefix, as ComfyUI's canvas does it for Save Image alone.

    Args:
        prefix: may hold `%date%` for 2026-01-31, or `%date:FORMAT%` with the letters of `_DATE_PARTS`.
        now: the date.
    """

    def part(found: re.Match[str]) -> str:
        letters = found[0]
        if letters[0] == "y":
            return f"{now.year}"[-len(letters) :]
        return str(getattr(now, _DATE_PARTS[letters[0]])).zfill(len(letters))

    def filled(found: re.Match[str]) -> str:
        return re.sub(r"yyyy|yy|MM?|dd?|hh?|mm?|ss?", part, found[1] or "yyyy-MM-dd")

    return re.sub(r"%date(?::([^%]+))?%", filled, prefix)


def _is_saved(style: Style, path: Path) -> bool:
    with suppress(StyleError):
        return style_hash(load_style(path)) == style_hash(style)
    return False
