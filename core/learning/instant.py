"""Instant styles: a folder of finished photos, measured; no training."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..imaging.proxy import Proxy
from ..styles.base_model import BaseModel, load_base
from ..styles.cover import with_cover
from ..styles.places import mean_places
from ..styles.population import measure_population
from ..styles.style import Style, checked_name
from ..styles.tuning import Tuning
from .photo_folder import FolderSettings, PhotoFolder, read_photo_folder

Progress = Callable[[int, int], None]


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
        content_folder: the photographer's own untouched photos; they replace the bundled prior.
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
        settings={"method": "closed form and base model", "folder": asdict(settings)},
    )
    return InstantResult(style, photos, content)


def style_from_proxies(
    proxies: Sequence[Proxy],
    name: str,
    *,
    content: Sequence[Proxy] | None = None,
    settings: dict[str, object] | None = None,
    base: BaseModel | None = None,
    cover: bool = True,
) -> Style:
    """An instant style of photos that are already checked.

    Args:
        proxies: at least one.
        name: of the style.
        content: untouched photos of the same hand; None for the bundled prior.
        settings: what the style file shall say about how it was made.
        base: the base model; None for the one that the package ships.
        cover: whether to make its cover too.
    """
    base = base or load_base()
    tuning = Tuning(
        base.hash,
        base.style_code(proxies),
        mean_places([proxy.pixels for proxy in proxies]),
        None if content is None else mean_places([proxy.pixels for proxy in content]),
    )
    style = Style(
        name=checked_name(name),
        kind="instant",
        description=f"learnt from {len(proxies)} photo{'s' if len(proxies) > 1 else ''}",
        created=datetime.date.today().isoformat(),
        num_photos=len(proxies),
        settings={**(settings or {}), "num_content": 0 if content is None else len(content)},
        population=measure_population(proxies),
        neutral=None if content is None else measure_population(content),
        tuning=tuning,
    )
    return with_cover(style) if cover else style
