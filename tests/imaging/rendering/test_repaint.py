"""A painting laid over its photo: strength, mask, every depth and color space, gray photos, large photos."""

from dataclasses import replace

import numpy as np
import pytest
from icc_profiles import adobe_rgb, p3
from portrait_atelier.core.imaging.color_management import ColorSpace
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.repaint import repaint_photo
from portrait_atelier.core.imaging.rendering.strips import STRIP_ROWS

DEPTHS = (np.uint8, np.uint16, np.float32)
ROWS, COLUMNS = STRIP_ROWS + 9, 20
PROFILES = {"sRGB": None, "P3": p3(), "Adobe": adobe_rgb()}


def _photo(dtype: type, profile: bytes | None = None, *, gray: bool = False) -> Photo:
    rgb = np.random.default_rng(0).uniform(0.2, 0.8, (ROWS, COLUMNS, 3)).astype(np.float32)
    return Photo(ColorSpace.of(profile, gray).from_srgb(rgb, dtype), profile=profile)


def _painted(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 0.8, (ROWS, COLUMNS, 3)).astype(np.float32)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("dtype", DEPTHS)
def test_at_full_strength_the_photo_becomes_the_painting_in_its_own_color_space(dtype: type, profile: bytes | None):
    photo, painted = _photo(dtype, profile), _painted()
    result = repaint_photo(photo, painted)
    assert (result.pixels.dtype, result.profile) == (dtype, profile)
    shown = ColorSpace.of(profile, False).to_srgb(result.pixels)
    assert np.abs(shown - painted).mean() < {np.uint8: 1 / 255, np.uint16: 1e-4, np.float32: 1e-6}[dtype]
    assert np.abs(shown - painted).max() < {np.uint8: 5 / 255, np.uint16: 1e-3, np.float32: 1e-5}[dtype]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("dtype", DEPTHS)
def test_strength_0_and_a_black_mask_leave_every_bit(dtype: type, profile: bytes | None):
    photo, painted = _photo(dtype, profile), _painted()
    mask = np.zeros((ROWS, COLUMNS), np.float32)
    assert repaint_photo(photo, painted, strength=0) is photo
    np.testing.assert_array_equal(repaint_photo(photo, painted, mask=mask).pixels, photo.pixels)
    mask[:, 10:] = 1
    half = repaint_photo(photo, painted, mask=mask).pixels
    np.testing.assert_array_equal(half[:, :10], photo.pixels[:, :10])
    assert np.abs(half[:, 10:].astype(float) - photo.pixels[:, 10:].astype(float)).mean() > 0


def test_strength_and_mask_multiply():
    photo = Photo(np.full((4, 4, 3), 0.5, np.float32))
    painted = np.full((4, 4, 3), 0.9, np.float32)
    mask = np.full((4, 4), 0.5, np.float32)
    result = repaint_photo(photo, painted, strength=1.5, mask=mask).pixels
    np.testing.assert_allclose(result, 0.5 + 1.5 * 0.5 * 0.4, atol=1e-6)


def test_gray_stays_gray_and_becomes_color_when_asked():
    photo, painted = _photo(np.uint16, gray=True), _painted()
    gray = repaint_photo(photo, painted)
    assert gray.pixels.shape == (ROWS, COLUMNS)
    luma = painted @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    np.testing.assert_allclose(gray.pixels / 65535, luma, atol=1e-4)
    color = repaint_photo(photo, painted, rgb=True)
    np.testing.assert_allclose(color.pixels / 65535, painted, atol=1e-4)
    untouched = repaint_photo(photo, painted, strength=0, rgb=True)
    np.testing.assert_array_equal(untouched.pixels, np.repeat(photo.pixels[..., None], 3, -1))


def test_a_small_painting_is_enlarged_over_a_large_photo():
    photo = Photo(np.zeros((2 * ROWS, 2 * COLUMNS, 3), np.uint8))
    result = repaint_photo(photo, np.full((ROWS, COLUMNS, 3), 0.5, np.float32))
    assert set(np.unique(result.pixels)) <= {127, 128}


def test_alpha_and_metadata_stay():
    photo = replace(_photo(np.uint8), alpha=np.full((ROWS, COLUMNS), 77, np.uint8))
    result = repaint_photo(photo, _painted())
    np.testing.assert_array_equal(result.alpha, photo.alpha)
    assert result.metadata is photo.metadata


def test_wrong_strength_and_mask_are_named():
    photo = Photo(np.zeros((4, 4, 3), np.uint8))
    painted = np.zeros((4, 4, 3), np.float32)
    with pytest.raises(ValueError, match="strength must be 0 to 1.5, got 2"):
        repaint_photo(photo, painted, strength=2)
    with pytest.raises(ValueError, match=r"mask must be float32 \(4, 4\)"):
        repaint_photo(photo, painted, mask=np.zeros((3, 4), np.float32))
