"""Where the photos of a style lie on this computer, so that it can be learnt again: never part of its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import AtelierError
from ..folders import library_folder
from ..imaging.files.atomic import atomic_write
from .style import Style
from .style_file import style_hash

_FOLDER = ".sources"  # in the library; hidden, so that no host lists it


@dataclass(frozen=True)
class StyleSource:
    """What a style was learnt from, and how.

    Attributes:
        photos: folder of the finished photos; None if they were copies that were not kept.
        content: folder of the untouched photos; None if there were none, or they were copies.
        generator: `look` or `pixel`.
        instant: whether it was read and not trained.
        options: of the training, by name.
    """

    photos: Path | None = None
    content: Path | None = None
    generator: str = "look"
    instant: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_photos(self) -> bool:
        """Whether the photos are still there."""
        return self.photos is not None and self.photos.exists()


def remember_source(style: Style, source: StyleSource) -> None:
    """Note the source of a style of the user's own; where that cannot be written, the style is as good without it."""
    paths = {name: None if path is None else str(path) for name, path in _paths(source).items()}
    with suppress(AtelierError, OSError), atomic_write(_file_of(style), overwrite=True) as temporary:
        temporary.write_text(json.dumps({**asdict(source), **paths, "options": dict(source.options)}))


def source_of(style: Style) -> StyleSource | None:
    """Return the source of a style, by its content: also under another name; None if it is not known here."""
    try:
        stored = json.loads(_file_of(style).read_text(encoding="utf-8"))
        paths = {name: None if stored[name] is None else Path(stored[name]) for name in ("photos", "content")}
        return StyleSource(**{**stored, **paths})
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _paths(source: StyleSource) -> dict[str, Path | None]:
    return {"photos": source.photos, "content": source.content}


def _file_of(style: Style) -> Path:
    return library_folder() / _FOLDER / f"{learnt_hash(style)[:32]}.json"


def learnt_hash(style: Style) -> str:
    """Return the hash of all of a style but its cover, which may be made anew."""
    return style_hash(replace(style, cover=b""))
