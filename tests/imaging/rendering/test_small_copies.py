"""Small copies of a photo are what shrinking it at once would give."""

import cv2
import numpy as np
import pytest
from icc_profiles import adobe_rgb
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.small_copies import SmallCopies
from scenes import scene


def soft_scene(height: int, width: int) -> np.ndarray:
    return cv2.GaussianBlur(scene(1, height=height, width=width), (0, 0), 4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(601, 803), (50, 40), (1, 300)])
def test_copies_are_area_averages_of_the_photo(dtype: type, size: tuple[int, int]):
    pixels = soft_scene(*size)
    if dtype != np.float32:
        pixels = (pixels * np.iinfo(dtype).max).astype(dtype)
    photo = Photo(pixels=pixels)
    copies = SmallCopies.of(photo, 200)
    for longer in (200, 90, 64):
        expected = proxy_of(photo, longer).pixels
        found = copies.shrunk(longer)
        assert found.dtype == np.float32
        assert max(found.shape) == longer or max(size) < longer
        assert np.abs(np.subtract(found.shape, expected.shape)).max() <= 1  # the sides of halves are rounded
        found = cv2.resize(found, expected.shape[1::-1], interpolation=cv2.INTER_LINEAR).reshape(expected.shape)
        assert np.abs(found - expected).mean() < 0.004
        assert found.mean() == pytest.approx(expected.mean(), abs=0.003)


def test_what_is_transparent_does_not_count_and_profiles_are_converted():
    pixels = (soft_scene(300, 400) * 255).astype(np.uint8)
    alpha = np.zeros((300, 400), np.uint8)
    alpha[:, :200] = 255
    for photo in (Photo(pixels=pixels, alpha=alpha), Photo(pixels=pixels, profile=adobe_rgb()), Photo(pixels[..., 1])):
        found = SmallCopies.of(photo, 100).shrunk(100)
        assert np.abs(found - proxy_of(photo, 100).pixels).mean() < 0.004


def test_a_change_of_colors_reaches_the_smaller_copies():
    photo = Photo(pixels=soft_scene(300, 400))
    darker = SmallCopies.of(photo, 200).changed(lambda copy: copy * np.float32(0.5))
    whole = cv2.resize(photo.pixels, (100, 75), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(darker.shrunk(100), whole / 2, atol=0.01)
