"""Regions of a photo as masks, and a style that is held to one of them; grain by its control."""

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.texture import MAX_GRAIN, Grain, Texture
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import REGION_CHOICES, Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.region_masks import PARTS, mask_of, masks_of
from portrait_atelier.core.styles.style import Style

FOREHEAD, BACKDROP = (85, 230), (30, 480)  # row and column in the astronaut's portrait
GRAIN = Grain(np.full(5, 0.1, np.float32), 1 / 500)


@pytest.fixture(scope="module")
def masks() -> dict[str, np.ndarray]:
    return masks_of(astronaut())


def test_every_part_has_a_mask_of_the_photos_size(masks):
    assert tuple(masks) == PARTS
    for mask in masks.values():
        assert mask.shape == (512, 512)
        assert mask.dtype == np.float32
        assert 0 <= mask.min() < mask.max() <= 1
    np.testing.assert_array_equal(masks["subject"] + masks["ground"], 1)


def test_they_are_where_the_person_is(masks):
    for part in ("subject", "skin"):
        assert masks[part][FOREHEAD] > 0.95
        assert masks[part][BACKDROP] < 0.05


@pytest.mark.parametrize("part", PARTS)
def test_one_alone_is_the_same(part, masks):
    np.testing.assert_array_equal(mask_of(astronaut(), part), masks[part])


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_depth_hardly_matters(masks, dtype):
    scale = np.float64(257 if dtype == np.uint16 else 1 / 255)
    deep = replace(astronaut(), pixels=(astronaut().pixels * scale).astype(dtype))
    np.testing.assert_allclose(mask_of(deep, "subject"), masks["subject"], atol=0.02)


def test_gray_and_tiny_photos_have_masks_too():
    gray = Photo(np.full((9, 20), 128, np.uint8))
    assert mask_of(gray, "ground").shape == (9, 20)


def test_what_cannot_have_masks_is_refused():
    with pytest.raises(PhotoError, match="every pixel is transparent"):
        masks_of(Photo(np.zeros((9, 8, 3), np.uint8), alpha=np.zeros((9, 8), np.uint8)))
    with pytest.raises(ValueError, match="part must be one of subject, ground, skin, hair, face, cloth, got 'whole'"):
        mask_of(astronaut(), "whole")


@pytest.mark.parametrize("style", ["golden-hour", "red-chalk"])
def test_a_style_is_held_to_a_region_and_to_a_mask_in_it(style: str, masks):
    photo, made = astronaut(), resolve_style(style)
    found = apply_style(photo, made, Controls(region="ground")).pixels
    expected = apply_style(photo, made, mask=masks["ground"]).pixels
    np.testing.assert_array_equal(found, expected)
    assert (found[FOREHEAD] == photo.pixels[FOREHEAD]).all()
    assert (found[BACKDROP] != photo.pixels[BACKDROP]).any()
    left = np.zeros((512, 512), np.float32)
    left[:, :256] = 1
    masked = apply_style(photo, made, Controls(region="ground"), mask=left).pixels
    np.testing.assert_array_equal(masked[:, 256:], photo.pixels[:, 256:])


def test_where_a_region_is_not_pixels_stay_bit_for_bit(masks):
    photo = astronaut()
    for region in REGION_CHOICES[1:]:
        found = apply_style(photo, resolve_style("golden-hour"), Controls(region=region)).pixels
        outside = masks[region] == 0
        assert outside.mean() > 0.1
        np.testing.assert_array_equal(found[outside], photo.pixels[outside])


def test_grain_has_the_strength_that_is_asked_for():
    photo = Photo(np.full((200, 200, 3), 0.5, np.float32))
    style = Style("grainy", "fixed", look=Look.identity(), texture=Texture(grain=GRAIN))
    spread = {factor: apply_style(photo, style, Controls(grain=factor)).pixels.std() for factor in (0, 0.5, 1, 2)}
    assert spread[0] == 0
    assert spread[0.5] == pytest.approx(spread[1] / 2, rel=1e-3)
    assert spread[2] == pytest.approx(spread[1] * 2, rel=1e-3)
    np.testing.assert_array_equal(apply_style(photo, style).pixels, apply_style(photo, style, Controls(grain=1)).pixels)
    assert style.texture is not None
    strong = replace(style.texture, grain=replace(GRAIN, strength=np.full(5, 0.2, np.float32))).with_grain(2)
    assert strong.grain is not None
    assert strong.grain.strength.max() == np.float32(MAX_GRAIN)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"region": "hat"}, "region must be one of .*'skin'.*, got 'hat'"),
        ({"protect_skin": 1.1}, r"protect_skin must be in \[0, 1\], got 1.1"),
        ({"grain": -0.1}, r"grain must be in \[0, 2.0\], got -0.1"),
        ({"grain": float("nan")}, "grain must be in"),
    ],
)
def test_controls_out_of_range_are_refused(values, text):
    with pytest.raises(ValueError, match=text):
        Controls(**values)
