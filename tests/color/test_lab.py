"""CIE Lab: known colors, and the way back."""

import numpy as np
import pytest
from portrait_atelier.core.color.lab import cie94, lab_to_srgb, srgb_to_lab
from portrait_atelier.core.color.srgb import linear_to_srgb, srgb_to_linear


@pytest.mark.parametrize(
    ("color", "lab"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
    ],
)
def test_known_colors(color, lab):
    np.testing.assert_allclose(srgb_to_lab(np.array(color, np.float32)), lab, atol=0.02)


def test_bytes_and_floats_agree():
    values = np.random.default_rng(0).integers(0, 256, (50, 3), np.uint8)
    np.testing.assert_allclose(srgb_to_lab(values), srgb_to_lab(values / 255), atol=1e-3)


def test_lab_goes_back_even_outside_the_gamut():
    colors = np.random.default_rng(0).uniform(-0.1, 1.1, (200, 3)).astype(np.float32)
    inside = colors[(colors > 0).all(1)]
    np.testing.assert_allclose(lab_to_srgb(srgb_to_lab(inside)), inside, atol=2e-4)


def test_curve_keeps_the_sign():
    values = np.array([-0.5, -0.001, 0, 0.5, 1.5])
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=1e-6)


def test_cie_1994_differences_are_those_computed_by_hand_and_go_both_ways():
    first, second = np.array([[50.0, 10, 0], [20, 0, 0], [50, 0, 8]]), np.array([[50.0, 14, 0], [23, 0, 0], [50, 0, 8]])
    np.testing.assert_allclose(cie94(first, second), [4 / (1 + 0.045 * 140**0.5), 3, 0], atol=1e-6)
    np.testing.assert_allclose(cie94(first, second), cie94(second, first))
