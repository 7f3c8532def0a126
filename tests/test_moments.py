"""Moments and the linear transport between Gaussians, checked by hand."""

import numpy as np
import pytest
from portrait_atelier.core.styles.moments import Moments, lightness_transport, linear_transport, pooled_moments
from portrait_atelier.core.styles.population import Population


def test_transport_between_axis_aligned_gaussians_is_the_ratio_of_deviations():
    # Variances 3, 8, 15 to 15, 8, 3; with the floor of 1 on each: 4, 9, 16 to 16, 9, 4.
    source = Moments(np.array([10.0, 0, 0]), np.diag([3.0, 8, 15]))
    target = Moments(np.array([50.0, 5, -5]), np.diag([15.0, 8, 3]))
    matrix = linear_transport(source, target)
    np.testing.assert_allclose(matrix[:, :3], np.diag([2, 1, 0.5]), atol=1e-9)
    np.testing.assert_allclose(matrix[:, 3], [30, 5, -5], atol=1e-9)


def test_transport_carries_the_covariance_over():
    rng = np.random.default_rng(0)
    first, second = (value @ value.T for value in rng.normal(size=(2, 3, 3)) * 10)
    matrix = linear_transport(Moments(np.zeros(3), first), Moments(np.zeros(3), second))[:, :3]
    eye = np.eye(3)
    np.testing.assert_allclose(matrix @ (first + eye) @ matrix.T, second + eye, atol=1e-6)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)  # the cheapest of all maps that do so is symmetric


def test_same_population_is_left_alone():
    moments = Moments(np.array([40.0, 3, 9]), np.diag([200.0, 30, 50]))
    np.testing.assert_allclose(linear_transport(moments, moments), np.eye(3, 4), atol=1e-9)
    np.testing.assert_allclose(lightness_transport(moments, moments), [1, 0], atol=1e-12)


def test_lightness_transport_by_hand():
    source = Moments(np.array([50.0, 0, 0]), np.diag([99.0, 1, 1]))
    target = Moments(np.array([60.0, 0, 0]), np.diag([24.0, 1, 1]))
    np.testing.assert_allclose(lightness_transport(source, target), [0.5, 35])


def test_mixture_of_two_points_spreads_between_them():
    mixed = Moments(np.zeros(3), np.zeros((3, 3))).mixed(Moments(np.array([10.0, 0, 0]), np.zeros((3, 3))), 0.5)
    assert mixed.mean[0] == pytest.approx(5)
    assert mixed.covariance[0, 0] == pytest.approx(25)


def test_pooled_moments_weigh_photos_and_regions():
    colors = np.zeros((2, 2, 4, 3), np.uint8)
    colors[1, 0] = 255  # the second photo: white as a whole, black in the middle
    population = Population(colors, np.ones(2, np.float32))
    assert pooled_moments(population, np.array([1.0, 3.0]), 0).mean[0] == pytest.approx(75, abs=0.01)
    assert pooled_moments(population, np.array([1.0, 3.0]), 0.5).mean[0] == pytest.approx(37.5, abs=0.01)
    assert pooled_moments(population, np.array([1.0, 3.0]), 1).mean[0] == pytest.approx(0, abs=0.01)
