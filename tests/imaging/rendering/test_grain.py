"""Grain: of the strength it says, the same at every size of a photo, without repetition."""

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.grain import grain_field
from portrait_atelier.core.imaging.rendering.look import Window


def field(height: int, width: int, cell: float, *, roughness: float = 0.0, seed: int = 1) -> np.ndarray:
    """The field of a whole photo whose grain is so many pixels large."""
    window = Window.whole(height, width)
    return grain_field(window, height, width, size=cell / max(height, width), roughness=roughness, seed=seed)


@pytest.mark.parametrize("roughness", [0.0, 0.5, 1.0])
def test_pixels_that_are_small_beside_the_grain_have_deviation_one(roughness):
    found = field(800, 1200, 5, roughness=roughness)
    assert found.dtype == np.float32
    assert found.std() == pytest.approx(1, abs=0.05)
    assert abs(found.mean()) < 0.06
    assert (found**4).mean() / found.var() ** 2 == pytest.approx(3, abs=0.3)  # nearly normal


@pytest.mark.parametrize("roughness", [0.0, 0.6])
def test_a_small_copy_shows_what_shrinking_leaves(roughness):
    large = field(1200, 1800, 3, roughness=roughness)
    shrunk = large.reshape(300, 4, 450, 4).mean((1, 3))
    small = field(300, 450, 3 / 4, roughness=roughness)
    np.testing.assert_allclose(small, shrunk, atol=2e-5)
    assert small.std() < 0.95 * large.std()


def test_grain_much_finer_than_pixels_fades_as_averaging_lets_it():
    deviations = [field(300, 300, cell).std() for cell in (0.4, 0.2, 0.1, 0.05)]
    ratios = np.array(deviations[:-1]) / deviations[1:]
    np.testing.assert_allclose(ratios, 2, rtol=0.15)


def test_tiles_equal_the_whole():
    whole = field(400, 600, 2.7, roughness=0.3)
    window = Window(90, 123, 400, 600)
    tile = grain_field(window, 50, 77, size=2.7 / 600, roughness=0.3, seed=1)
    np.testing.assert_array_equal(tile, whole[90:140, 123:200])


def test_a_seed_gives_the_same_grain_and_others_give_others():
    first = field(200, 300, 2)
    np.testing.assert_array_equal(first, field(200, 300, 2))
    other = field(200, 300, 2, seed=2)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.05


def test_it_does_not_repeat():
    found = field(1024, 1024, 4)
    spectrum = np.abs(np.fft.fft2(found)) ** 2
    alike = np.fft.ifft2(spectrum).real
    alike /= alike[0, 0]
    rows = np.minimum(np.arange(1024), 1024 - np.arange(1024))
    far = np.hypot(*np.meshgrid(rows, rows)) > 16
    assert np.abs(alike[far]).max() < 0.04


def test_it_is_alike_in_all_directions():
    found = field(1024, 1024, 4)
    across = (found[:, 3:] * found[:, :-3]).mean()
    down = (found[3:] * found[:-3]).mean()
    aslant = (found[2:, 2:] * found[:-2, :-2]).mean()  # 2.8 pixels
    assert across == pytest.approx(down, abs=0.03)
    assert across == pytest.approx(aslant, abs=0.08)
