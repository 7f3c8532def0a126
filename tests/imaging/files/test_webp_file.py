"""WebP: with and without loss, metadata."""

import icc_profiles as profiles
import numpy as np
import pytest
from photo_files import XMP, exif_block, pattern, save, smooth
from PIL import Image
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo


@pytest.mark.parametrize("channels", [3, 4])
def test_without_loss_stays_without_loss(tmp_path, channels):
    save(tmp_path / "a.webp", pattern(channels=channels), lossless=True, exact=True)
    photo = read_photo(tmp_path / "a.webp")
    assert photo.encoding.lossless
    assert write_photo(photo, tmp_path / "b.webp") == ()
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "b.webp")), pattern(channels=channels))


def test_with_loss_is_written_well(tmp_path):
    save(tmp_path / "a.webp", smooth(64, 64), quality=80)
    photo = read_photo(tmp_path / "a.webp")
    assert not photo.encoding.lossless
    write_photo(photo, tmp_path / "b.webp")
    assert np.abs(read_photo(tmp_path / "b.webp").pixels.astype(int) - photo.pixels).mean() < 2


def test_a_given_quality_is_with_loss(tmp_path):
    save(tmp_path / "a.webp", pattern(), lossless=True)
    write_photo(read_photo(tmp_path / "a.webp"), tmp_path / "b.webp", quality=50)
    assert not read_photo(tmp_path / "b.webp").encoding.lossless


def test_metadata_are_seen_by_other_readers(tmp_path):
    metadata = Metadata(exif=exif_block(), xmp=XMP)
    assert write_photo(Photo(smooth(), None, profiles.p3(), metadata), tmp_path / "a.webp") == ()
    with Image.open(tmp_path / "a.webp") as image:
        assert image.info["icc_profile"] == profiles.p3()
        assert image.info["xmp"] == XMP
        assert image.getexif()[0x010F] == "Camera"
    photo = read_photo(tmp_path / "a.webp")
    assert (photo.profile, photo.metadata.exif, photo.metadata.xmp) == (profiles.p3(), exif_block(), XMP)


def test_one_frame_is_no_animation(tmp_path):
    Image.fromarray(smooth()).save(tmp_path / "a.webp", save_all=True, append_images=[])
    assert read_photo(tmp_path / "a.webp").pixels.shape == (24, 36, 3)


def test_a_gray_profile_becomes_srgb(tmp_path):
    photo = Photo(np.full((16, 16), 128, np.uint8), None, profiles.gray_profile(profiles.gamma(1.0)))
    notes = write_photo(photo, tmp_path / "a.webp")
    assert notes == ("its gray profile was exchanged for sRGB (WebP holds RGB only)",)
    assert abs(int(read_photo(tmp_path / "a.webp").pixels[8, 8, 1]) - 188) <= 1
