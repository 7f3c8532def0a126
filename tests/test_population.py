"""Populations: what is drawn of each photo, how sets are pooled, kept small, and stored."""

import numpy as np
import pytest
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.styles import population as module
from portrait_atelier.core.styles.population import (
    COLOR_BUDGET,
    MAX_COLORS,
    MAX_PHOTOS,
    Population,
    draw_colors,
    measure_population,
    merge,
    middle_weights,
    thin,
)


def flat(color: tuple[float, float, float], size: int = 8) -> Proxy:
    return Proxy.opaque(np.full((size, size, 3), color, np.float32))


def noise(seed: int, height: int = 40, width: int = 30) -> Proxy:
    return Proxy.opaque(np.random.default_rng(seed).random((height, width, 3), np.float32))


def test_flat_photo_gives_its_color_everywhere():
    population = measure_population([flat((1.0, 0.5, 0.0))])
    assert population.colors.shape == (1, 2, MAX_COLORS, 3)
    assert (population.colors == [255, 128, 0]).all()
    assert population.num_photos == 1


def test_drawn_colors_have_the_photos_moments():
    proxy = noise(1)
    drawn = draw_colors(proxy)[0] / 255
    pixels = proxy.pixels.reshape(-1, 3)
    np.testing.assert_allclose(drawn.mean(0), pixels.mean(0), atol=0.01)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(pixels.T), atol=0.004)


def test_transparent_pixels_never_count():
    pixels = np.zeros((10, 10, 3), np.float32)
    pixels[:, 5:] = 1
    weights = np.zeros((10, 10), np.float32)
    weights[:, 5:] = 0.5
    assert (draw_colors(Proxy(pixels, weights)) == 255).all()


def test_half_transparent_pixels_count_half():
    pixels = np.zeros((10, 9, 3), np.float32)
    pixels[:, 3:] = 1
    weights = np.ones((10, 9), np.float32)
    weights[:, 3:] = 0.5  # 30 opaque black pixels, 60 half transparent white ones
    assert draw_colors(Proxy(pixels, weights))[0].mean() == pytest.approx(127.5, abs=1)


def test_a_middle_that_is_transparent_is_drawn_from_the_rest():
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:2] = 1
    weights = np.zeros((64, 64), np.float32)
    weights[:2] = 1
    assert (draw_colors(Proxy(pixels, weights)) == 255).all()


def test_the_middle_is_drawn_more_from_the_middle():
    pixels = np.zeros((60, 60, 3), np.float32)
    pixels[20:40, 20:40] = 1
    whole, middle = draw_colors(Proxy.opaque(pixels)) / 255
    assert whole.mean() == pytest.approx(1 / 9, abs=0.01)
    assert middle.mean() > 0.5


def test_middle_weights_peak_in_the_middle():
    weights = middle_weights(101, 51)
    assert np.unravel_index(weights.argmax(), weights.shape) == (47, 25)
    assert 0 < weights.min() < weights.max() <= 1


def test_each_photo_counts_the_same_whatever_its_size():
    population = measure_population([flat((0, 0, 0), 4), flat((1, 1, 1), 64)])
    assert population.colors.mean() == pytest.approx(127.5)


def test_same_photos_same_population():
    first, second = (measure_population([noise(1), noise(2)]) for _ in range(2))
    assert (first.colors == second.colors).all()


def test_no_photos_are_refused():
    with pytest.raises(ValueError, match="at least one photo"):
        measure_population([])


def test_a_large_set_is_thinned_evenly_and_keeps_its_number(monkeypatch):
    monkeypatch.setattr(module, "draw_colors", lambda proxy: np.full((2, MAX_COLORS, 3), proxy, np.uint8))
    population = measure_population(index * 255 // 3000 for index in range(3000))  # type: ignore[arg-type]
    assert population.num_photos == 3000
    assert len(population.colors) <= MAX_PHOTOS
    assert population.colors.nbytes <= COLOR_BUDGET * 3
    assert population.colors.mean() == pytest.approx(127, abs=2)


def test_tensors_round_trip_and_are_contiguous():
    population = thin(measure_population([noise(seed) for seed in range(4)]), color_budget=64)
    tensors = population.tensors()
    assert all(value.flags.c_contiguous for value in tensors.values())
    again = Population.from_tensors(tensors)
    assert (again.colors == population.colors).all()
    assert (again.weights == population.weights).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colors": np.zeros((1, 2, 4, 3), np.float32)}, "colors must be uint8"),
        ({"colors": np.zeros((1, 3, 4, 3), np.uint8)}, "colors must be uint8"),
        ({"colors": np.zeros((0, 2, 4, 3), np.uint8), "weights": np.ones(0, np.float32)}, "at least one photo"),
        ({"weights": np.ones(2, np.float32)}, "weights must be float32"),
        ({"weights": np.zeros(1, np.float32)}, "positive"),
        ({"weights": np.full(1, np.nan, np.float32)}, "positive"),
        ({"more": np.ones(1)}, "colors and weights, got"),
    ],
)
def test_wrong_tensors_are_refused(change, message):
    tensors = {"colors": np.zeros((1, 2, 4, 3), np.uint8), "weights": np.ones(1, np.float32)} | change
    with pytest.raises(ValueError, match=message):
        Population.from_tensors(tensors)


def test_merging_keeps_the_weights():
    merged = merge([measure_population([flat((0, 0, 0))]), measure_population([flat((1, 1, 1))] * 3)])
    assert merged.num_photos == 4
    share = merged.weights / merged.weights.sum()
    assert share @ merged.means[:, 0, 0] == pytest.approx(75, abs=0.1)


def test_means_of_a_known_color():
    population = measure_population([flat((1, 0, 0))])
    np.testing.assert_allclose(population.means[0, 0], [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(population.deviations, 0, atol=0.02)
