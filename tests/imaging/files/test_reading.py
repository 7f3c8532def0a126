"""Reading photos: what goes wrong, said with its cure; turning upright; the first of several pictures."""

import os
import struct
import sys
import zlib

import icc_profiles as profiles
import imagecodecs
import numpy as np
import pytest
import tifffile
from photo_files import exif_block, jpeg_bytes, pattern, save, smooth
from PIL import Image
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.files.reading import read_photo, read_proxy


def _png(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def _frames(path, **options):
    frames = [Image.fromarray(pattern(seed=seed)) for seed in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, **options)


def _jpeg_with_precision(path, precision):
    data = bytearray(jpeg_bytes(smooth()))
    data[data.index(b"\xff\xc0") + 4] = precision
    path.write_bytes(data)


def _lying_jpeg(path):
    data = bytearray(jpeg_bytes(smooth()))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 60000, 60000)
    path.write_bytes(data)


def _cut(path, keep=0.6, **options):
    save(path, pattern(height=80, width=80), **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])


def _cut_tiff(path, **options):
    tifffile.imwrite(path, pattern(np.uint16, height=80, width=80), photometric="rgb", rowsperstrip=8, **options)
    path.write_bytes(path.read_bytes()[:-8000])


def _cut_png16(path):
    path.write_bytes(imagecodecs.png_encode(pattern(np.uint16, height=80, width=80))[:-9000])


