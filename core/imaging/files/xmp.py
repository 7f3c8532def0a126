"""XMP packets, edited in place, so that all that is not meant stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

from ...texts import Text

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_HDR_GAIN_MAP, _APPLE_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/"
_CONTAINER, _CAMERA = "http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/1.0/camera/"
_NOTE = "http://ns.adobe.com/xmp/note/"
_OF_ATTACHMENTS = (_HDR_GAIN_MAP, _APPLE_GAIN_MAP, _CONTAINER, _CAMERA, _NOTE)
_ABOUT = re.compile(rb"\s(?:[\w.-]+:)?about\s*=\s*(\"[^\"]*\"|'[^']*')")
_ATTRIBUTE = re.compile(rb"\s+([\w.-]+):([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_DECLARATION = re.compile(
    rb"\s+xmlns:[\w.-]+\s*=\s*[\"'](?:%s)(?:item/)?[\"']"
    % b"|".join(re.escape(space.encode()) for space in (_HDR_GAIN_MAP, _APPLE_GAIN_MAP, _CONTAINER))
)
_HEAD = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
Unwanted = Callable[[str, str], bool]


@dataclass(frozen=True)
class Element:
    """One element of a packet: its namespace and name, and the bytes of its start tag and of the whole."""

    space: str
    name: str
    start: int
    head_end: int
    end: int


@dataclass(frozen=True)
class Parsed:
    """The elements of a packet in the order of their ends, and its namespaces by prefix."""

    elements: tuple[Element, ...]
    spaces: dict[bytes, str]


def parse(packet: bytes) -> Parsed:
    """Find the elements of a packet.

    Args:
        packet: XMP in UTF-8.

    Raises:
        ValueError: it is not well-formed, or declares entities.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    elements: list[Element] = []
    opened: list[tuple[int, int]] = []
    spaces: dict[bytes, str] = {}

    def refuse(*_: object) -> None:
        raise ValueError("a document type is not allowed")

    def declare(prefix: str | None, uri: str | None) -> None:
        spaces[(prefix or "").encode()] = uri or ""

    def begin(_name: str, _attributes: object) -> None:
        start = parser.CurrentByteIndex
        head = _HEAD.match(packet, start)
        opened.append((start, head.end() if head else start))

    def finish(name: str) -> None:
        start, head_end = opened.pop()
        at = parser.CurrentByteIndex
        space, _, local = name.rpartition(" ")
        end = head_end if packet[head_end - 2 : head_end] == b"/>" else packet.index(b">", at) + 1
        elements.append(Element(space, local, start, head_end, end))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartNamespaceDeclHandler = declare
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    try:
        parser.Parse(packet.rstrip(b"\0"), True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return Parsed(tuple(elements), spaces)


def without(packet: bytes, unwanted: Unwanted) -> bytes:
    """Remove properties, which are elements or attributes.

    Args:
        packet: XMP in UTF-8.
        unwanted: called with namespace and name.

    Raises:
        ValueError: the packet is not well-formed.
    """
    parsed = parse(packet)
    cuts = [(element.start, element.end) for element in parsed.elements if unwanted(element.space, element.name)]
    for element in parsed.elements:
        for found in _ATTRIBUTE.finditer(packet, element.start, element.head_end):
            if unwanted(parsed.spaces.get(found[1], ""), found[2].decode("ascii", "replace")):
                cuts.append(found.span())
    result, at = b"", 0
    for start, end in sorted(cuts):
        if end > at:
            result, at = result + packet[at : max(start, at)], end
    return result + packet[at:]


def subject_of(head: bytes) -> bytes | None:
    """Return what the start tag of a description says it is about, in its quotes."""
    found = _ABOUT.search(head)
    return found[1] if found else None


def has_gain_map(packet: bytes | None) -> bool:
    """Whether a packet tells of a gain map in its file, which makes HDR of the picture."""
    return packet is not None and (_HDR_GAIN_MAP.encode() in packet or _APPLE_GAIN_MAP.encode() in packet)


def gain_map_left_out() -> Text:
    """Return the note that a gain map is not kept."""
    return Text("its gain map (HDR) belongs to the colors that it had and was left out; it is a photo without HDR now")


def without_attachments(packet: bytes) -> bytes:
    """Remove what a packet says of pictures, films and further XMP beside the photo, which are not kept.

    Raises:
        ValueError: the packet is not well-formed.
    """
    if not any(space.encode() in packet for space in _OF_ATTACHMENTS):
        return packet
    return _DECLARATION.sub(b"", without(packet, _is_of_attachment))


def _is_of_attachment(space: str, name: str) -> bool:
    if space == _CAMERA:
        return name.startswith(("MotionPhoto", "MicroVideo"))
    if space == _NOTE:
        return name == "HasExtendedXMP"
    return space in (_HDR_GAIN_MAP, _APPLE_GAIN_MAP, _CONTAINER)
