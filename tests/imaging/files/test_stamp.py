"""Stamps: XMP of what was done, beside all that was there before; and copies where nothing was done."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from photo_files import exif_block, jpeg_bytes, jpeg_segment, save, smooth
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.stamp import NAMESPACE, Stamp, stamped
from portrait_atelier.core.imaging.files.writing import copy_untouched, write_photo
from portrait_atelier.core.imaging.files.xmp import RDF
from portrait_atelier.core.imaging.photo import Metadata, Photo
from test_told import film_after

STAMP = Stamp("warm & <soft>", "abc123", 0.8, "1.0", {"protect_skin": "0.5", "region": 'the "skin"'})
SAID = {
    "Style": "warm & <soft>",
    "StyleHash": "abc123",
    "Strength": "0.8",
    "Version": "1.0",
    "ProtectSkin": "0.5",
    "Region": 'the "skin"',
}
PACKETS = {
    "elements": f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="uuid:7">'
    '<dc:format xmlns:dc="http://purl.org/dc/elements/1.1/">image</dc:format></rdf:Description></rdf:RDF></x:xmpmeta>',
    "attributes": f"<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    f"<r:RDF xmlns:r='{RDF}'><r:Description r:about='uuid:7' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/>"
    "</r:RDF></x:xmpmeta>" + " " * 2000 + "<?xpacket end='w'?>",
    "nothing": f'<rdf:RDF xmlns:rdf="{RDF}"/>',
}


def said_in(packet: bytes) -> list[dict[str, str]]:
    """The stamps in a packet, as an XML library sees them."""
    root = ElementTree.fromstring(packet.decode("utf-8-sig").strip("\0"))
    mark = f"{{{NAMESPACE}}}"
    descriptions = list(root.iter(f"{{{RDF}}}Description"))
    assert len({item.get(f"{{{RDF}}}about") for item in descriptions}) == 1  # all of one thing
    values = [{name: text for name, text in item.attrib.items() if name.startswith(mark)} for item in descriptions]
    return [{name.removeprefix(mark): text for name, text in row.items()} for row in values if row]


def test_a_new_packet_says_what_was_done():
    assert said_in(stamped(None, STAMP)) == [SAID]


@pytest.mark.parametrize("name", PACKETS)
def test_what_was_there_stays_byte_by_byte(name):
    packet = PACKETS[name].encode()
    once = stamped(packet, STAMP)
    assert said_in(once) == [SAID]
    for part in packet.replace(b"/>", b">").split(b"</"):
        assert part.rstrip(b">") in once


@pytest.mark.parametrize("name", PACKETS)
def test_a_second_stamp_replaces_the_first(name):
    other = replace(STAMP, strength=1.0, settings={})
    twice = stamped(stamped(PACKETS[name].encode(), STAMP), other)
    assert said_in(twice) == [{"Style": "warm & <soft>", "StyleHash": "abc123", "Strength": "1", "Version": "1.0"}]
    assert twice == stamped(twice, other)


@pytest.mark.parametrize(
    "packet",
    [b"nonsense", b"<a>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a/>".encode("utf-16")],
)
def test_what_is_no_xmp_gets_none(packet, tmp_path):
    with pytest.raises(ValueError, match=r"."):
        stamped(packet, STAMP)
    notes = write_photo(Photo(smooth(), metadata=Metadata(xmp=packet)), tmp_path / "a.tif", stamp=STAMP)
    assert notes == ("its XMP is damaged, so it got no stamp",)
    assert read_photo(tmp_path / "a.tif").metadata.xmp == packet


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_every_format_takes_a_stamp(tmp_path, suffix):
    photo = Photo(smooth(), metadata=Metadata(exif_block(), PACKETS["attributes"].encode()))
    assert write_photo(photo, tmp_path / f"a{suffix}", stamp=STAMP) == ()
    packet = read_photo(tmp_path / f"a{suffix}").metadata.xmp
    assert packet is not None
    assert said_in(packet) == [SAID]
    assert b"Rating='4'" in packet


def test_a_stamp_pushes_nothing_out_of_a_jpeg(tmp_path):
    packet = PACKETS["nothing"].encode().replace(b"/>", b">" + b" " * 65_300 + b"</rdf:RDF>")
    notes = write_photo(Photo(smooth(), metadata=Metadata(xmp=packet)), tmp_path / "a.jpg", stamp=STAMP)
    assert notes == ("its XMP leaves no room in a JPEG, so it got no stamp",)
    assert read_photo(tmp_path / "a.jpg").metadata.xmp == packet


def test_a_photo_that_nothing_was_done_to_is_copied_with_all_it_holds(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(film_after(jpeg_bytes(smooth(), extra=jpeg_segment(0xEC, b"Ducky\0"), exif=exif_block(6))))
    photo = read_photo(path)
    assert photo.notes != ()
    assert copy_untouched(photo, tmp_path / "b.jpeg")
    assert (tmp_path / "b.jpeg").read_bytes() == path.read_bytes()
    with pytest.raises(AtelierError, match="already exists"):
        copy_untouched(photo, tmp_path / "b.jpeg")


@pytest.mark.parametrize(
    ("name", "options"),
    [("b.png", {}), ("b.jpg", {"quality": 90}), ("b.jpg", {"stamp": STAMP})],
)
def test_where_more_is_asked_nothing_is_copied(tmp_path, name, options):
    photo = read_photo(save(tmp_path / "a.jpg", smooth()))
    assert not copy_untouched(photo, tmp_path / name, **options)
    assert not (tmp_path / name).exists()


def test_what_is_no_file_is_not_copied(tmp_path):
    assert not copy_untouched(Photo(smooth()), tmp_path / "b.png")