def _damaged_png(path):
    data = bytearray(save(path, pattern(height=80, width=80)).read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


CMYK = np.zeros((24, 36, 4), np.uint8)
DAMAGED = r"cannot be decoded, it is damaged or cut off \(.+\); copy or export it again"
RAW = "cannot be developed .*; export a 16-bit TIFF first|is a camera's RAW file .* or export a 16-bit TIFF first"
BAD_INPUT = {
    "missing.jpg": (lambda p: None, "does not exist .*; check its name"),
    "folder.jpg": (lambda p: p.mkdir(), "is a folder, not a photo .*; name a photo in it"),
    "empty.jpg": (lambda p: p.write_bytes(b""), r"is empty \(0 bytes\); copy it again"),
    "text.jpg": (lambda p: p.write_text("Dear photographer"), "is not a photo .*whatever its name.*; choose another"),
    "page.png": (lambda p: p.write_text("<!DOCTYPE html><html>"), "is not a photo"),
    "three.jpg": (lambda p: p.write_bytes(b"\xff\xd8\xff"), DAMAGED),
    "png.jpg": (
        lambda p: save(p, pattern(), format="PNG"),
        "is a PNG picture under the name of a JPEG .*; rename .* png.png",
    ),
    "jpeg.tif": (lambda p: save(p, pattern(), format="JPEG"), "is a JPEG picture under the name of a TIFF .* jpeg.jpg"),
    "webp.png": (lambda p: save(p, pattern(), format="WEBP"), "is a WebP picture under the name of a PNG"),
    "cut.jpg": (_cut, DAMAGED),
    "cut.png": (_cut, DAMAGED),
    "cut16.png": (_cut_png16, DAMAGED),
    "cut.webp": (_cut, DAMAGED),
    "cut.tif": (_cut_tiff, DAMAGED),
    "cut_deflate.tif": (lambda p: _cut_tiff(p, compression="zlib"), DAMAGED),
    "damaged.png": (_damaged_png, DAMAGED),
    "header.png": (lambda p: p.write_bytes(_png(40, 40)[:20]), DAMAGED),
    "little.png": (lambda p: p.write_bytes(_png(40, 40)), DAMAGED),
    "little16.png": (lambda p: p.write_bytes(_png(40, 40, 16)), DAMAGED),
    "header.tif": (lambda p: p.write_bytes(b"II*\0\x08\0\0\0"), DAMAGED),
    "header.webp": (lambda p: p.write_bytes(b"RIFF\x10\0\0\0WEBPVP8 "), DAMAGED),
    "pixel.png": (lambda p: save(p, pattern(height=1, width=1)), r"is too small \(1 x 1 pixels, .*; choose a larger"),
    "pixel.jpg": (lambda p: save(p, pattern(height=1, width=1)), "is too small"),
    "pixel.tif": (lambda p: save(p, pattern(height=1, width=1)), "is too small"),
    "pixel.webp": (lambda p: save(p, pattern(height=1, width=1)), "is too small"),
    "line.png": (lambda p: save(p, pattern(height=2, width=500)), r"is too small \(500 x 2"),
    "bomb.png": (
        lambda p: p.write_bytes(_png(50000, 50000)),
        r"is too large .*2500 MP, the limit is 250 MP\); save it",
    ),
    "bomb16.png": (lambda p: p.write_bytes(_png(50000, 50000, 16)), "is too large"),
    "bomb.jpg": (_lying_jpeg, r"is too large \(60000 x 60000"),
    "cmyk.jpg": (lambda p: Image.fromarray(CMYK, "CMYK").save(p), r"is in CMYK .*; convert it to RGB first"),
    "cmyk.tif": (lambda p: tifffile.imwrite(p, CMYK, photometric="separated"), "is in CMYK"),
    "lab.tif": (
        lambda p: tifffile.imwrite(p, pattern(), photometric="cielab"),
        "colors of the kind CIELAB .*save it as RGB",
    ),
    "deep.jpg": (lambda p: _jpeg_with_precision(p, 12), "is a 12-bit JPEG .*; save it as 8-bit JPEG or 16-bit TIFF"),
    "int32.tif": (
        lambda p: tifffile.imwrite(p, pattern().astype("u4"), photometric="rgb"),
        "pixels of the kind uint32 .*save it as 16-bit",
    ),
    "complex.tif": (lambda p: tifffile.imwrite(p, pattern(channels=1).astype("c8")), "pixels of the kind complex64"),
    "moving.gif": (_frames, "is a GIF, .*animation .*; save the picture you want as JPEG, PNG"),
    "moving.png": (_frames, "is an animation .*; save the frame you want as PNG or JPEG"),
    "moving.webp": (_frames, "is an animation"),
    "photo.bmp": (lambda p: save(p, pattern()), "is a BMP picture .*; save the picture you want as JPEG"),
    "photo.nef": (lambda p: tifffile.imwrite(p, pattern()), RAW),
    "photo.dng": (lambda p: tifffile.imwrite(p, pattern()), RAW),
    "hidden.tif": (
        lambda p: tifffile.imwrite(p, pattern(), extratags=[(50706, 1, 4, (1, 4, 0, 0), True)]),
        "is a camera's RAW file under the name of a TIFF .*; rename it to hidden.dng",
    ),
    "photo.cr2": (lambda p: p.write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(60)), RAW),
    "photo.cr3": (lambda p: p.write_bytes(b"\0\0\0\x18ftypcrx " + bytes(60)), RAW),
    "photo.raf": (lambda p: p.write_bytes(b"FUJIFILMCCD-RAW " + bytes(60)), RAW),
    "photo.arw": (lambda p: p.write_bytes(b"anything" * 10), RAW),
    "photo.heic": (lambda p: p.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60)), "HEIC|damaged"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
@pytest.mark.parametrize("read", [read_photo, read_proxy])
def test_bad_input_is_named_with_its_cure(tmp_path, name, read):
    make, message = BAD_INPUT[name]
    path = tmp_path / name
    make(path)
    with pytest.raises(PhotoError, match=message) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.skipif(sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="no such rights")
