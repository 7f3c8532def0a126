"""HEIC and AVIF: their depth, colors that code points describe, and gain maps."""

import struct

import icc_profiles as profiles
import imagecodecs
import numpy as np
import pytest
from photo_files import smooth
from PIL import Image
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.coded_color import profile_of_codes
from portrait_atelier.core.imaging.color_management import to_srgb
from portrait_atelier.core.imaging.files import checks, heif_file
from portrait_atelier.core.imaging.files.reading import read_photo

pytest.importorskip("PIL._avif")
DEEP = np.rint(np.linspace(0, 1023, 48 * 64 * 3)).reshape(48, 64, 3).astype(np.uint16)
GAIN_MAP = "its gain map (HDR) belongs to the colors that it had and was left out; it is a photo without HDR now"


def _avif(path, *, codes=None, more=b""):
    """An AVIF; with code points, and with more in its box of properties."""
    Image.fromarray(smooth(64, 64)).save(path, quality=95)
    data = path.read_bytes()
    if codes is not None:
        at = data.index(b"colrnclx") + 8
        data = data[:at] + struct.pack(">HH", *codes) + data[at + 4 :]
    if more:  # in the reserved bytes of the handler
        at = data.index(b"pict") + 4
        data = data[:at] + more + data[at + len(more) :]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("bits", [10, 12])
def test_a_deep_avif_stays_deep(tmp_path, bits):
    deep = (DEEP.astype(np.uint32) * (2**bits - 1) // 1023).astype(np.uint16)
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(deep, bitspersample=bits))
    photo = read_photo(tmp_path / "a.avif")
    assert photo.pixels.dtype == np.uint16
    assert photo.notes == ()
    assert np.abs(photo.pixels / 65535 - deep / (2**bits - 1)).max() < 0.02
    assert photo.pixels.max() == 65535


def test_without_that_decoder_it_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(DEEP, bitspersample=10))
    monkeypatch.setattr(imagecodecs.AVIF, "available", False)
    photo = read_photo(tmp_path / "a.avif")
    assert photo.pixels.dtype == np.uint8
    assert photo.notes == ("10 bits are read as 8",)


def test_a_deep_heic_stays_deep(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    image = pillow_heif.from_bytes("RGB;16", (64, 48), (DEEP << 6).tobytes())
    image.save(tmp_path / "a.heic", quality=95)
    photo = read_photo(tmp_path / "a.heic")
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels / 65535 - DEEP / 1023).mean() < 0.01


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_code_points_are_honored(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "avif":
        _avif(path, codes=(12, 13))
    else:
        pillow_heif = pytest.importorskip("pillow_heif")
        image = pillow_heif.from_pillow(Image.fromarray(smooth(64, 64)))
        image.save(path, quality=95, color_primaries=12, transfer_characteristics=13)
    photo = read_photo(path)
    wanted = to_srgb(photo.pixels, profiles.p3())
    np.testing.assert_allclose(to_srgb(photo.pixels, photo.profile), wanted, atol=1e-3)
    assert photo.notes == ()


def test_unknown_code_points_are_told(tmp_path):
    assert "code points that are not known" in read_photo(_avif(tmp_path / "a.avif", codes=(77, 13))).notes[0]


def _nclx(*codes):
    return b"colrnclx" + struct.pack(">HH", *codes)


@pytest.mark.parametrize("first", [(12, 13), (9, 16)])
def test_beside_a_gain_map_the_codes_of_sdr_hold(first):
    both = _nclx(*first) + _nclx(*({(12, 13), (9, 16)} - {first}).pop())
    wanted = profile_of_codes(12, 13, is_gray=False)
    assert heif_file._profile_of_codes(b"tmap" + both, False, []) == wanted
    assert heif_file._profile_of_codes(both, False, []) == profile_of_codes(*first, is_gray=False)


def test_code_points_that_are_cut_off_are_none():
    assert heif_file._profile_of_codes(_nclx(12, 13)[:-1], False, []) is None


def test_a_gain_map_is_told(tmp_path):
    assert read_photo(_avif(tmp_path / "a.avif", more=b"\0\0\0\0tmap")).notes == (GAIN_MAP,)


def test_more_pixels_than_such_files_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "_HARMLESS", 1000)
    data = imagecodecs.avif_encode(np.zeros((1500, 1500, 3), np.uint8), level=0, speed=10)
    (tmp_path / "a.avif").write_bytes(data)
    with pytest.raises(PhotoError, match="promises 7 MB of pixels"):
        read_photo(tmp_path / "a.avif")
