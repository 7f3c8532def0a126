"""What cannot be kept is told, what can be is not; and no more is taken from a file than a photo needs."""

import io
import logging
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from photo_files import exif_block, iptc_resources, jpeg_bytes, jpeg_segment, pattern, save, smooth
from PIL import Image
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.files import checks
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
GAIN_MAP_XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>
<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Container="http://ns.google.com/photos/1.0/container/"
 xmlns:Item="http://ns.google.com/photos/1.0/container/item/" hdrgm:Version="1.0" xmp:Rating="5">
<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="9"/>
</rdf:li></rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
XMP_START = b"http://ns.adobe.com/xap/1.0/\0"
ISO_START = b"urn:iso:std:iso:ts:21496:-1\0"
GAIN_MAP_NOTE = "its gain map (HDR) belongs to the colors that it had and was left out; it is a photo without HDR now"


def png_with(*chunks: tuple[bytes, bytes], pixels: np.ndarray | None = None) -> bytes:
    data = imagecodecs.png_encode(smooth() if pixels is None else pixels)
    rows = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return data[:33] + rows + data[33:]


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    return jpeg_bytes(smooth(), extra=b"".join(jpeg_segment(marker, payload) for marker, payload in segments))


def tiff_with(path: Path, *tags: tuple[int, str, int, object], **options) -> bytes:
    rows = [(code, kind, count, value, True) for code, kind, count, value in tags]
    tifffile.imwrite(path, smooth(), photometric="rgb", metadata=None, software=False, extratags=rows, **options)
    return path.read_bytes()


def film_after(data: bytes) -> bytes:
    return data + b"\0\0\0\x18ftypmp42" + bytes(range(1, 200)) * 30


