"""Reading of color tables of any format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...errors import StyleError
from ...texts import cause_of
from .color_table import ColorTable
from .cube import read_cube
from .hald import HALD_SUFFIXES, is_hald, read_hald
from .other_formats import read_3dl, read_csp, read_spi1d, read_spi3d

_READERS: dict[str, Callable[[Path], ColorTable]] = {
    ".cube": read_cube,
    ".3dl": read_3dl,
    ".csp": read_csp,
    ".spi1d": read_spi1d,
    ".spi3d": read_spi3d,
    **dict.fromkeys(HALD_SUFFIXES, read_hald),
}
TABLE_SUFFIXES = tuple(_READERS)


def read_color_table(path: Path) -> ColorTable:
    """Read a color table.

    Args:
        path: a .cube, .3dl, .csp, .spi1d or .spi3d file, or a HaldCLUT as PNG or TIFF.

    Returns:
        The table, in a size that a look can hold.

    Raises:
        StyleError: the file is none of these, is not complete, or holds what is no color.
        PhotoError: the picture of a HaldCLUT cannot be read.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None or (path.exists() and not path.is_file()):  # such as a pipe, whose end never comes
        raise StyleError(
            "{path}: is not a color table that can be read ({suffixes})", path=path, suffixes=", ".join(TABLE_SUFFIXES)
        )
    try:
        return reader(path).fitted()
    except MemoryError as error:
        raise StyleError("{path}: does not fit into memory; close programs", path=path) from error
    except OSError as error:
        raise StyleError("{path}: cannot be read ({cause})", path=path, cause=cause_of(error)) from error
    except ValueError as error:
        raise StyleError(
            "{path}: cannot be used as a color table ({cause}); export it again", path=path, cause=error
        ) from error


def is_color_table(path: Path) -> bool:
    """Whether a file is a color table: by its suffix, and a picture by its pixels."""
    suffix = path.suffix.lower()
    return suffix in _READERS and (suffix not in HALD_SUFFIXES or is_hald(path))
