"""A region map at full size: crisp at the photo's edges, the same in every division into strips."""

import cv2
import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.region_mask import EdgeGuide

SIZE = (600, 450)


def disc(height: int, width: int) -> np.ndarray:
    """(height, width) bool: a disc in the middle."""
    y, x = np.mgrid[:height, :width]
    return np.hypot((y + 0.5) / height - 0.5, ((x + 0.5) / width - 0.5) * width / height) < 0.25


@pytest.fixture(scope="module")
def scene():
    """A photo of a disc before a ground, a small copy of it, and a blurred map of the disc."""
    rng = np.random.default_rng(0)
    inside = disc(*SIZE)
    pixels = np.where(inside[..., None], [0.7, 0.5, 0.4], [0.2, 0.3, 0.5]) + rng.normal(0, 0.01, (*SIZE, 3))
    pixels = pixels.astype(np.float32)
    small = cv2.resize(pixels, (384, 512), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(cv2.resize(inside.astype(np.float32), (80, 80), interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    return pixels, small, soft, inside


def test_it_follows_the_edges_of_the_photo_where_the_map_is_soft(scene):
    pixels, small, soft, inside = scene
    refined = EdgeGuide(small).fit(soft, SIZE).rows(pixels, 0)
    enlarged = cv2.resize(soft, SIZE[::-1])
    assert refined.dtype == np.float32
    assert np.abs(refined - inside).mean() < 0.25 * np.abs(enlarged - inside).mean()
    assert (np.abs(refined - inside) > 0.5).mean() < 0.002


def test_it_is_one_or_zero_away_from_edges(scene):
    pixels, small, soft, inside = scene
    refined = EdgeGuide(small).fit(soft, SIZE).rows(pixels, 0)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((61, 61))) - cv2.erode(
        inside.astype(np.uint8), np.ones((61, 61))
    )
    away = near == 0
    np.testing.assert_allclose(refined[away], inside[away], atol=0.02)


def test_strips_equal_the_whole_bit_for_bit(scene):
    pixels, small, soft, _ = scene
    mask = EdgeGuide(small).fit(soft, SIZE)
    whole = mask.rows(pixels, 0)
    strips = [mask.rows(pixels[top : top + 37], top) for top in range(0, SIZE[0], 37)]
    np.testing.assert_array_equal(np.concatenate(strips), whole)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_map_that_is_the_same_everywhere_stays_so(scene, level):
    pixels, small, _, _ = scene
    refined = EdgeGuide(small).fit(np.full((80, 80), level, np.float32), SIZE).rows(pixels, 0)
    np.testing.assert_allclose(refined, level, atol=1e-5)


def test_colors_that_are_no_numbers_stay_in_place(scene):
    pixels, small, soft, _ = scene
    broken = pixels.copy()
    broken[300, 200] = np.nan
    broken[10, 10] = np.inf
    mask = EdgeGuide(small).fit(soft, SIZE)
    before, after = mask.rows(pixels, 0), mask.rows(broken, 0)
    changed = before != after
    assert np.isfinite(after).all()
    assert changed.sum() <= 2


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2)])
def test_tiny_photos_have_maps_too(shape):
    pixels = np.random.default_rng(1).random((*shape, 3), np.float32)
    refined = EdgeGuide(pixels).fit(np.full((80, 80), 0.7, np.float32), shape).rows(pixels, 0)
    assert refined.shape == shape
    assert np.isfinite(refined).all()
