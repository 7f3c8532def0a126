"""Instant styles: statistics of a folder of finished photos, without training."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ...estimation.color_set import sample_colors
from ...imaging.proxy import Proxy
from ...photos.folder import FolderSettings, PhotoFolder, read_photo_folder
from ...styles.cover import with_cover
from ...styles.style import Style, checked_name, learnt_from

Progress = Callable[[int, int], None]
_CIEDE2000 = 0.9  # CIEDE2000 as a fraction of CIE 1994, which pretraining measures; on held-out people and films


@dataclass(frozen=True)
class InstantResult:
    """An instant style, and the folders it was computed from.

    Attributes:
        style: the instant style, with its cover.
        photos: the folder of finished photos.
        content: the folder of untouched photos, if one was given.
    """

    style: Style
    photos: PhotoFolder
    content: PhotoFolder | None


def learn_instant(
    folder: Path,
    name: str,
    *,
    content_folder: Path | None = None,
    settings: FolderSettings | None = None,
    progress: Progress | None = None,
) -> InstantResult:
    """Learn an instant style from a folder of finished photos.

    Args:
        folder: photos, at any depth below it; or one photo.
        name: of the style.
        content_folder: the photographer's own untouched photos; they tell the look from the people.
        settings: which checks the photos go through.
        progress: called with (done, total) photos.

    Raises:
        AtelierError: the name cannot be used, or no photo can.
    """
    checked_name(name)
    settings = settings or FolderSettings()
    photos = read_photo_folder(folder, settings=settings, progress=progress)
    content = None
    if content_folder is not None:
        content = read_photo_folder(content_folder, settings=settings, progress=progress)
    style = style_from_proxies(
        photos.proxies,
        name,
        content=None if content is None else content.proxies,
        settings={"method": "set network", "folder": asdict(settings)},
    )
    return InstantResult(style, photos, content)


def style_from_proxies(
    proxies: Sequence[Proxy],
    name: str,
    *,
    content: Sequence[Proxy] | None = None,
    settings: dict[str, object] | None = None,
    cover: bool = True,
) -> Style:
    """Return the instant style of photos that are already checked.

    Args:
        proxies: at least one.
        name: of the style.
        content: untouched photos by the same photographer; None to compare with people at large.
        settings: facts about its making, stored in the style file.
        cover: whether to render its cover picture.
    """
    style = Style(
        name=checked_name(name),
        kind="instant",
        description=learnt_from(len(proxies)),
        created=datetime.date.today().isoformat(),
        num_photos=len(proxies),
        settings={**(settings or {}), "num_content": 0 if content is None else len(content)},
        photos=sample_colors(proxies),
        own=None if content is None else sample_colors(content),
    )
    style = replace(style, score={"expected": round(expected_error(style), 2)})
    return with_cover(style) if cover else style


def expected_error(style: Style) -> float:
    """Return the expected distance of a style's looks from the photographer's, as mean CIEDE2000."""
    model, reading = style.reading
    return _CIEDE2000 * model.expected_error(model.context(reading, model.typical))
