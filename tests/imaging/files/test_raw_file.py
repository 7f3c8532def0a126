"""RAW files: developed as the camera saw, upright, with EXIF; or refused with the cure."""

import io

import numpy as np
import pytest
from photo_files import exif_block
from PIL import Image
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.color_management import to_srgb
from portrait_atelier.core.imaging.files import raw_file, recognition
from portrait_atelier.core.imaging.files.iptc import iptc_of_resources
from portrait_atelier.core.imaging.files.reading import read_photo, read_proxy, read_reduced
from portrait_atelier.core.imaging.files.writing import writable_suffix, write_photo
from raw_files import write_dng
from skimage.data import astronaut

NOTE = "developed from RAW with the camera's white balance, in 16 bits and Adobe RGB"


@pytest.fixture(scope="module")
def picture():
    return astronaut()[:200, 100:340] / 255


@pytest.fixture
def dng(tmp_path, picture):
    pytest.importorskip("rawpy")
    return write_dng(tmp_path / "a.dng", picture, orientation=6)


def test_a_raw_is_developed_as_the_camera_saw_it(dng, picture):
    photo = read_photo(dng)
    assert (photo.pixels.shape, photo.pixels.dtype, photo.file_format) == ((240, 200, 3), np.uint16, "RAW")
    assert photo.notes == (NOTE,)
    upright = np.rot90(to_srgb(photo.pixels, photo.profile))
    differences = np.abs(upright - picture)
    assert differences.mean() < 0.02  # what the mosaic lost at edges
    np.testing.assert_allclose(upright.mean((0, 1)), picture.mean((0, 1)), atol=0.005)


def test_a_camera_without_colors_gives_a_gray_photo(tmp_path, picture):
    pytest.importorskip("rawpy")
    photo = read_photo(write_dng(tmp_path / "a.dng", picture, is_gray=True))
    assert (photo.pixels.shape, photo.pixels.dtype, photo.is_gray) == ((200, 240), np.uint16, True)
    np.testing.assert_allclose(to_srgb(photo.pixels, photo.profile)[..., 0], picture[..., 1], atol=0.01)


def test_its_exif_stays_and_says_upright(dng, tmp_path):
    photo = read_photo(dng)
    write_photo(photo, tmp_path / "b.tif")
    again = read_photo(tmp_path / "b.tif")
    np.testing.assert_array_equal(again.pixels, photo.pixels)
    assert again.profile == photo.profile
    assert again.metadata.exif is not None
    assert b"Camera One\0" in again.metadata.exif
    assert b"Somebody\0" in again.metadata.exif


def test_its_iptc_stays_or_its_loss_is_told(tmp_path, picture):
    pytest.importorskip("rawpy")
    record = b"\x1c\x02\x00\x00\x02\x00\x04\x1c\x02\x50\x00\x08Somebody"
    photo = read_photo(write_dng(tmp_path / "a.dng", picture, iptc=record))
    assert photo.notes == (NOTE,)
    for name in ("b.tif", "b.jpg"):
        write_photo(photo, tmp_path / name)
        resources = read_photo(tmp_path / name).metadata.resources
        assert resources is not None
        assert iptc_of_resources(resources) == record
    assert "left out: IPTC (PNG has no place for it)" in write_photo(photo, tmp_path / "b.png")


def test_a_fast_development_is_of_half_the_size(dng):
    assert read_reduced(dng, 100).pixels.shape[:2] == (120, 100)
    assert read_proxy(dng).pixels.shape[:2] == (120, 100)


def test_a_raw_becomes_a_tiff(tmp_path):
    assert writable_suffix(tmp_path / "a.NEF") == ".tif"


def test_the_limit_holds(dng):
    with pytest.raises(PhotoError, match="is too large"):
        read_photo(dng, max_megapixels=0.01)


def test_a_raw_that_was_cut_off_is_told(dng):
    dng.write_bytes(dng.read_bytes()[:-3000])
    with pytest.raises(PhotoError, match=r"damaged or cut off \(its pixels end early\)"):
        read_photo(dng)


def test_what_libraw_does_not_know_is_told(tmp_path):
    pytest.importorskip("rawpy")
    (tmp_path / "a.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(60))
    with pytest.raises(PhotoError, match=r"cannot be developed \(.*\); export a 16-bit TIFF first"):
        read_photo(tmp_path / "a.cr2")


def test_without_its_decoder_the_cure_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(recognition, "can_read_raw", lambda: False)
    (tmp_path / "a.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(60))
    with pytest.raises(PhotoError, match=r"is a camera's RAW file \(.*\); .* install .*, or export a 16-bit TIFF"):
        read_photo(tmp_path / "a.cr2")


def test_exif_of_other_raws_is_that_of_the_jpeg_in_them(tmp_path):
    """RAF and CR3 are not built like a TIFF; LibRaw gives the JPEG that the camera put in."""

    class Preview:
        format = "jpeg"

        def __init__(self):
            buffer = io.BytesIO()
            Image.new("RGB", (16, 16)).save(buffer, "JPEG", exif=b"Exif\0\0" + exif_block(6))
            self.data = buffer.getvalue()

    class Raw:
        extract_thumb = staticmethod(Preview)

    class Library:
        LibRawError = OSError

        class ThumbFormat:
            JPEG = "jpeg"

    (tmp_path / "a.raf").write_bytes(b"FUJIFILMCCD-RAW " + bytes(60))
    packets = raw_file._packets(tmp_path / "a.raf", Library, Raw())
    assert packets == (exif_block(6), None, None)


@pytest.mark.parametrize("error", [NotImplementedError("a preview of this kind"), OSError("LibRaw"), ValueError("cut")])
def test_a_preview_that_fails_refuses_no_photo(tmp_path, error):
    class Raw:
        def extract_thumb(self):
            raise error

    class Library:
        LibRawError = OSError

    (tmp_path / "a.raf").write_bytes(b"FUJIFILMCCD-RAW " + bytes(60))
    assert raw_file._packets(tmp_path / "a.raf", Library, Raw()) == (None, None, None)
