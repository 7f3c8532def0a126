"""Textures by place: the same in every tile, in range, other noise by another seed."""

import numpy as np
import pytest
from portrait_atelier.core.imaging.textures import (
    NUM_TEXTURES,
    Place,
    grain_noise,
    line_screen,
    texture_maps,
)


def test_overlapping_places_have_the_same_textures():
    whole = texture_maps(Place(0, 0, 70, 90))
    part = texture_maps(Place(13, 27, 40, 31))
    assert whole.shape == (NUM_TEXTURES, 70, 90)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(part, whole[:, 13:53, 27:58], atol=2e-6)


def test_textures_lie_between_minus_one_and_one_and_use_the_range():
    maps = texture_maps(Place(1000, 2000, 128, 128))
    assert np.abs(maps).max() <= 1 + 1e-5
    assert maps.reshape(NUM_TEXTURES, -1).std(1).min() > 0.2


def test_a_screen_of_period_eight_at_angle_zero_is_a_cosine_across():
    across, down = line_screen(Place(0, 0, 9, 9), 8, 0)
    np.testing.assert_allclose(across[0], np.cos(np.arange(9) * np.pi / 4), atol=1e-6)
    np.testing.assert_allclose(down[:, 0], np.cos(np.arange(9) * np.pi / 4), atol=1e-6)
    np.testing.assert_allclose(across[5], across[0], atol=1e-6)


def test_white_noise_is_even_and_without_a_pattern():
    noise = grain_noise(Place(0, 0, 256, 256), 1)
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(1 / np.sqrt(3), abs=0.01)
    assert abs((noise[:, 1:] * noise[:, :-1]).mean()) < 0.01
    assert abs((noise[1:] * noise[:-1]).mean()) < 0.01


def test_coarse_noise_passes_through_its_lattice_smoothly():
    noise = grain_noise(Place(0, 0, 33, 33), 8)
    assert np.abs(np.diff(noise, axis=1)).max() < 2 * 1.5 / 8 + 1e-6  # the steepest slope of 3t^2 - 2t^3 is 1.5
    middle = (noise[0, 0] + noise[0, 8]) / 2
    assert noise[0, 4] == pytest.approx(middle, abs=1e-6)


def test_another_seed_gives_other_noise_and_the_same_screens():
    first, second = (texture_maps(Place(0, 0, 32, 32), seed=seed) for seed in (0, 5))
    assert np.abs(first[:4] - second[:4]).mean((1, 2)).min() > 0.2
    np.testing.assert_array_equal(first[4:], second[4:])
