"""A look given to photos of every depth and color space."""

from dataclasses import replace

import numpy as np
import pytest
from icc_profiles import adobe_rgb, p3
from portrait_atelier.core.imaging.color_management import ColorSpace
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_colors, table_shape
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.strips import STRIP_ROWS
from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture
from rendering import defined
from skimage.color import deltaE_ciede2000, rgb2lab

DEPTHS = (np.uint8, np.uint16, np.float32)
ADOBE_RGB, DISPLAY_P3 = adobe_rgb(), p3()


@pytest.fixture
def look() -> Look:
    """Warmer and darker towards one side, smooth."""
    colors = table_colors()
    table = colors * np.array([0.95, 0.9, 0.8], np.float32) - colors + np.float32(0.02)
    grid = np.zeros(grid_shape(), np.float32)
    grid[:, :, :, :, 3] = -0.1 * np.linspace(0, 1, 16)[None, :, None, None]
    return Look(table, grid)


def _srgb(height: int = STRIP_ROWS + 21, width: int = 33) -> np.ndarray:
    """Muted colors in [0.1, 0.9], inside every gamut."""
    rng = np.random.default_rng(1)
    return (0.5 + 0.3 * (rng.random((height, width, 1)) - 0.5) + 0.3 * (rng.random((height, width, 3)) - 0.5)).astype(
        np.float32
    )


def _reference(look: Look, pixels: np.ndarray, strength: float = 1.0) -> np.ndarray:
    return defined(pixels, look, strength)


def _photo(profile: bytes | None, dtype: type) -> Photo:
    return Photo(pixels=ColorSpace.of(profile, False).from_srgb(_srgb(), dtype), profile=profile)


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("profile", [None, DISPLAY_P3, ADOBE_RGB], ids=["sRGB", "P3", "Adobe"])
def test_every_depth_and_color_space_gets_the_same_visible_look(profile: bytes | None, dtype: type, look: Look):
    photo = _photo(profile, dtype)
    result = restyle_photo(photo, look)
    assert result.pixels.dtype == dtype
    assert result.profile == profile
    shown = ColorSpace.of(profile, False).to_srgb(result.pixels)
    difference = deltaE_ciede2000(rgb2lab(shown.clip(0, 1)), rgb2lab(_reference(look, _srgb()).clip(0, 1)))
    assert difference.mean() < (1.0 if dtype == np.uint8 else 0.1)


@pytest.mark.parametrize("profile", [None, DISPLAY_P3, ADOBE_RGB], ids=["sRGB", "P3", "Adobe"])
@pytest.mark.parametrize("dtype", DEPTHS)
def test_where_the_mask_is_black_nothing_changes(profile: bytes | None, dtype: type, look: Look):
    rng = np.random.default_rng(2)
    noise = rng.random((STRIP_ROWS + 9, 20, 3), np.float32)
    pixels = noise if dtype == np.float32 else (noise * np.iinfo(dtype).max).astype(dtype)
    mask = np.zeros(pixels.shape[:2], np.float32)
    mask[:, 10:] = 1
    result = restyle_photo(Photo(pixels=pixels, profile=profile), look, mask=mask)
    assert np.array_equal(result.pixels[:, :10], pixels[:, :10])
    assert not np.array_equal(result.pixels[:, 10:], pixels[:, 10:])


def test_strength_zero_and_the_identity_return_the_photo(look: Look):
    photo = _photo(DISPLAY_P3, np.uint16)
    assert restyle_photo(photo, look, strength=0) is photo
    assert restyle_photo(photo, Look.identity()) is photo


@pytest.mark.parametrize("dtype", DEPTHS)
def test_gray_stays_gray_unless_color_is_asked_for(dtype: type, look: Look):
    gray = _srgb()[..., 0]
    pixels = gray if dtype == np.float32 else (gray * np.iinfo(dtype).max).round().astype(dtype)
    photo = Photo(pixels=pixels)
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    expected = _reference(look, np.repeat((pixels / np.float32(scale))[..., None], 3, -1))
    kept = restyle_photo(photo, look)
    assert kept.is_gray
    luma = expected @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    np.testing.assert_allclose(kept.pixels / scale, luma, atol=1.1 / 255)
    colored = restyle_photo(photo, look, rgb=True)
    np.testing.assert_allclose(colored.pixels / scale, expected, atol=1.1 / 255)


def test_alpha_and_metadata_are_kept(look: Look):
    photo = _photo(None, np.uint16)
    alpha = np.full(photo.pixels.shape[:2], 12345, np.uint16)
    metadata = replace(photo.metadata, xmp=b"<x/>")
    result = restyle_photo(replace(photo, alpha=alpha, metadata=metadata), look)
    assert result.alpha is alpha
    assert result.metadata == metadata


def test_a_table_of_any_size_of_photo_is_the_reference(look: Look):
    for height, width in ((1, 1), (1, 37), (37, 1), (16, 16)):
        pixels = np.random.default_rng(3).random((height, width, 3), np.float32)
        result = restyle_photo(Photo(pixels=pixels), look, strength=0.7).pixels
        np.testing.assert_allclose(result, _reference(look, pixels, 0.7), atol=1 / 255)
    assert look.table.shape == table_shape()


def test_the_result_is_written_into_memory_that_is_given(look: Look):
    photo = Photo(pixels=_srgb().astype(np.float32))
    out = np.zeros_like(photo.pixels)
    result = restyle_photo(photo, look, out=out)
    assert result.pixels is out
    assert np.array_equal(out, restyle_photo(photo, look).pixels)


@pytest.mark.parametrize("kind", ["plain", "texture", "regions"])
@pytest.mark.parametrize(("profile", "dtype"), [(None, np.uint8), (DISPLAY_P3, np.uint16), (None, np.float32)])
def test_some_rows_are_as_in_the_whole_photo(profile: bytes | None, dtype: type, kind: str, look: Look):
    photo, rows = _photo(profile, dtype), slice(37, STRIP_ROWS + 5)
    photo = replace(photo, alpha=photo.pixels[..., 0].copy())
    if kind == "texture":
        grain = Grain(np.full(5, 0.03, np.float32), 1 / 500)
        detail = Detail.of(skin=(0.7, 0.8, 1, 1), other=(1.2, 1.2, 1.1, 1))
        look = replace(look, texture=Texture(detail, (Glow(0.7, 0.02, 0.3, np.ones(3, np.float32)),), grain))
    if kind == "regions":
        look = replace(look, ground=-look.table)
    mask = np.linspace(0, 1, photo.height * photo.width, dtype=np.float32).reshape(photo.height, photo.width)
    given = {"strength": 0.8, "mask": mask, "regions": np.random.default_rng(3).random((5, 32, 32), np.float32)}
    whole = restyle_photo(photo, look, **given)
    assert whole.alpha is not None
    told = []
    some = restyle_photo(photo, look, rows=rows, progress=lambda done, total: told.append((done, total)), **given)
    assert np.array_equal(some.pixels, whole.pixels[rows])
    assert np.array_equal(some.alpha, whole.alpha[rows])
    assert some.profile == profile
    assert told[-1] == (len(some.pixels),) * 2
    assert np.array_equal(restyle_photo(photo, look, strength=0, rows=rows).pixels, photo.pixels[rows])
