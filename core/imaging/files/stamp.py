"""What was done to a photo, as XMP: in the photo itself, or beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from . import xmp

NAMESPACE = "urn:portrait-atelier:xmp:1.0/"
_SPACES = f'xmlns:rdf="{xmp.RDF}" xmlns:atelier="{NAMESPACE}"'
_OURS = re.compile(rb"<rdf:Description rdf:about=(?:\"[^\"]*\"|'[^']*') %s[^<>]*/>\n?" % re.escape(_SPACES.encode()))


@dataclass(frozen=True)
class Stamp:
    """What was done to a photo.

    Attributes:
        style: name of the style.
        style_hash: its content hash.
        strength: 0 to 1.5.
        version: of this program.
        settings: further ones, by their names.
    """

    style: str
    style_hash: str
    strength: float
    version: str
    settings: Mapping[str, str] = field(default_factory=dict)


def stamped(packet: bytes | None, stamp: Stamp) -> bytes:
    """Return an XMP packet with a stamp, which replaces an earlier one; all else stays as it is.

    Args:
        packet: XMP in UTF-8; None for a new one.
        stamp: to add.

    Raises:
        ValueError: the packet is not well-formed, or is no XMP.
    """
    if not packet:
        return _new_packet(_description(stamp, b'""'))
    packet = xmp.without(_OURS.sub(b"", packet), lambda space, _: space == NAMESPACE)
    root = next((element for element in xmp.parse(packet).elements if element.name == "RDF"), None)
    if root is None or root.space != xmp.RDF:
        raise ValueError("no rdf:RDF")
    subject = next((found for found in map(xmp.subject_of, _descriptions(packet)) if found), b'""')
    added = _description(stamp, subject)
    if root.head_end == root.end:  # <rdf:RDF .../>
        head = packet[root.start : root.end - 2]
        name = head.split(None, 1)[0][1:].rstrip(b"/")
        return packet[: root.start] + head + b">" + added + b"</" + name + b">" + packet[root.end :]
    at = packet.rindex(b"</", root.start, root.end)
    return packet[:at] + added + packet[at:]


def _descriptions(packet: bytes) -> list[bytes]:
    """Return the start tags of the descriptions."""
    elements = xmp.parse(packet).elements
    return [
        packet[item.start : item.head_end] for item in elements if (item.space, item.name) == (xmp.RDF, "Description")
    ]


def _description(stamp: Stamp, subject: bytes) -> bytes:
    values = {
        "Style": stamp.style,
        "StyleHash": stamp.style_hash,
        "Strength": f"{stamp.strength:g}",
        "Version": stamp.version,
        **{_camel(name): value for name, value in stamp.settings.items()},
    }
    rows = "".join(f"\n   atelier:{name}={_quoted(value)}" for name, value in values.items())
    return b"<rdf:Description rdf:about=" + subject + f" {_SPACES}{rows}/>\n".encode()


def _new_packet(description: bytes) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'.encode()
        + b' <rdf:RDF xmlns:rdf="'
        + xmp.RDF.encode()
        + b'">\n  '
        + description
        + b' </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _quoted(value: str) -> str:
    """Quote an attribute, without characters that XML has no place for."""
    return quoteattr("".join(letter for letter in value if letter >= " " and not 0xD800 <= ord(letter) <= 0xDFFF))
