"""TIFF: every depth, packing, order of bytes and kind of alpha; metadata in and out."""

import errno
import struct

import cv2
import icc_profiles as profiles
import numpy as np
import pytest
import tifffile
from photo_files import IPTC, XMP, exif_block, iptc_resources, pattern, short, smooth
from PIL import Image
from portrait_atelier.core.errors import AtelierError, PhotoError
from portrait_atelier.core.imaging.files.exif import first_directory
from portrait_atelier.core.imaging.files.iptc import iptc_of_resources
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.tiff_directory import read_directory
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Encoding, Metadata, Photo

DTYPES = [np.uint8, np.uint16, np.float32]


def _color_and_alpha(pixels):
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    color = pixels if channels in (1, 3) else pixels[..., 0] if channels == 2 else pixels[..., :3]
    return color, pixels[..., -1] if channels in (2, 4) else None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "packing",
    [
        {},
        {"byteorder": ">"},
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"tile": (16, 16)},
        {"planarconfig": "separate", "compression": "zlib"},
        {"rowsperstrip": 5, "byteorder": ">", "compression": "lzw"},
    ],
)
def test_every_depth_and_packing_comes_back(tmp_path, dtype, channels, packing):
    pixels = pattern(dtype, channels)
    options = {"photometric": "rgb" if channels > 2 else "minisblack", "planarconfig": "contig", **packing}
    stored = pixels
    if options["planarconfig"] == "separate":
        if channels == 1:
            pytest.skip("one channel has no planes")
        stored = np.moveaxis(pixels, -1, 0)
    extras = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    tifffile.imwrite(tmp_path / "a.tif", stored, **options, **extras)
    photo = read_photo(tmp_path / "a.tif")
    color, alpha = _color_and_alpha(pixels)
    np.testing.assert_array_equal(photo.pixels, color)
    assert photo.pixels.dtype == dtype
    assert (photo.alpha is None) == (alpha is None)
    assert write_photo(photo, tmp_path / "b.tif") == ()
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        np.testing.assert_array_equal(file.asarray(), pixels)
        assert file.pages.first.extrasamples == (() if alpha is None else (2,))
        wanted = {"lzw": 5, "zlib": 8}.get(packing.get("compression"), 1)
        assert int(file.pages.first.compression) == wanted


def test_half_and_double_floats_become_floats(tmp_path):
    for dtype in (np.float16, np.float64):
        tifffile.imwrite(tmp_path / "a.tif", pattern(np.float32).astype(dtype), photometric="rgb")
        photo = read_photo(tmp_path / "a.tif")
        np.testing.assert_array_equal(photo.pixels, pattern(np.float32).astype(dtype).astype(np.float32))
        assert "become 32-bit floats" in photo.notes[0]


def test_floats_beyond_white_come_back_and_nonsense_becomes_black(tmp_path):
    pixels = pattern(np.float32) * 3 - 1
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, pixels)
    pixels[0, 0] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    photo = read_photo(tmp_path / "a.tif")
    assert photo.pixels[0, 0].tolist() == [0, 0, 0]
    assert photo.notes == ("some pixels are no numbers; they become black",)


def test_min_is_white_is_turned_round(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", pattern(np.uint16, 1), photometric="miniswhite")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, 65535 - pattern(np.uint16, 1))


def test_a_palette_becomes_rgb(tmp_path):
    image = Image.fromarray(smooth()).quantize(64)
    image.save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, np.array(image.convert("RGB")))


def test_one_bit_and_twelve_bits_fill_the_range(tmp_path):
    image = Image.fromarray(pattern()).convert("1")
    image.save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, np.array(image.convert("L")))
    pixels = pattern(np.uint16, 1) >> 4
    tifffile.imwrite(tmp_path / "b.tif", pixels, bitspersample=12, photometric="minisblack")
    np.testing.assert_array_equal(read_photo(tmp_path / "b.tif").pixels, np.rint(pixels * (65535 / 4095)))


