"""Checks and errors that all formats share."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ...errors import PhotoError
from ...texts import Text, joined
from ..photo import MIN_SIDE

_LIBRARIES = ("imagecodecs", "PIL", "PIL.TiffImagePlugin", "pillow_heif", "tifffile")
_HARMLESS = 64 << 20  # decoded bytes that any file may promise
_MAX_RATIO = 1000  # decoded bytes for one of the file; photos stay far under it, and zlib's limit is 1032
DAMAGE = (  # what decoders raise of damaged files; tifffile divides by tile sizes of 0, and asserts
    OSError,
    SyntaxError,
    ValueError,
    RuntimeError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    struct.error,
    zlib.error,
)


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


def check_plausible(path: Path, num_packed: int, num_bytes: int, *, tightness: int = 1) -> None:
    """Raise PhotoError if a file promises far more pixels than photos are packed in; called before decoding.

    Args:
        path: of the file.
        num_packed: bytes of the file.
        num_bytes: of its decoded pixels.
        tightness: how many times tighter than a JPEG the format may pack.
    """
    if num_bytes > _HARMLESS and num_bytes > _MAX_RATIO * tightness * num_packed:
        raise PhotoError(
            "{path}: promises {large:.0f} MB of pixels in {small:.0f} KB (no photo is packed so tightly, it is empty "
            "or damaged); export it again",
            path=path,
            large=num_bytes / 1e6,
            small=num_packed / 1e3,
        )


def left_out(what: Iterable[str]) -> Text:
    """Return the note that parts of a file are not kept; `what` are their names, one at least."""
    return Text("left out: {what}", what=joined(what))


def unusable_profile(cause: ValueError) -> Text:
    """Return the note that a profile cannot be used."""
    return Text("its color profile was left out and sRGB assumed ({cause})", cause=cause)


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


_reading: ContextVar[Path | None] = ContextVar("reading", default=None)
_log = logging.getLogger(__name__)


class _Chatter(logging.Filter):
    """Keeps what libraries log of the file that is read from users, who are told in words of ours; -v shows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is shown as it is."""
        path = _reading.get()
        if path is None:
            return True
        _log.debug("%s: %s", path, record.getMessage())
        return False


_CHATTER = _Chatter()


@contextmanager
def decode_errors_as_photo_error(path: Path) -> Iterator[None]:
    """Convert errors of a decoder to a PhotoError that names the file, and keep what it logs to debugging.

    Raises:
        PhotoError: the file is damaged, truncated, or too large for the memory.
    """
    for name in _LIBRARIES:
        logging.getLogger(name).addFilter(_CHATTER)
    token = _reading.set(path)
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
    finally:
        _reading.reset(token)
