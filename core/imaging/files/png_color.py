"""What a PNG says of its colors, in chunks of which the weightiest holds: cICP, iCCP, sRGB, gAMA and cHRM."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from ...texts import Text
from ..coded_color import Primaries, profile_of_codes, profile_of_gamma
from ..color_management import ColorSpace
from ..photo import Photo
from . import checks

COLOR_KINDS = (b"cICP", b"mDCV", b"mDCv", b"cLLI", b"cLLi", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
HDR_KINDS = (b"mDCV", b"mDCv", b"cLLI", b"cLLi")
_WAYS = ((b"cICP",), (b"iCCP",), (b"sRGB",), (b"gAMA", b"cHRM"))  # the weightiest first (PNG, third edition, 4.3)
_UNIT = 100000
_MAX_PROFILE = 16 << 20  # bytes, unpacked


def profile_of_chunks(chunks: Mapping[bytes, bytes], *, is_gray: bool) -> bytes | None:
    """Return an ICC profile for the colors of a PNG, by the weightiest of its chunks.

    Args:
        chunks: bodies of its chunks, by their kind.
        is_gray: whether the pixels have one channel.

    Returns:
        The profile of iCCP, or one that says what other chunks say; None for sRGB.

    Raises:
        ValueError: a chunk is damaged, or its values are none of a color space.
    """
    try:
        if b"cICP" in chunks:
            return _coded_profile(chunks[b"cICP"], is_gray)
        if b"iCCP" in chunks:
            return _unpacked_profile(chunks[b"iCCP"])
        if b"sRGB" in chunks:
            return None
        return profile_of_gamma(_gamma(chunks), _primaries(chunks), is_gray)
    except (struct.error, zlib.error, IndexError) as error:
        raise ValueError(Text("it is damaged")) from error


def usable_colors(
    chunks: Mapping[bytes, bytes], *, is_gray: bool, notes: list[Text]
) -> tuple[bytes | None, tuple[tuple[bytes, bytes], ...]]:
    """Return the profile of the weightiest chunks that can be used.

    Args:
        chunks: bodies of its chunks, by their kind.
        is_gray: whether the pixels have one channel.
        notes: are told why weightier ones cannot be used.

    Returns:
        The profile, None for sRGB, and the color chunks without those that cannot be used.
    """
    left = {kind: chunks[kind] for kind in COLOR_KINDS if kind in chunks}
    first: tuple[str, ValueError] | None = None
    while True:
        kinds = _weightiest(left)
        try:
            profile = profile_of_chunks(left, is_gray=is_gray)
            ColorSpace.of(profile, is_gray)  # an iCCP may unpack and yet hold no profile that can be used
            break
        except ValueError as error:
            first = first or (_names(kinds), error)
            for kind in (*kinds, *(HDR_KINDS if kinds == (b"cICP",) else ())):
                left.pop(kind, None)
    if first is not None:
        notes.append(_left_out(*first, _names(kinds)))
    return profile, tuple(left.items())


def holds_color_chunks(photo: Photo) -> bool:
    """Whether what a photo's PNG said of its colors still says what its profile says."""
    chunks = dict(photo.metadata.color_chunks)
    try:
        return bool(chunks) and profile_of_chunks(chunks, is_gray=photo.is_gray) == photo.profile
    except ValueError:
        return False


def _weightiest(chunks: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    found = (tuple(kind for kind in kinds if kind in chunks) for kinds in _WAYS)
    return next(filter(None, found), ())


def _names(kinds: tuple[bytes, ...]) -> str:
    return "/".join(kind.decode() for kind in kinds)


def _left_out(name: str, cause: ValueError, used: str) -> Text:
    if not used:
        return checks.unusable_profile(cause)
    return Text("its {name} was left out and its {used} used for colors ({cause})", name=name, used=used, cause=cause)


def _coded_profile(body: bytes, is_gray: bool) -> bytes | None:
    primaries, transfer, matrix, is_full_range = struct.unpack("4B", body)
    if matrix:
        raise ValueError(Text("its colors have code points that are not known here: {codes}", codes=list(body)))
    if not is_full_range:
        raise ValueError(Text("its colors are of video range, 16 to 235, which photos do not have"))
    return profile_of_codes(primaries, transfer, is_gray)


def _unpacked_profile(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    profile = unpacker.decompress(body.split(b"\0", 1)[1][1:], _MAX_PROFILE)
    if unpacker.unconsumed_tail:
        raise ValueError(Text("it is larger than {limit} MB", limit=_MAX_PROFILE >> 20))
    return profile


def _gamma(chunks: Mapping[bytes, bytes]) -> float | None:
    return struct.unpack(">I", chunks[b"gAMA"])[0] / _UNIT if b"gAMA" in chunks else None


def _primaries(chunks: Mapping[bytes, bytes]) -> Primaries | None:
    if b"cHRM" not in chunks:
        return None
    values = [value / _UNIT for value in struct.unpack(">8I", chunks[b"cHRM"])]
    white, red, green, blue = zip(values[::2], values[1::2], strict=True)
    return red, green, blue, white