def test_a_jpeg_inside_a_tiff_is_read(tmp_path):
    Image.fromarray(smooth()).save(tmp_path / "a.tif", compression="jpeg", quality=95)
    assert np.abs(read_photo(tmp_path / "a.tif").pixels.astype(int) - smooth()).mean() < 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_associated_alpha_is_divided_out_and_multiplied_in_again(tmp_path, dtype):
    alpha = pattern(dtype, 1, seed=1)
    share = alpha / (1 if dtype == np.float32 else np.iinfo(dtype).max)
    color = pattern(dtype) * share[..., None]
    stored = np.dstack([color if dtype == np.float32 else np.rint(color), alpha]).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    photo = read_photo(tmp_path / "a.tif")
    bright = share > 0.5
    np.testing.assert_allclose(photo.pixels[bright], pattern(dtype)[bright], atol=2 if dtype != np.float32 else 1e-6)
    write_photo(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages.first.extrasamples == (1,)
        np.testing.assert_allclose(file.asarray(), stored, atol=0 if dtype != np.float32 else 1e-6)


def test_an_untagged_fourth_channel_is_kept_as_it_is(tmp_path):
    cv2.imwrite(str(tmp_path / "a.tif"), pattern(np.uint16, 4))
    photo = read_photo(tmp_path / "a.tif")
    assert photo.alpha is not None
    write_photo(photo, tmp_path / "b.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), tifffile.imread(tmp_path / "a.tif"))


def test_of_several_pages_the_first_is_read_and_small_copies_do_not_count(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(pattern(), photometric="rgb")
        writer.write(pattern(height=9, width=9), photometric="rgb", subfiletype=1)
    assert read_photo(tmp_path / "a.tif").notes == ()
    tifffile.imwrite(tmp_path / "b.tif", np.stack([pattern(seed=seed) for seed in (3, 4)]), photometric="rgb")
    photo = read_photo(tmp_path / "b.tif")
    np.testing.assert_array_equal(photo.pixels, pattern(seed=3))
    assert "more than one page; the first is used" in photo.notes[0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", ["none", "deflate"])
def test_metadata_are_seen_by_other_readers(tmp_path, order, compression):
    metadata = Metadata(exif_block(order=order), XMP, iptc_resources(), (300.0, 150.0))
    photo = Photo(pattern(np.uint16, 4)[..., :3].copy(), pattern(np.uint16, 1), profiles.p3(), metadata)
    photo = Photo(photo.pixels, photo.alpha, photo.profile, metadata, Encoding(compression=compression))
    assert write_photo(photo, tmp_path / "a.tif") == ()
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = file.pages.first.tags
        assert file.byteorder == order
        assert len(file.pages) == 1
        assert tags["Make"].value == "Camera"
        assert tags["ExifTag"].value["PixelXDimension"] == 36
        assert tags["GPSTag"].value["GPSVersionID"] == b"\2\3\0\0"
        assert tags["XMP"].value == XMP
        assert tags[33723].value == IPTC
        assert tags["InterColorProfile"].value == profiles.p3()
        assert file.pages.first.resolution == (300, 150)
        assert 270 not in tags
        assert 305 not in tags
        np.testing.assert_array_equal(file.asarray()[..., :3], photo.pixels)
    again = read_photo(tmp_path / "a.tif")
    assert (again.profile, again.metadata.xmp, again.metadata.resolution) == (profiles.p3(), XMP, (300, 150))
    assert iptc_of_resources(again.metadata.resources or b"") == IPTC


def test_pillow_reads_exif_of_our_tiff(tmp_path):
    write_photo(Photo(pattern(), metadata=Metadata(exif_block(order=">"))), tmp_path / "a.tif")
    with Image.open(tmp_path / "a.tif") as image:
        np.testing.assert_array_equal(np.array(image), pattern())
        exif = image.getexif()
        assert exif[0x010F] == "Camera"
        assert exif.get_ifd(0x8769)[0xA002] == 36


def _same_exif(one: bytes, two: bytes) -> bool:
    return read_directory(one, first_directory(one)) == read_directory(two, first_directory(two))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_goes_through_a_tiff_and_out_again(tmp_path, order, suffix):
    write_photo(Photo(pattern(), metadata=Metadata(exif_block(order=order))), tmp_path / "a.tif")
    write_photo(read_photo(tmp_path / "a.tif"), tmp_path / f"b{suffix}")
    block = read_photo(tmp_path / f"b{suffix}").metadata.exif
    assert block is not None
    assert _same_exif(block, exif_block(order=order))


def test_an_orientation_is_honored_and_reset(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", np.rot90(pattern(), 1), photometric="rgb", extratags=[(274, 3, 1, 6, True)], software=False
    )
    photo = read_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.pixels, pattern())
    write_photo(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages.first.tags[274].value == 1


def test_resolution_per_centimeter(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", pattern(), photometric="rgb", resolution=(100, 50), resolutionunit="centimeter"
    )
    assert read_photo(tmp_path / "a.tif").metadata.resolution == (254, 127)


def test_iptc_written_as_long_integers_is_read(tmp_path):
    padded = IPTC + bytes(-len(IPTC) % 4)
    numbers = struct.unpack(f"<{len(padded) // 4}I", padded)
    tifffile.imwrite(
        tmp_path / "a.tif", pattern(), photometric="rgb", extratags=[(33723, 4, len(numbers), numbers, True)]
    )
    assert iptc_of_resources(read_photo(tmp_path / "a.tif").metadata.resources or b"") == padded


def test_big_tiff_is_read_with_a_note(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", pattern(), photometric="rgb", bigtiff=True)
    photo = read_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.pixels, pattern())
    assert photo.notes == ("its EXIF cannot be read and was left out",)


def test_a_damaged_directory_below_is_left_out_and_the_rest_stays(tmp_path):
    block = exif_block()
    at = block.index(struct.pack("<HHI", 0x8769, 4, 1)) + 8
    damaged = block[:at] + struct.pack("<I", 1 << 31) + block[at + 4 :]
    write_photo(Photo(pattern(), metadata=Metadata(damaged)), tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages.first.tags["Make"].value == "Camera"
        assert "ExifTag" not in file.pages.first.tags


def test_short_values_lie_in_their_entry():
    assert short("<", 6).data == b"\6\0"


def test_pages_that_go_in_a_circle_come_to_an_end(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pattern(), photometric="rgb", metadata=None)
    data = bytearray(path.read_bytes())
    (root,) = struct.unpack_from("<I", data, 4)
    (num_tags,) = struct.unpack_from("<H", data, root)
    struct.pack_into("<I", data, root + 2 + 12 * num_tags, root)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_photo(path).pixels, pattern())


def test_tiles_of_no_size_are_damage(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, smooth(64, 64), photometric="rgb", tile=(16, 16), metadata=None)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["TileLength"].overwrite(0)
    with pytest.raises(PhotoError, match="damaged or cut off"):
        read_photo(path)


def test_why_a_tiff_could_not_be_written_to_its_end_is_told(tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(AtelierError, match="file too large") as raised:
            write_photo(Photo(pixels=smooth(128, 128)), tmp_path / "a.tif")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(raised.value.__cause__, OSError)
    assert raised.value.__cause__.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
