"""Detail, glow and grain on photos: of the strength asked for, without halos, the same in any strips."""

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering import strips
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.photo_regions import SKIN
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture
from portrait_atelier.core.imaging.rendering.texturing import BAND_RADII
from scenes import portrait, scene

WHITE = np.ones(3, np.float32)
EVEN = np.full(5, 0.03, np.float32)
GRAIN = Texture(grain=Grain(EVEN, 1 / 300))
BLOOM = Texture(glows=(Glow(0.8, 0.02, 0.5, WHITE),))


@pytest.fixture(params=["kernel", "numpy"], autouse=True)
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with both renderers of textures."""
    monkeypatch.setattr(strips, "is_kernel_worth_it", lambda _num_pixels: request.param == "kernel")
    return request.param


def crisp(*gains: float) -> Texture:
    """Detail that is the same everywhere."""
    return Texture(detail=Detail.of(skin=gains, other=gains))


def textured(pixels: np.ndarray, texture: Texture, **options) -> np.ndarray:
    """The pixels of a photo under a look that has a texture alone."""
    look = replace(Look.identity(), texture=texture)
    return restyle_photo(Photo(pixels=pixels), look, **options).pixels


def flat(value: float, height: int = 300, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), value, np.float32)


def waves(width: int, wavelength: float, amount: float = 0.02) -> np.ndarray:
    """Faint vertical stripes on gray."""
    row = 0.5 + amount * np.sin(2 * np.pi * np.arange(width) / wavelength)
    return np.repeat(np.tile(row, (width // 2, 1))[..., None], 3, -1).astype(np.float32)


def test_grain_has_the_strength_of_its_tone():
    strength = np.array([0.01, 0.02, 0.04, 0.03, 0.015], np.float32)
    texture = Texture(grain=Grain(strength, 1 / 100))
    for tone, wanted in zip((0.0, 0.25, 0.5, 0.75, 1.0), strength, strict=True):
        found = textured(flat(tone, 400, 600), texture)
        assert found.std() == pytest.approx(wanted, rel=0.1)
        assert found.mean() == pytest.approx(tone, abs=0.004)


def test_grain_is_gray_unless_it_is_asked_to_be_of_color():
    gray = textured(flat(0.5), GRAIN)
    assert np.abs(gray - gray[..., :1]).max() < 1e-6
    colored = textured(flat(0.5), Texture(grain=Grain(EVEN, 1 / 300, color=1.0)))
    assert abs(np.corrcoef(colored[..., 0].ravel(), colored[..., 1].ravel())[0, 1]) < 0.1
    assert colored.std() == pytest.approx(gray.std(), rel=0.1)


def test_each_band_is_changed_by_its_gain_and_the_others_are_not():
    width = 1200
    for band, part in enumerate(BAND_RADII):
        photo = waves(width, 3 * part * width)
        gains = [1.0] * 4
        gains[band] = 2.0
        inner = (slice(100, 500), slice(300, 900))
        for changed, least, most in ((gains, 1.25, 2.1), ([3 - gain for gain in gains], 1.0, 2.0)):
            factor = textured(photo, crisp(*changed))[inner].std() / photo[inner].std()
            assert least < factor < most, (band, changed)
        strong = textured(photo, crisp(*gains))[inner].std()
        for other in range(4):
            if abs(other - band) > 1:
                weaker = [1.0] * 4
                weaker[other] = 2.0
                assert textured(photo, crisp(*weaker))[inner].std() < strong


def test_softening_softens_and_edges_stay_without_halos():
    step = flat(0.25, 300, 600)
    step[:, 300:] = 0.75
    for gain in (0.5, 2.0):
        found = textured(step, crisp(gain, gain, gain, gain))
        assert found.max() < 0.75 + 0.02
        assert found.min() > 0.25 - 0.02
        assert np.abs(found[:, 296:304] - step[:, 296:304]).max() < 0.03
    noise = flat(0.5) + np.random.default_rng(0).normal(0, 0.01, (300, 400, 1)).astype(np.float32)
    assert textured(noise, crisp(0.5, 0.5, 1, 1)).std() < 0.75 * noise.std()


def test_large_and_small_copies_get_the_same_detail():
    large = np.kron(waves(400, 24, 0.03), np.ones((4, 4, 1), np.float32))
    gains = (1, 2, 2, 2)
    shrunk = textured(large, crisp(*gains)).reshape(200, 4, 400, 4, 3).mean((1, 3))
    small = textured(waves(400, 24, 0.03), crisp(*gains))
    inner = (slice(40, 160), slice(60, 340))
    assert np.abs(small[inner] - shrunk[inner]).max() < 0.008
    assert np.abs(small[inner] - 0.5).max() > 0.035


def test_skin_is_treated_otherwise_where_it_is():
    photo = flat(0.5) + np.random.default_rng(0).normal(0, 0.01, (300, 400, 1)).astype(np.float32)
    regions = np.zeros((5, 30, 40), np.float32)
    regions[SKIN, :, :20] = 1
    texture = Texture(detail=Detail.of(skin=(0.5, 0.5, 1, 1), other=(1, 1, 1, 1)))
    found = textured(photo, texture, regions=regions)
    assert found[:, :140].std() < 0.8 * photo[:, :140].std()
    np.testing.assert_allclose(found[:, 280:], photo[:, 280:], atol=1e-6)


def test_highlights_glow_by_their_radius_and_nothing_else_does():
    photo = flat(0.05, 401, 401)
    photo[195:206, 195:206] = 1.0
    found = textured(photo, BLOOM) - photo
    row = np.maximum(found[200, :, 0], 0)
    outside = np.abs(np.arange(401) - 200) > 8
    assert row[outside].max() > 0.01
    glow = np.where(outside, row, 0)
    assert glow[200 + 40 :].max() < 0.1 * glow[209:].max()  # 5 sigma
    dark = textured(flat(0.6), BLOOM)
    np.testing.assert_allclose(dark, flat(0.6), atol=1e-6)
    assert textured(np.full((50, 50, 3), 255, np.uint8), BLOOM).min() == 255  # nothing gets whiter than white


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_strips_do_not_show(monkeypatch, renderer, dtype):
    photo = scene(1, height=260, width=200)
    pixels = photo if dtype == np.float32 else (photo * np.iinfo(dtype).max).astype(dtype)
    texture = Texture(crisp(1.6, 1.4, 0.7, 1.2).detail, BLOOM.glows, Grain(EVEN, 1 / 200, 0.3, 0.5))
    whole = textured(pixels, texture)
    monkeypatch.setattr(strips, "_FLOAT_PIXELS", 1)
    monkeypatch.setattr(strips, "_FLOAT_ROWS", 23)
    monkeypatch.setattr(strips, "_MOST_ROWS", 23)
    divided = textured(pixels, texture)
    if renderer == "kernel":
        np.testing.assert_array_equal(divided, whole)
    scale = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    difference = np.abs(divided.astype(np.float64) - whole.astype(np.float64)) / scale
    assert difference.max() <= (1 / 255 if dtype == np.uint8 else 2e-5)
    assert (difference > 1e-6).mean() < (0.001 if dtype == np.uint8 else 1)


def test_strength_and_mask_blend_it_as_the_rest():
    photo = (portrait(1) * 255).astype(np.uint8)
    np.testing.assert_array_equal(textured(photo, GRAIN, strength=0.0), photo)
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[:, 30:] = 1
    found = textured(photo, GRAIN, mask=mask)
    np.testing.assert_array_equal(found[:, :30], photo[:, :30])
    assert (found[:, 30:] != photo[:, 30:]).mean() > 0.5
    np.testing.assert_array_equal(found[:, 30:], textured(photo, GRAIN)[:, 30:])
    exact = portrait(1)
    half, full = textured(exact, GRAIN, strength=0.5), textured(exact, GRAIN)
    np.testing.assert_allclose(half - exact, (full - exact) / 2, atol=1e-5)


def test_other_photos_keep_what_they_are():
    gray = (portrait(1)[..., 1] * 65535).astype(np.uint16)
    look = replace(Look.identity(), texture=GRAIN)
    found = restyle_photo(Photo(pixels=gray), look)
    assert (found.pixels.shape, found.pixels.dtype) == (gray.shape, np.uint16)
    assert (found.pixels != gray).mean() > 0.9
    told = []
    restyle_photo(Photo(pixels=gray), look, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (gray.shape[0], gray.shape[0])
    single = restyle_photo(Photo(pixels=np.full((1, 1, 3), 128, np.uint8)), look)
    assert single.pixels.shape == (1, 1, 3)


def test_what_is_no_number_stays_where_it_is():
    holes = flat(0.5)
    holes[10, 10], holes[50], holes[60] = np.nan, np.inf, -np.inf
    found = textured(holes, Texture(crisp(1.5, 1.5, 1.5, 1.5).detail, BLOOM.glows, GRAIN.grain))
    assert np.array_equal(np.isfinite(found), np.isfinite(holes))


def test_what_progress_raises_ends_the_work():
    def cancel(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        textured(flat(0.5), GRAIN, progress=cancel)
