"""Writing photos: the format, what it holds, what is said to be lost."""

from pathlib import Path

import icc_profiles as profiles
import numpy as np
import pytest
from photo_files import XMP, exif_block, iptc_resources, pattern
from portrait_atelier.core.errors import AtelierError, PhotoError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import output_format, requantized, writable_suffix, write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_the_deepest_depth_that_both_hold(tmp_path, suffix, dtype, channels, has_alpha):
    alpha = pattern(dtype, 1, seed=1) if has_alpha else None
    photo = Photo(pattern(dtype, channels), alpha, None, Metadata(exif_block(), XMP))
    path = tmp_path / f"a{suffix}"
    notes = write_photo(photo, path)
    deepest = {".jpg": np.uint8, ".webp": np.uint8, ".png": np.uint16, ".tif": np.float32}[suffix]
    wanted = dtype if np.dtype(dtype).itemsize <= np.dtype(deepest).itemsize else deepest
    after = read_photo(path)
    assert after.pixels.dtype == wanted
    assert after.is_gray == (channels == 1 and suffix != ".webp")
    assert (after.alpha is not None) == (has_alpha and suffix != ".jpg")
    assert any("became" in note for note in notes) == (wanted != dtype)
    assert any("transparent is white" in note for note in notes) == (has_alpha and suffix == ".jpg")
    assert (after.metadata.exif, after.metadata.xmp) == (exif_block(), XMP)
    if suffix in (".png", ".tif"):
        np.testing.assert_array_equal(after.pixels, requantized(photo.pixels, wanted))


def test_depths_by_hand():
    assert requantized(np.array([[0, 128, 129, 65535]], np.uint16), np.uint8).tolist() == [[0, 0, 1, 255]]
    assert requantized(np.array([[-1, 0.5, 2]], np.float32), np.uint16).tolist() == [[0, 32768, 65535]]
    assert requantized(np.array([[0, 255]], np.uint8), np.uint16).tolist() == [[0, 65535]]


def test_transparent_becomes_white_in_a_jpeg(tmp_path):
    photo = Photo(np.zeros((16, 16, 3), np.uint16), np.zeros((16, 16), np.uint16))
    write_photo(photo, tmp_path / "a.jpg")
    assert (read_photo(tmp_path / "a.jpg").pixels == 255).all()


def test_what_a_format_has_no_place_for_is_said(tmp_path):
    metadata = Metadata(resources=iptc_resources(), comment=b"hello", resolution=(72, 72))
    photo = Photo(pattern(), metadata=metadata)
    assert write_photo(photo, tmp_path / "a.webp") == (
        "left out: IPTC, comment, resolution (WebP has no place for it)",
    )
    assert write_photo(photo, tmp_path / "a.jpg") == ()


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "a.png"
    write_photo(Photo(pattern()), path)
    with pytest.raises(AtelierError, match="already exists"):
        write_photo(Photo(pattern(seed=1)), path)
    np.testing.assert_array_equal(read_photo(path).pixels, pattern())
    write_photo(Photo(pattern(seed=1)), path, overwrite=True)
    np.testing.assert_array_equal(read_photo(path).pixels, pattern(seed=1))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.heic", r"HEIC is only read\); let its name end in \.jpg"),
        ("a.gif", "no format for .gif"),
        ("a.cr2", "no format for .cr2"),
    ],
)
def test_other_formats_are_refused(tmp_path, name, message):
    with pytest.raises(PhotoError, match=message):
        write_photo(Photo(pattern()), tmp_path / name)


def test_the_format_follows_the_suffix_then_the_photo():
    photo = Photo(pattern(), file_format="TIFF")
    assert output_format(photo, Path("a.JPG")) == "JPEG"
    assert output_format(photo, Path("a")) == "TIFF"
    assert output_format(Photo(pattern(), file_format="HEIC"), Path("a")) == "JPEG"
    assert writable_suffix(Path("a.TIFF")) == ".TIFF"
    assert writable_suffix(Path("a.heic")) == ".jpg"


@pytest.mark.parametrize(("suffix", "name", "limit"), [(".webp", "WebP", 16383), (".jpg", "JPEG", 65500)])
def test_the_longest_side_of_a_format_is_written_and_one_more_is_refused(tmp_path, suffix, name, limit):
    write_photo(Photo(np.zeros((8, limit), np.uint8)), tmp_path / f"longest{suffix}")
    assert read_photo(tmp_path / f"longest{suffix}").width == limit
    with pytest.raises(PhotoError, match=rf"{name} holds {limit} at most\); let its name end in \.tif or \.png"):
        write_photo(Photo(np.zeros((8, limit + 1), np.uint8)), tmp_path / f"longer{suffix}")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_profiles_stay(tmp_path, suffix):
    write_photo(Photo(pattern(), None, profiles.adobe_rgb()), tmp_path / f"a{suffix}")
    assert read_photo(tmp_path / f"a{suffix}").profile == profiles.adobe_rgb()


def test_a_quality_out_of_range_is_a_bug(tmp_path):
    with pytest.raises(ValueError, match="quality must be 1 to 100, got 0"):
        write_photo(Photo(pattern()), tmp_path / "a.jpg", quality=0)
