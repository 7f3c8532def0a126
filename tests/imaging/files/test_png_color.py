"""What a PNG says of its colors: honored as a profile is, and kept as long as it is true."""

import re
import struct
import zlib

import colour
import icc_profiles as profiles
import numpy as np
import pytest
from photo_files import pattern
from portrait_atelier.core.imaging.color_management import ColorSpace, to_srgb
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from test_told import png_with

ADOBE = tuple(round(value * 1e5) for point in ((0.3127, 0.329), *profiles.ADOBE_RGB) for value in point)
REC709 = tuple(round(value * 1e5) for point in ((0.3127, 0.329), *profiles.REC709) for value in point)
P3_CODES, PQ_CODES, HLG_CODES, SRGB_CODES = (bytes((*codes, 0, 1)) for codes in ((12, 13), (9, 16), (9, 18), (1, 13)))
LIGHT = b"mDCV", bytes(24)
LEVELS = b"cLLI", struct.pack(">II", 10_000_000, 2_000_000)


def gama(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 1e5))


def chrm(values: tuple[int, ...]) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *values)


def photo_of(tmp_path, *chunks, pixels=None) -> Photo:
    path = tmp_path / "a.png"
    path.write_bytes(png_with(*chunks, pixels=pixels))
    return read_photo(path)


def iccp(profile: bytes) -> tuple[bytes, bytes]:
    return b"iCCP", b"Name of it\0\0" + zlib.compress(profile)


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        ([(b"cICP", P3_CODES)], profiles.p3()),
        ([gama(1 / 2.19921875), chrm(ADOBE)], profiles.adobe_rgb()),
        ([gama(1.0)], profiles.rgb_profile(profiles.REC709, profiles.gamma(1.0))),
        ([chrm(ADOBE)], profiles.rgb_profile(profiles.ADOBE_RGB, profiles.parametric(*profiles.SRGB_PARAMETERS))),
        ([(b"cICP", P3_CODES), iccp(profiles.adobe_rgb()), gama(1.0)], profiles.p3()),
        ([iccp(profiles.adobe_rgb()), gama(1.0)], profiles.adobe_rgb()),
    ],
    ids=["cICP", "gAMA and cHRM", "gAMA", "cHRM", "cICP before iCCP", "iCCP before gAMA"],
)
def test_colors_are_those_of_an_equal_profile(tmp_path, chunks, wanted):
    photo = photo_of(tmp_path, *chunks, pixels=pattern(np.uint16))
    np.testing.assert_allclose(to_srgb(photo.pixels, photo.profile), to_srgb(photo.pixels, wanted), atol=1e-3)
    assert photo.notes == ()


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"sRGB", b"\0"), gama(0.45455), chrm(REC709)],
        [gama(0.45455), chrm(REC709)],
        [gama(0.45455)],
        [(b"cICP", SRGB_CODES)],
        [(b"sRGB", b"\0"), gama(1.0)],
    ],
)
def test_what_says_srgb_needs_no_profile(tmp_path, chunks):
    assert photo_of(tmp_path, *chunks).profile is None


def test_gray_has_a_gamma_too(tmp_path):
    photo = photo_of(tmp_path, gama(1.0), pixels=pattern(np.uint8, 1))
    wanted = to_srgb(photo.pixels, profiles.gray_profile(profiles.gamma(1.0)))
    np.testing.assert_allclose(to_srgb(photo.pixels, photo.profile), wanted, atol=1e-3)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"cICP", P3_CODES), LIGHT, LEVELS],
        [(b"cICP", PQ_CODES), LIGHT, LEVELS, iccp(profiles.p3())],
        [gama(1 / 1.8), chrm(ADOBE)],
        [(b"sRGB", b"\1"), gama(0.45455), chrm(REC709)],
        [iccp(profiles.adobe_rgb())],
    ],
)
def test_the_chunks_are_kept_as_they_are(tmp_path, chunks):
    photo = photo_of(tmp_path, *chunks)
    assert write_photo(photo, tmp_path / "b.png") == ()
    data = (tmp_path / "b.png").read_bytes()
    for kind, body in chunks:
        assert data.count(kind + body) == 1
    assert read_photo(tmp_path / "b.png").profile == photo.profile


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp"])
def test_other_formats_get_a_profile_that_says_the_same(tmp_path, suffix):
    photo = photo_of(tmp_path, (b"cICP", P3_CODES))
    assert write_photo(photo, tmp_path / f"b{suffix}") == ()
    assert read_photo(tmp_path / f"b{suffix}").profile == photo.profile


