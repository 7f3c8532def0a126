"""JPEG: tables, chroma, metadata."""

import io

import icc_profiles as profiles
import numpy as np
import pytest
from photo_files import IPTC, XMP, exif_block, iptc_resources, jpeg_bytes, jpeg_segment, pattern, smooth
from PIL import Image, JpegImagePlugin
from portrait_atelier.core.imaging.files.iptc import iptc_of_resources, resource_blocks
from portrait_atelier.core.imaging.files.jpeg_file import size_of_jpeg
from portrait_atelier.core.imaging.files.reading import read_photo, read_proxy
from portrait_atelier.core.imaging.files.writing import write_photo

EXTRA = jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP) + jpeg_segment(
    0xED, b"Photoshop 3.0\0" + iptc_resources()
)


@pytest.fixture
def full(tmp_path):
    path = tmp_path / "full.jpg"
    options = {"exif": b"Exif\0\0" + exif_block(6, size=(24, 36)), "icc_profile": profiles.p3(), "dpi": (240, 240)}
    path.write_bytes(jpeg_bytes(smooth(36, 24), EXTRA, comment=b"hello", quality=83, subsampling=2, **options))
    return path


def test_the_size_is_read_from_the_head_of_the_file(full, tmp_path):
    assert size_of_jpeg(full) == (36, 24)
    (tmp_path / "no.jpg").write_bytes(b"no picture at all")
    with pytest.raises(ValueError, match="no frame header"):
        size_of_jpeg(tmp_path / "no.jpg")


def test_all_metadata_survive(full, tmp_path):
    assert write_photo(read_photo(full), tmp_path / "out.jpg") == ()
    photo, image = read_photo(tmp_path / "out.jpg"), Image.open(tmp_path / "out.jpg")
    assert photo.metadata.exif == exif_block(1, size=(24, 36)[::-1])
    assert photo.metadata.xmp == XMP
    assert iptc_of_resources(photo.metadata.resources or b"") == IPTC
    assert photo.metadata.resolution == (240, 240)
    assert photo.metadata.comment == b"hello"
    assert photo.profile == profiles.p3()
    assert image.size == (36, 24)
    assert image.getexif()[0x0112] == 1
    assert image.getexif()[0x010F] == "Camera"
    assert image.info["icc_profile"] == profiles.p3()
    assert image.info["dpi"] == (240, 240)
    assert image.info["photoshop"][1028] == IPTC
    assert image.info["xmp"] == XMP


def test_stale_thumbnails_are_left_out(full):
    resources = read_photo(full).metadata.resources
    assert resources is not None
    assert [number for number, _, _ in resource_blocks(resources)] == [1028]


@pytest.mark.parametrize("quality", [35, 83, 98])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_tables_and_chroma_of_the_input_are_kept(tmp_path, quality, subsampling, progressive):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(jpeg_bytes(smooth(), quality=quality, subsampling=subsampling, progressive=progressive))
    write_photo(read_photo(path), out)
    with JpegImagePlugin.JpegImageFile(path) as before, JpegImagePlugin.JpegImageFile(out) as after:
        assert after.quantization == before.quantization
        assert JpegImagePlugin.get_sampling(after) == subsampling
        assert bool(after.info.get("progressive")) == progressive


def test_a_given_quality_wins_and_keeps_the_chroma(tmp_path):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(jpeg_bytes(smooth(), quality=50, subsampling=2))
    write_photo(read_photo(path), out, quality=90)
    with JpegImagePlugin.JpegImageFile(out) as after, Image.open(io.BytesIO(jpeg_bytes(smooth(), quality=90))) as at_90:
        assert after.quantization == getattr(at_90, "quantization")  # noqa: B009
        assert JpegImagePlugin.get_sampling(after) == 2


def test_an_unchanged_photo_changes_by_rounding_only(tmp_path):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(jpeg_bytes(smooth(64, 64), quality=85))
    photo = read_photo(path)
    write_photo(photo, out)
    assert np.abs(read_photo(out).pixels.astype(int) - photo.pixels).max() <= 3


def test_gray_stays_gray(tmp_path):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(jpeg_bytes(smooth()[..., 0], icc_profile=profiles.gray_profile(profiles.gamma(2.2))))
    photo = read_photo(path)
    assert photo.is_gray
    write_photo(photo, out)
    assert Image.open(out).mode == "L"
    assert read_photo(out).profile == photo.profile


def test_resolution_per_centimeter(tmp_path):
    data = bytearray(jpeg_bytes(smooth(), dpi=(100, 100)))
    data[data.index(b"JFIF\0") + 7] = 2
    (tmp_path / "a.jpg").write_bytes(data)
    assert read_photo(tmp_path / "a.jpg").metadata.resolution == (254, 254)


def test_metadata_too_large_for_a_segment_are_told(tmp_path):
    from dataclasses import replace

    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(smooth()))
    photo = read_photo(tmp_path / "a.jpg")
    big = replace(photo.metadata, exif=exif_block() + bytes(70000), xmp=b"x" * 70000, resources=_long_resources())
    notes = write_photo(replace(photo, metadata=big), tmp_path / "b.jpg")
    assert notes == tuple(f"its {name} is too large for a JPEG and was left out" for name in ("XMP", "EXIF"))
    assert read_photo(tmp_path / "b.jpg").metadata.resources == _long_resources()


def _long_resources() -> bytes:
    block = b"8BIM\x04\x04\0\0" + (65000).to_bytes(4, "big") + bytes(65000)
    return block + block.replace(b"\x04\x04", b"\x04\x05", 1)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_fast_proxy_is_the_slow_one(tmp_path, mode):
    from portrait_atelier.core.imaging.proxy import proxy_of

    path = tmp_path / "a.jpg"
    Image.fromarray(smooth(1700, 1301)).convert(mode).save(path, icc_profile=None)
    fast, slow = read_proxy(path), proxy_of(read_photo(path))
    assert fast.pixels.shape == slow.pixels.shape == (256, 196, 3)
    assert np.abs(fast.pixels - slow.pixels).max() < 0.02


def test_noise_is_averaged_by_the_fast_proxy(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(pattern(height=2100, width=2100), quality=95))
    assert read_proxy(path).pixels.std() < 0.06
