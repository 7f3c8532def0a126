"""PNG: every kind of pixels, every chunk that matters; other readers see the same."""

import struct
import zlib

import cv2
import icc_profiles as profiles
import imagecodecs
import numpy as np
import pytest
from photo_files import XMP, exif_block, pattern, save, smooth
from PIL import Image, PngImagePlugin
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo


def _insert(data: bytes, kind: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_and_kind_comes_back(tmp_path, dtype, channels):
    pixels = pattern(dtype, channels)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(pixels))
    write_photo(read_photo(tmp_path / "a.png"), tmp_path / "b.png")
    np.testing.assert_array_equal(imagecodecs.png_decode((tmp_path / "b.png").read_bytes()), pixels)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "RGB"])
def test_other_kinds_are_read_as_pillow_shows_them(tmp_path, mode):
    image = Image.fromarray(pattern(channels=4)).convert("RGB").convert(mode)
    image.save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    is_gray = mode in ("1", "L", "LA")
    np.testing.assert_array_equal(photo.pixels, np.array(image.convert("L" if is_gray else "RGB")))
    assert (photo.alpha is not None) == mode.endswith("A")


def test_a_transparent_color_becomes_alpha(tmp_path):
    image = Image.fromarray(smooth()).quantize(8)
    image.save(tmp_path / "a.png", transparency=3)
    photo = read_photo(tmp_path / "a.png")
    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha == 0, np.array(image) == 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_metadata_are_seen_by_other_readers(tmp_path, dtype):
    metadata = Metadata(exif=exif_block(), xmp=XMP, resolution=(300.0, 150.0))
    path = tmp_path / "a.png"
    assert write_photo(Photo(pattern(dtype), None, profiles.p3(), metadata), path) == ()
    with Image.open(path) as image:
        assert image.info["icc_profile"] == profiles.p3()
        assert image.info["exif"].removeprefix(b"Exif\0\0") == exif_block()
        assert image.getexif()[0x010F] == "Camera"
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)
        assert image.info["XML:com.adobe.xmp"].encode() == XMP
    assert cv2.imread(str(path), cv2.IMREAD_UNCHANGED).dtype == dtype
    again = read_photo(path)
    assert (again.profile, again.metadata.exif, again.metadata.xmp) == (profiles.p3(), exif_block(), XMP)


def test_text_and_resolution_survive_exactly(tmp_path):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Somebody")
    texts.add_itxt("Title", "Frühling", "de", "Titel", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    save(tmp_path / "a.png", pattern(), pnginfo=texts, dpi=(300, 300))
    photo = read_photo(tmp_path / "a.png")
    assert photo.metadata.xmp == XMP
    write_photo(photo, tmp_path / "b.png")
    with Image.open(tmp_path / "a.png") as before, Image.open(tmp_path / "b.png") as after:
        assert after.info == before.info


def test_a_profile_that_cannot_be_unpacked_is_told(tmp_path):
    data = save(tmp_path / "a.png", pattern()).read_bytes()
    (tmp_path / "a.png").write_bytes(_insert(data, b"iCCP", b"name\0\0no zlib"))
    assert read_photo(tmp_path / "a.png").notes == ("its color profile was left out and sRGB assumed (it is damaged)",)


@pytest.mark.parametrize(
    ("rest", "notes"), [(b"film" * 500, ("left out: 2 KB after the picture, a film perhaps",)), (bytes(9), ())]
)
def test_what_follows_the_end_is_no_damage(tmp_path, rest, notes):
    path = save(tmp_path / "a.png", pattern())
    path.write_bytes(path.read_bytes() + rest)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, pattern())
    assert photo.notes == notes
