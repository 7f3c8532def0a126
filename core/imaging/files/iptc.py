"""Photoshop's resource blocks, which contain IPTC in JPEG files."""

from __future__ import annotations

import struct
from collections.abc import Iterator

IPTC_RESOURCE = 1028
_IPTC_DIGEST = 1061
_THUMBNAILS = (1033, 1036)


def resource_blocks(resources: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the blocks as (number, whole block, data), up to the first that is damaged."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        (number,) = struct.unpack_from(">H", resources, at + 4)
        name_length = (resources[at + 6] + 2) // 2 * 2  # the length byte and the name, padded to an even size
        start = at + 6 + name_length
        if start + 4 > len(resources):
            return
        (size,) = struct.unpack_from(">I", resources, start)
        end = start + 4 + size + size % 2
        yield number, resources[at:end], resources[start + 4 : start + 4 + size]
        at = end


def without_thumbnails(resources: bytes) -> bytes:
    """Remove the blocks of thumbnails."""
    return b"".join(block for number, block, _ in resource_blocks(resources) if number not in _THUMBNAILS)


def iptc_of_resources(resources: bytes) -> bytes | None:
    """Return the IPTC record of the blocks."""
    return next((data for number, _, data in resource_blocks(resources) if number == IPTC_RESOURCE), None)


def without_iptc(resources: bytes) -> bytes:
    """Remove the IPTC record of the blocks, and its digest."""
    stale = (IPTC_RESOURCE, _IPTC_DIGEST)
    return b"".join(block for number, block, _ in resource_blocks(resources) if number not in stale)


def resources_with_iptc(resources: bytes, iptc: bytes) -> bytes:
    """Replace the IPTC record of the blocks."""
    header = b"8BIM" + struct.pack(">HHI", IPTC_RESOURCE, 0, len(iptc))
    return header + iptc + b"\0" * (len(iptc) % 2) + without_iptc(resources)
