"""Light drawn at random."""

import numpy as np
import pytest
from portrait_atelier.core.learning.random_light import draw_lights, light_stops, relight
from portrait_atelier.core.styles.local_light import Light


def test_the_same_seed_draws_the_same_lights():
    assert draw_lights(np.random.default_rng(3)) == draw_lights(np.random.default_rng(3))
    assert draw_lights(np.random.default_rng(3)) != draw_lights(np.random.default_rng(4))


def test_there_is_always_a_light():
    assert all(draw_lights(np.random.default_rng(seed)) for seed in range(50))


def test_a_vignette_darkens_corners_and_spares_the_center():
    stops = light_stops((Light("surround", -1.0, (0.5, 0.5), (0.7, 0.7)),), 64)
    assert stops.shape == (64, 64)
    assert stops[0, 0] < -0.9
    assert abs(stops[32, 32]) < 0.05


def test_no_light_changes_nothing():
    colors = np.random.default_rng(0).random((4, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(relight(colors, light_stops((), 4)), colors, atol=1e-6)


@pytest.mark.parametrize(("stops", "expected"), [(-2.2, 0.25), (2.2, 2 / 3)])
def test_a_stop_is_as_defined(stops: float, expected: float):
    lit = relight(np.full((1, 3), 0.5, np.float32), np.array([stops]))  # 2.2 stops are a factor of 2
    np.testing.assert_allclose(lit, expected, atol=1e-6)


def test_brightening_spares_black_and_white():
    ends = np.array([[0.0, 0, 0], [1, 1, 1]], np.float32)
    np.testing.assert_allclose(relight(ends, np.array([1.5, 1.5])), ends, atol=1e-6)
