"""The output path of a new style."""

from __future__ import annotations

from pathlib import Path

from ...imaging.files.atomic import check_writable
from ...styles.library import own_style_path
from ...styles.style_file import SUFFIX


def style_target(name: str, output: Path | None, *, overwrite: bool) -> Path:
    """Return the output path of a new style; checked before any work is done.

    Raises:
        AtelierError: the name cannot be used, or the file exists.
    """
    if output is None:
        return own_style_path(name, overwrite=overwrite)
    path = output / f"{name}{SUFFIX}" if output.is_dir() else output
    path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
    check_writable(path, overwrite=overwrite)
    return path
