"""Enlarging in strips: the same wherever they are cut, exact where a cubic must be."""

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.enlarging import Enlarger


def test_strips_are_the_whole():
    pixels = np.random.default_rng(0).random((13, 17, 3)).astype(np.float32)
    enlarger = Enlarger(pixels, 50, 71)
    whole = enlarger.rows(0, 50)
    assert whole.shape == (50, 71, 3)
    np.testing.assert_array_equal(np.concatenate([enlarger.rows(0, 7), enlarger.rows(7, 50)]), whole)


def test_a_picture_of_the_wanted_size_comes_out_as_it_is():
    pixels = np.random.default_rng(0).random((9, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(Enlarger(pixels, 9, 8).rows(2, 7), pixels[2:7])


def test_flat_stays_flat_and_a_slope_keeps_its_slope():
    flat = Enlarger(np.full((5, 6, 1), 0.3, np.float32), 20, 31).rows(0, 20)
    np.testing.assert_allclose(flat, 0.3, atol=1e-6)
    slope = np.broadcast_to(np.arange(16, dtype=np.float32)[:, None, None], (16, 4, 1))
    inner = Enlarger(np.ascontiguousarray(slope), 64, 16).rows(12, 52)[:, 8, 0]
    np.testing.assert_allclose(inner, (np.arange(12, 52) + 0.5) / 4 - 0.5, atol=1e-5)


def test_the_shares_of_a_pixel_are_those_of_the_cubic_of_keys():
    row = np.zeros((1, 6, 1), np.float32)
    row[0, 2] = 1
    twice = Enlarger(row, 1, 6 * 2).rows(0, 1)[0, :, 0]
    # Places at 1/4 and 3/4 between pixels; by hand for a = -1/2: w(1/4) = 0.8671875, w(3/4) = 0.2265625.
    assert twice[4] == pytest.approx(0.8671875)
    assert twice[3] == pytest.approx(0.2265625)
