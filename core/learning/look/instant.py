"""Instant styles: a folder of finished photos, measured; no training."""

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
_CIEDE2000 = 0.9  # of the CIE 1994 differences that base training knows, on people and films held out to choose by


@dataclass(frozen=True)
class InstantResult:
    """A style, and what its folders had to say.

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
        content_folder: the photographer's own untouched photos; they tell what the look was given to.
        settings: how photos are checked.
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
    """An instant style of photos that are already checked.

    Args:
        proxies: at least one.
        name: of the style.
        content: untouched photos of the same hand; None for people at large.
        settings: what the style file shall say about how it was made.
        cover: whether to make its cover too.
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
    """How far the looks of a style learnt from photos are expected to lie from the photographer's: mean CIEDE2000."""
    model, reading = style.reading
    return _CIEDE2000 * model.expected_error(model.context(reading, model.typical))
