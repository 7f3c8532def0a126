import numpy as np
import pytest
from portrait_atelier.core.color.oklab import oklab_to_srgb, srgb_to_oklab
from portrait_atelier.core.color.srgb import fit_gamut, linear_to_srgb, srgb_to_linear
from portrait_atelier.core.imaging.rendering.look import table_colors


def test_srgb_round_trip_keeps_out_of_gamut_colors():
    colors = np.linspace(-0.3, 1.4, 101, dtype=np.float32)
    assert np.allclose(linear_to_srgb(srgb_to_linear(colors)), colors, atol=1e-5)


def test_oklab_of_known_colors():
    lab = srgb_to_oklab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], np.float32))
    expected = np.array([[1.0, 0.0, 0.0], [0.6280, 0.2249, 0.1258], [0.0, 0.0, 0.0]], np.float32)
    assert np.allclose(lab, expected, atol=2e-4)


def test_oklab_round_trip():
    colors = table_colors()
    assert np.allclose(oklab_to_srgb(srgb_to_oklab(colors)), colors, atol=2e-4)


def test_fit_gamut_leaves_colors_inside_as_they_are():
    colors = table_colors()
    assert np.allclose(fit_gamut(colors), colors, atol=1e-6)


def test_fit_gamut_darkens_by_half_and_fades_the_rest():
    # 1.21 is over by 1.1 * 1.1: divided by 1.1, then faded toward luma 0.5918 by 0.4082 / 0.5082
    fitted = fit_gamut(np.array([1.21, 0.5, 0.5], np.float32))
    assert fitted.tolist() == pytest.approx([1.0, 0.4815, 0.4815], abs=1e-4)
