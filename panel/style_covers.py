"""Covers of styles as files for a browser tab."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..core.imaging.contact_sheet import cover
from ..core.styles.cover import astronaut
from ..core.styles.style import Style


def cover_path(style: Style, folder: Path) -> str:
    """Write the cover of a style, or the untouched portrait if it has none; return its path.

    Args:
        style: of any kind.
        folder: of the browser tab.
    """
    data = style.cover or cover(astronaut().pixels)
    path = folder / "covers" / f"{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(path)