def test_chunks_that_are_no_longer_true_are_not_kept(tmp_path):
    gray = photo_of(tmp_path, gama(1.0), pixels=pattern(np.uint8, 1))
    write_photo(Photo(pattern(), metadata=gray.metadata), tmp_path / "b.png")
    assert b"gAMA" not in (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("codes", "light"),
    [
        (PQ_CODES, lambda codes: colour.models.eotf_ST2084(codes) / 203),
        (HLG_CODES, lambda codes: colour.models.oetf_inverse_BT2100_HLG(codes) / 0.264962),
    ],
    ids=["PQ", "HLG"],
)
def test_hdr_is_relative_to_its_reference_white(tmp_path, codes, light):
    steps = np.linspace(0, 65535, 24 * 36).reshape(24, 36).astype(np.uint16)
    photo = photo_of(tmp_path, (b"cICP", codes), pixels=np.repeat(steps[..., None], 3, -1))
    space = ColorSpace.of(photo.profile, is_gray=False)
    assert space.is_hdr
    linear = space.curves[0].decode(steps / 65535)
    np.testing.assert_allclose(linear, light(steps / 65535), rtol=1e-4, atol=1e-6)
    rgb = space.to_srgb(photo.pixels)
    back = space.from_srgb(rgb, np.uint16)
    assert np.abs(back[steps > 4000].astype(int) - photo.pixels[steps > 4000]).max() <= 40
    np.testing.assert_allclose(rgb[..., 0], rgb[..., 1], atol=1e-3)


def test_hdr_in_another_format_is_told(tmp_path):
    photo = photo_of(tmp_path, (b"cICP", PQ_CODES), LEVELS)
    assert write_photo(photo, tmp_path / "b.tif") == (
        "left out: PNG cLLI",
        "its colors are HDR, as its profile says; programs that do not know such profiles show it wrong",
    )
    assert ColorSpace.of(read_photo(tmp_path / "b.tif").profile, is_gray=False).is_hdr


@pytest.mark.parametrize(
    ("chunk", "cause"),
    [
        (chrm((31270, 32900, *[10000] * 6)), "its primaries are not independent"),
        (chrm((0,) * 8), "its primaries are not independent"),
        (gama(0), "it has a tone curve that does not rise"),
        ((b"cHRM", bytes(5)), "it is damaged"),
    ],
)
def test_values_of_no_color_space_are_told(tmp_path, chunk, cause):
    photo = photo_of(tmp_path, chunk)
    assert photo.profile is None
    assert photo.notes == (f"its color profile was left out and sRGB assumed ({cause})",)
    write_photo(photo, tmp_path / "b.png")
    assert chunk[0] not in (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("codes", "cause"),
    [
        (bytes((77, 13, 0, 1)), r"its colors have code points that are not known here: \[77, 13\]"),
        (bytes((12, 13, 1, 1)), r"its colors have code points that are not known here: \[12, 13, 1, 1\]"),
        (bytes((12, 13, 0, 0)), "its colors are of video range, 16 to 235, which photos do not have"),
        (bytes(3), "it is damaged"),
    ],
    ids=["unknown", "matrix", "narrow", "short"],
)
def test_what_cannot_be_used_hides_nothing_that_can(tmp_path, codes, cause):
    photo = photo_of(tmp_path, (b"cICP", codes), LIGHT, iccp(profiles.adobe_rgb()), gama(1.0))
    assert photo.profile == profiles.adobe_rgb()
    assert len(photo.notes) == 1
    assert re.fullmatch(rf"its cICP was left out and its iCCP used for colors \({cause}\)", photo.notes[0])
    assert write_photo(photo, tmp_path / "b.png") == ()
    written = (tmp_path / "b.png").read_bytes()
    assert [kind in written for kind in (b"cICP", b"mDCV", b"iCCP", b"gAMA")] == [False, False, True, True]
    other = photo_of(tmp_path, iccp(b"no profile" * 20), gama(1 / 2.19921875), chrm(ADOBE))
    assert other.notes == ("its iCCP was left out and its gAMA/cHRM used for colors (it is damaged)",)
    np.testing.assert_allclose(
        to_srgb(other.pixels, other.profile), to_srgb(other.pixels, profiles.adobe_rgb()), atol=1e-3
    )
    srgb = photo_of(tmp_path, iccp(profiles.adobe_rgb()[:300]), (b"sRGB", b"\0"), gama(1.0))
    assert srgb.profile is None
    assert re.fullmatch(r"its iCCP was left out and its sRGB used for colors \(.*\)", srgb.notes[0])
    assert write_photo(srgb, tmp_path / "c.png") == ()
    written = (tmp_path / "c.png").read_bytes()
    assert [kind in written for kind in (b"iCCP", b"sRGB")] == [False, True]
    third = photo_of(tmp_path, (b"cICP", codes), (b"iCCP", b"Name\0\0no"), gama(1.0))
    assert third.profile == photo_of(tmp_path, gama(1.0)).profile
    assert re.fullmatch(rf"its cICP was left out and its gAMA used for colors \({cause}\)", third.notes[0])