def test_a_file_without_the_right_to_read(tmp_path):
    path = save(tmp_path / "a.png", pattern())
    path.chmod(0)
    with pytest.raises(PhotoError, match="cannot be opened .*check that you may read it"):
        read_photo(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_the_limit_is_ours_and_pillows_stays_as_it_was(tmp_path, suffix, monkeypatch):
    path = save(tmp_path / f"a{suffix}", smooth())
    with pytest.raises(PhotoError, match="too large"):
        read_photo(path, max_megapixels=0.0001)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_photo(path).pixels.shape == (24, 36, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("suffix", ["", ".bin", ".JPG", ".jpeg"])
def test_unknown_names_are_read_by_content(tmp_path, suffix):
    path = save(tmp_path / f"a{suffix}", smooth(), format="JPEG")
    assert read_photo(path).file_format == "JPEG"


# What each orientation has done to an upright picture, numbered as in EXIF; undone by reading.
TURNED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
    8: lambda p: np.rot90(p, -1),
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("order", ["<", ">"])
def test_photos_are_turned_upright(tmp_path, orientation, order):
    upright = pattern(channels=4)
    stored = np.ascontiguousarray(TURNED[orientation](upright))
    path = save(tmp_path / "a.png", stored, exif=exif_block(orientation, order))
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, upright[..., :3])
    np.testing.assert_array_equal(photo.alpha, upright[..., 3])
    assert photo.metadata.exif == exif_block(1, order)


def test_a_turned_resolution_turns_too(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(smooth(), dpi=(100, 200), exif=b"Exif\0\0" + exif_block(6)))
    assert read_photo(path).metadata.resolution == (200, 100)


def test_damaged_exif_is_left_out_with_a_note(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(smooth(), exif=b"Exif\0\0" + b"no EXIF at all"))
    photo = read_photo(path)
    assert photo.metadata.exif is None
    assert photo.notes == ("its EXIF is damaged and was left out",)


@pytest.mark.parametrize(
    ("profile", "cause"),
    [
        (b"nonsense", "it is damaged"),
        (profiles.of_another_space(), "it is for CMYK"),
        (profiles.gray_profile(profiles.gamma(2)), "it is for gray"),
    ],
)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_profile_that_cannot_be_used_is_left_out_with_a_note(tmp_path, profile, cause, suffix):
    path = save(tmp_path / f"a{suffix}", smooth(), icc_profile=profile)
    photo = read_photo(path)
    assert photo.profile is None
    assert photo.notes == (f"its color profile was left out and sRGB assumed ({cause})",)


def test_of_an_mpo_the_first_picture_is_read(tmp_path):
    path = tmp_path / "a.jpg"
    first, second = Image.fromarray(smooth()), Image.fromarray(pattern())
    first.save(path, "MPO", save_all=True, append_images=[second], quality=95)
    photo = read_photo(path)
    assert np.abs(photo.pixels.astype(int) - smooth()).mean() < 3
    assert any("more than one picture" in note for note in photo.notes)


def test_avif_is_read(tmp_path):
    pytest.importorskip("PIL._avif")
    path = save(tmp_path / "a.avif", smooth(), quality=95)
    photo = read_photo(path)
    assert photo.file_format == "AVIF"
    assert np.abs(photo.pixels.astype(int) - smooth()).mean() < 5


def test_a_resolution_nobody_can_mean_is_left_out(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pattern(), photometric="rgb", resolution=(1e8, 1e8), resolutionunit="inch")
    assert read_photo(path).metadata.resolution is None


def _heic(path, **options):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(Image.fromarray(smooth())).save(path, quality=95, **options)
    return path


def test_heic_is_read_and_turned_once(tmp_path):
    photo = read_photo(_heic(tmp_path / "a.heic", exif=b"Exif\0\0" + exif_block(6)))
    assert photo.file_format == "HEIC"
    assert np.abs(photo.pixels.astype(int) - np.rot90(smooth(), -1)).mean() < 5
    assert photo.metadata.exif == exif_block(1, size=(24, 36))


def test_a_damaged_heic_is_told(tmp_path):
    path = _heic(tmp_path / "a.heic")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(PhotoError, match=DAMAGED):
        read_photo(path)


def test_heic_without_its_decoder_names_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60))
    with pytest.raises(PhotoError, match=r"is a HEIC photo .*; .* install .*(\[heic\]|pillow-heif)"):
        read_photo(path)
