"""Checks and errors that all formats share."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import PhotoError
from ..photo import MIN_SIDE

DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, EOFError, LookupError, TypeError, struct.error, zlib.error)


def check_size(path: Path, width: int, height: int, max_megapixels: float) -> None:
    """Raise PhotoError if a photo is too small, or larger than the limit; called before decoding."""
    if width < MIN_SIDE or height < MIN_SIDE:
        raise PhotoError(
            "{path}: is too small ({width} x {height} pixels, at least {least} x {least} are needed); choose a "
            "larger photo",
            path=path,
            width=width,
            height=height,
            least=MIN_SIDE,
        )
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise PhotoError(
            "{path}: is too large ({width} x {height} pixels are {megapixels:.0f} MP, the limit is {limit:g} "
            "MP); save it smaller",
            path=path,
            width=width,
            height=height,
            megapixels=megapixels,
            limit=max_megapixels,
        )


def cmyk_error(path: Path) -> PhotoError:
    """Return the error for a CMYK picture."""
    return PhotoError(
        "{path}: is in CMYK (printing inks, not light); convert it to RGB first, to sRGB for instance", path=path
    )


def animation_error(path: Path) -> PhotoError:
    """Return the error for an animation."""
    return PhotoError(
        "{path}: is an animation (several frames in time); save the frame you want as PNG or JPEG", path=path
    )


@contextmanager
def decode_errors_as_photo_error(path: Path) -> Iterator[None]:
    """Convert errors of a decoder to a PhotoError that names the file.

    Raises:
        PhotoError: the file is damaged, truncated, or too large for the memory.
    """
    try:
        yield
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError(
            "{path}: does not fit into memory (too many pixels); close programs or save it smaller", path=path
        ) from error
    except DAMAGE as error:
        raise PhotoError(
            "{path}: cannot be decoded, it is damaged or cut off ({cause}); copy or export it again",
            path=path,
            cause=error,
        ) from error
