"""Pixel styles: applied to every kind of photo, kept in files, refused where a look is needed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pixel_material import lively_model, picture, pixel_style, proxy
from portrait_atelier.core.errors import AtelierError, StyleError
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles import pixel_model as pixel_module
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.pixel_model import PATCH_SIZE, PixelModel, patches_of
from portrait_atelier.core.styles.pixel_style import PixelPart
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash


@pytest.fixture(autouse=True)
def _lively(monkeypatch: pytest.MonkeyPatch) -> PixelModel:
    model = lively_model()
    monkeypatch.setattr(pixel_module, "load_pixel_model", lambda: model)
    return model


def _photo(dtype: type = np.uint8, height: int = 50, width: int = 43) -> Photo:
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    return Photo((picture(height, width) * scale).astype(dtype))


CPU = Controls(device="cpu")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_apply_style_paints_every_depth_alike(dtype: type):
    photo = _photo(dtype)
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    result = apply_style(photo, pixel_style(), CPU).pixels
    assert result.dtype == dtype
    reference = apply_style(_photo(np.float32), pixel_style(), CPU).pixels
    assert np.abs(reference - picture(50, 43)).mean() > 0.02
    assert np.abs(result / scale - reference).mean() < 0.01


def test_strength_mask_and_alpha_work_as_with_looks():
    photo, style = _photo(), pixel_style()
    assert apply_style(photo, style, replace(CPU, strength=0)) is photo
    mask = np.zeros((50, 43), np.float32)
    np.testing.assert_array_equal(apply_style(photo, style, CPU, mask=mask).pixels, photo.pixels)
    seen = replace(photo, alpha=np.full((50, 43), 255, np.uint8))
    np.testing.assert_array_equal(apply_style(seen, style, CPU).pixels, apply_style(photo, style, CPU).pixels)


def test_what_is_transparent_does_not_change_what_is_seen():
    alpha = np.full((200, 60), 255, np.uint8)
    alpha[100:] = 0
    first = Photo((picture(200, 60) * 255).astype(np.uint8), alpha=alpha)
    hidden = first.pixels.copy()
    hidden[100:] = [255, 0, 255]
    second = replace(first, pixels=hidden)
    results = [apply_style(photo, pixel_style(), CPU).pixels[:100] for photo in (first, second)]
    np.testing.assert_array_equal(*results)


def test_a_gray_photo_stays_gray():
    gray = Photo((picture(40, 40)[..., 0] * 255).astype(np.uint8))
    assert apply_style(gray, pixel_style(), CPU).pixels.shape == (40, 40)
    assert apply_style(gray, pixel_style(), replace(CPU, rgb=True)).pixels.shape == (40, 40, 3)


def test_variation_gives_another_print_always_the_same():
    photo, style = _photo(np.float32), pixel_style()
    first, again, other = (apply_style(photo, style, replace(CPU, variation=seed)).pixels for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 1e-3
    assert np.abs(first - apply_style(photo, style, CPU).pixels).mean() > 1e-3


def test_long_photos_are_painted_at_the_painting_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.styles.pixel_style.PAINTING_SIZE", 40)
    sizes = []
    paint = PixelModel.paint

    def noted(self: PixelModel, seen: Proxy, *arguments, **options) -> np.ndarray:
        sizes.append(seen.pixels.shape)
        return paint(self, seen, *arguments, **options)

    monkeypatch.setattr(PixelModel, "paint", noted)
    assert apply_style(_photo(height=90, width=120), pixel_style(), CPU).pixels.shape == (90, 120, 3)
    apply_style(_photo(height=30, width=20), pixel_style(), CPU)
    assert sizes == [(30, 40, 3), (30, 20, 3)]


def test_the_file_brings_back_code_delta_and_hash(tmp_path: Path):
    for style in (pixel_style(), pixel_style(delta=True)):
        path = save_style(style, tmp_path / "engraved", overwrite=True)
        loaded = load_style(path)
        assert style_hash(loaded) == style_hash(style)
        assert loaded.pixel is not None
        assert style.pixel is not None
        assert loaded.pixel.weights_hash == style.pixel.weights_hash
        np.testing.assert_array_equal(loaded.pixel.code, style.pixel.code)
        assert (loaded.pixel.delta is None) == (style.pixel.delta is None)
        assert path.stat().st_size < 1_000_000


def test_numbers_that_are_none_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="the code of a pixel style"):
        PixelPart(np.array([np.nan], np.float32), "ab" * 32)
    with pytest.raises(ValueError, match="lacks what it is made of"):
        Style("empty", "pixel")


def test_another_network_is_refused_with_the_cure():
    with pytest.raises(StyleError, match="engraved: was learnt with another pixel network.*--generator pixel"):
        apply_style(_photo(), pixel_style(weights_hash="cd" * 32), CPU)


def test_a_code_of_another_length_is_refused_too():
    style = replace(pixel_style(), pixel=PixelPart(np.zeros(9, np.float32), "ab" * 32))
    with pytest.raises(StyleError, match="another pixel network"):
        apply_style(_photo(), style, CPU)


def test_there_is_no_look_and_every_place_that_needs_one_says_so():
    style, content = pixel_style(), Content.of([proxy(20, 20)])
    with pytest.raises(StyleError, match="engraved: is a pixel style.*color table.*atelier apply.*--generator look"):
        style.look_for(content)
    fixed = Style("warm", "fixed", look=Look.identity())
    for pair in ((style, fixed), (fixed, style)):
        with pytest.raises(StyleError, match="has no look"):
            blend_styles(*pair, 0.5, "both")


def test_missing_or_foreign_weights_are_named(tmp_path: Path):
    with pytest.raises(AtelierError, match="pixel.safetensors: the pixel generator cannot be read.*reinstall"):
        PixelModel.read(tmp_path / "pixel.safetensors")
    save_style(pixel_style(), tmp_path / "other")
    with pytest.raises(AtelierError, match="cannot be read"):
        PixelModel.read(tmp_path / "other.safetensors")


def test_patches_lie_evenly_and_small_pictures_fill_one():
    patches = patches_of([proxy(200, 300), proxy(30, 40)], most=8)
    assert patches.shape == (8, 3, PATCH_SIZE, PATCH_SIZE)
    assert len({patch.tobytes() for patch in patches[:4]}) == 4


def test_the_code_of_pictures_has_mean_0_and_spread_1():
    code = lively_model().style_code([proxy(120, 130), proxy(100, 99, seed=2)])
    assert code.mean() == pytest.approx(0, abs=1e-5)
    assert code.std() == pytest.approx(1, abs=1e-2)