TOLD = {
    "thirteen.png": (png_with((b"tIME", bytes(7)), (b"bKGD", bytes(6))), ("left out: PNG tIME, PNG bKGD",)),
    "aspect.png": (png_with((b"pHYs", struct.pack(">IIB", 2, 1, 0))), ("left out: PNG pHYs",)),
    "codes.png": (
        png_with((b"cICP", bytes((3, 200, 0, 1)))),
        (
            "its color profile was left out and sRGB assumed "
            "(its colors have code points that are not known here: [3, 200])",
        ),
    ),
    "range.png": (
        png_with((b"pHYs", struct.pack(">IIB", 9, 9, 1))),
        ("its resolution cannot be right and was left out",),
    ),
    "ducky.jpg": (jpeg_with((0xEC, b"Ducky\0\1\0\4")), ("left out: JPEG APP12 Ducky",)),
    "credentials.jpg": (jpeg_with((0xEB, b"JP\0\1rest")), ("left out: JPEG APP11 JP",)),
    "film.jpg": (film_after(jpeg_bytes(smooth())), ("left out: 6 KB after the picture, a film perhaps",)),
    "padded.jpg": (jpeg_bytes(smooth()) + bytes(5000), ()),
    "progressive.jpg": (
        film_after(jpeg_bytes(smooth(), progressive=True)),
        ("left out: 6 KB after the picture, a film perhaps",),
    ),
    "ultra.jpg": (film_after(jpeg_with((0xE1, XMP_START + GAIN_MAP_XMP), (0xE2, b"MPF\0rest"))), (GAIN_MAP_NOTE,)),
    "iso.jpg": (film_after(jpeg_with((0xE2, ISO_START + bytes(4)))), (GAIN_MAP_NOTE,)),
    "long.jpg": (
        jpeg_with((0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40))),
        ("the extended part of its XMP is not kept",),
    ),
    "twice.jpg": (
        jpeg_with((0xE1, b"Exif\0\0" + exif_block()), (0xE1, b"Exif\0\0" + exif_block())),
        ("left out: JPEG APP1 Exif",),
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_not_kept_is_told_at_reading(tmp_path, name):
    data, notes = TOLD[name]
    (tmp_path / name).write_bytes(data)
    assert read_photo(tmp_path / name).notes == notes


def test_a_gain_map_takes_its_xmp_along_and_nothing_else(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(TOLD["ultra.jpg"][0])
    write_photo(read_photo(path), tmp_path / "b.jpg")
    data = (tmp_path / "b.jpg").read_bytes()
    assert b'xmp:Rating="5"' in data
    assert not any(
        word in data for word in (b"hdrgm:Version", b"Container:Directory", b"Item:Semantic", b"MPF\0", b"21496")
    )
    assert read_photo(tmp_path / "b.jpg").notes == ()


def test_a_gain_map_in_xmp_that_cannot_be_read_takes_all_xmp_along(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg_with((0xE1, XMP_START + GAIN_MAP_XMP[:-9])))
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.metadata.xmp is None
    assert photo.notes == (GAIN_MAP_NOTE, "its XMP is damaged and was left out")


def test_each_comment_of_a_jpeg_is_kept(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg_with((0xFE, b"one"), (0xFE, b"two")))
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    assert read_photo(tmp_path / "b.jpg").metadata.comment == b"one\ntwo"


def test_other_tags_of_a_tiff_are_told(tmp_path):
    tiff_with(tmp_path / "a.tif", (37724, "B", 8, b"8BIMdata"), (315, "s", 0, "Somebody"))
    assert read_photo(tmp_path / "a.tif").notes == ("left out: TIFF ImageSourceData",)


def test_a_bigtiff_tells_of_lost_exif_only_where_there_is_some(tmp_path):
    tiff_with(tmp_path / "a.tif", bigtiff=True)
    assert read_photo(tmp_path / "a.tif").notes == ()
    tiff_with(tmp_path / "b.tif", (315, "s", 0, "Somebody"), bigtiff=True)
    assert read_photo(tmp_path / "b.tif").notes == ("its EXIF cannot be read and was left out",)


def test_iptc_is_in_a_tiff_once(tmp_path):
    write_photo(Photo(smooth(), metadata=Metadata(resources=iptc_resources())), tmp_path / "a.tif")
    write_photo(read_photo(tmp_path / "a.tif"), tmp_path / "b.tif")
    for name in ("a.tif", "b.tif"):
        assert (tmp_path / name).read_bytes().count(b"\x1c\x02\x69") == 1
    write_photo(read_photo(tmp_path / "b.tif"), tmp_path / "c.jpg")
    assert read_photo(tmp_path / "c.jpg").metadata.resources == iptc_resources()[8 + 4 + 6 :]


def test_text_that_unpacks_to_much_more_is_not_taken(tmp_path):
    packed = zlib.compress(b"<" * (64 << 20))
    data = png_with((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed), (b"zTXt", b"Comment\0\0" + packed))
    (tmp_path / "a.png").write_bytes(data)
    photo = read_photo(tmp_path / "a.png")
    assert photo.notes == ("its XMP is larger than 4 MB and was left out",)
    write_photo(photo, tmp_path / "b.png")
    assert (tmp_path / "b.png").stat().st_size < 200_000


def test_long_xmp_is_packed(tmp_path):
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b" " * 500_000 + b"</x:xmpmeta>"
    write_photo(Photo(smooth(), metadata=Metadata(xmp=packet)), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size < 10_000
    assert read_photo(tmp_path / "a.png").metadata.xmp == packet


def _with_size(data: bytes, width: int, height: int) -> bytes:
    """A PNG, JPEG or WebP whose header promises another size."""
    changed = bytearray(data)
    if data[:4] == b"\x89PNG":
        struct.pack_into(">II", changed, 16, width, height)
        struct.pack_into(">I", changed, 29, zlib.crc32(changed[12:29]))
    else:
        at = next(at for at in range(2, len(data)) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2))
        struct.pack_into(">HH", changed, at + 5, height, width)
    return bytes(changed)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "progressive.jpg"])
def test_a_promise_of_far_too_many_pixels_is_refused_early(tmp_path, name):
    picture, buffer = Image.fromarray(pattern(height=128, width=128)), io.BytesIO()
    options = {"progressive": True} if name.startswith("progressive") else {}
    picture.save(buffer, "PNG" if name.endswith("png") else "JPEG", **options)
    (tmp_path / name).write_bytes(_with_size(buffer.getvalue(), 15000, 16000))
    with pytest.raises(PhotoError, match=r"promises 720 MB of pixels in \d+ KB .*; export it again"):
        read_photo(tmp_path / name)


def test_photos_of_little_detail_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "_HARMLESS", 1000)
    path = save(tmp_path / "a.png", np.tile(smooth(100, 100), (10, 10, 1)))
    assert read_photo(path).pixels.shape == (1000, 1000, 3)


def test_libraries_are_silent_while_a_file_is_read(tmp_path, caplog, capfd):
    (tmp_path / "a.png").write_bytes(png_with((b"iCCP", b"name\0\0no zlib"), (b"gAMA", bytes(4))))
    tiff_with(tmp_path / "a.tif", (34675, "B", 3, b"abc"), (33723, "I", 1, 5))
    (tmp_path / "a.jpg").write_bytes(jpeg_with((0xE1, b"Exif\0\0II*\0\xff\0\0\0"), (0xED, b"Photoshop 3.0\x008BIM")))
    with caplog.at_level(logging.INFO):
        for name in ("a.png", "a.tif", "a.jpg"):
            read_photo(tmp_path / name)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
