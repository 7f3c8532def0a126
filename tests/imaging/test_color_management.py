"""Color management: known values, round trips, another implementation's opinion."""

import icc_profiles as profiles
import imagecodecs
import numpy as np
import pytest
from photo_files import pattern
from portrait_atelier.core.imaging.color_management import ColorSpace, OriginalPixels, from_srgb, to_srgb

PRO_PHOTO = profiles.rgb_profile(((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), profiles.gamma(1.8))
WIDE = {
    "p3": profiles.p3(),
    "adobe": profiles.adobe_rgb(),
    "pro": PRO_PHOTO,
    "tables": profiles.rgb_profile(profiles.DISPLAY_P3, profiles.table(np.linspace(0, 1, 1024) ** 2.2)),
    "three": profiles.rgb_profile(profiles.DISPLAY_P3, *(profiles.gamma(value) for value in (1.8, 2.0, 2.2))),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_without_profile_pixels_are_srgb(dtype):
    pixels = pattern(dtype)
    rgb = to_srgb(pixels, None)
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    np.testing.assert_allclose(rgb, pixels / top, atol=1e-7)
    np.testing.assert_array_equal(from_srgb(rgb, None, dtype), pixels)


def test_srgb_is_known_by_its_numbers():
    assert ColorSpace.of(profiles.srgb(), False).is_srgb
    assert not ColorSpace.of(profiles.p3(), False).is_srgb
    assert not ColorSpace.of(profiles.rgb_profile(profiles.REC709, profiles.gamma(2.2)), False).is_srgb


def test_the_green_of_display_p3_by_published_values():
    green = np.array([[[0, 1, 0]]], np.float32)
    np.testing.assert_allclose(to_srgb(green, profiles.p3())[0, 0], [-0.5116, 1.0183, -0.3107], atol=2e-3)


@pytest.mark.parametrize("name", ["p3", "adobe", "tables"])
def test_white_and_black_stay(name):
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    np.testing.assert_allclose(to_srgb(ends, WIDE[name]), ends / 255, atol=1e-3)


@pytest.mark.parametrize("name", WIDE)
def test_eight_bits_come_back_exactly(name):
    pixels = pattern(np.uint8, height=100, width=100)
    np.testing.assert_array_equal(from_srgb(to_srgb(pixels, WIDE[name]), WIDE[name], np.uint8), pixels)


def test_sixteen_bits_of_display_p3_come_back_exactly():
    pixels = pattern(np.uint16, height=300, width=300)
    np.testing.assert_array_equal(from_srgb(to_srgb(pixels, WIDE["p3"]), WIDE["p3"], np.uint16), pixels)


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_untouched_pixels_come_back_bit_for_bit(name, dtype):
    space, pixels = ColorSpace.of(WIDE[name], False), pattern(dtype, height=50, width=50)
    rgb = space.to_srgb(pixels)
    np.testing.assert_array_equal(space.from_srgb(rgb.copy(), dtype, original=OriginalPixels(pixels, rgb)), pixels)
    changed = rgb.copy()
    changed[0, 0] += 0.1
    back = space.from_srgb(changed, dtype, original=OriginalPixels(pixels, rgb))
    assert (back != pixels).any(-1).sum() == 1


@pytest.mark.parametrize("name", WIDE)
def test_floats_come_back(name):
    pixels = pattern(np.float32, height=100, width=100) * np.float32(0.8) + np.float32(0.2)
    np.testing.assert_allclose(from_srgb(to_srgb(pixels, WIDE[name]), WIDE[name], np.float32), pixels, atol=1e-5)


@pytest.mark.parametrize("name", ["p3", "adobe", "pro"])
def test_littlecms_agrees_inside_the_gamut_of_srgb(name):
    pixels = pattern(np.float32, height=50, width=50) * np.float32(0.3) + np.float32(0.35)
    ours = to_srgb(pixels, WIDE[name])
    theirs = imagecodecs.cms_transform(
        pixels, WIDE[name], imagecodecs.cms_profile("srgb"), colorspace="rgb", outcolorspace="rgb", intent=1
    )
    inside = ((ours > 0.01) & (ours < 0.99)).all(-1)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(ours[inside], theirs[inside], atol=1e-3)


def test_profiles_of_several_dimensions_work_both_ways():
    profile = profiles.table_profile()
    same = profiles.rgb_profile(profiles.DISPLAY_P3, profiles.gamma(2.0))
    pixels = pattern(np.uint8, height=40, width=40)
    rgb = to_srgb(pixels, profile)
    np.testing.assert_allclose(rgb.clip(0.1), to_srgb(pixels, same).clip(0.1), atol=0.03)
    gray = np.repeat(np.arange(40, 240, 10, dtype=np.uint8)[None, :, None], 3, -1)
    assert np.abs(from_srgb(to_srgb(gray, profile), profile, np.uint8).astype(int) - gray).max() <= 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("curve", [profiles.gamma(1.8), profiles.table(np.linspace(0, 1, 4096) ** 2.2)])
def test_gray_stays_gray_and_comes_back(dtype, curve):
    profile = profiles.gray_profile(curve)
    pixels = pattern(dtype, 1)
    rgb = to_srgb(pixels, profile)
    np.testing.assert_array_equal(rgb, rgb[..., :1].repeat(3, -1))
    back = from_srgb(rgb, profile, dtype, is_gray=True).astype(np.float64)
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    np.testing.assert_allclose(back / top, pixels / top, atol=0 if dtype == np.uint8 else 1e-4)


def test_a_gray_photo_may_have_an_rgb_profile():
    rgb = to_srgb(np.full((2, 2), 128, np.uint8), profiles.adobe_rgb())
    same = to_srgb(np.full((2, 2, 3), 128, np.uint8), profiles.adobe_rgb())
    np.testing.assert_allclose(rgb, same, atol=1e-3)


def test_gray_of_colors_is_their_luma():
    gray = from_srgb(np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32), None, np.float32, is_gray=True)
    np.testing.assert_allclose(gray, [[0.2126, 0.7152, 0.0722]])


def test_profiles_of_other_spaces_are_refused():
    with pytest.raises(ValueError, match="for gray"):
        ColorSpace.of(profiles.gray_profile(profiles.gamma(2)), False)
    with pytest.raises(ValueError, match="for RGB"):
        ColorSpace.of(profiles.table_profile(), True)


def test_strips_equal_the_whole():
    space, pixels = ColorSpace.of(profiles.p3(), False), pattern(np.uint16, height=1200, width=900)
    whole = space.to_srgb(pixels)
    np.testing.assert_array_equal(whole[100:300], space.to_srgb(pixels[100:300]))
    np.testing.assert_array_equal(whole[700:], space.to_srgb(np.ascontiguousarray(pixels[700:])))


def test_values_outside_are_clamped_in_integers_only():
    rgb = np.array([[[-0.5, 0.5, 1.5]]], np.float32)
    assert from_srgb(rgb, None, np.uint8).tolist() == [[[0, 128, 255]]]
    assert from_srgb(rgb, None, np.float32).tolist() == [[[-0.5, 0.5, 1.5]]]


def test_dither_keeps_the_mean_and_knows_its_place():
    rgb = np.full((64, 64, 3), 100.3 / 255, np.float32)
    space = ColorSpace.of(None, False)
    dithered = space.from_srgb(rgb, np.uint8, dither_row=0)
    assert set(np.unique(dithered)) == {100, 101}
    assert dithered.mean() == pytest.approx(100.3, abs=0.02)
    np.testing.assert_array_equal(dithered[20:], space.from_srgb(rgb[20:], np.uint8, dither_row=20))
