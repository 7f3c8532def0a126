"""The vector code, as it is written for processors with permutations of 16, of 8, and without."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from portrait_atelier.core.color.srgb import REC709_LUMA
from portrait_atelier.core.imaging.rendering import render_lanes
from portrait_atelier.core.imaging.rendering.render_lanes import AMOUNT, BLOCK, COLORS, GRID, PLANE, SCRATCH_SIZE, TABLE


def _compiled():
    apply_maps = render_lanes.apply_maps

    @njit
    def apply(planes, maps, slopes, across):
        address = planes.ctypes.data
        apply_maps(address, maps.ctypes.data, slopes.ctypes.data, across.ctypes.data, 0, np.float32(0.5))

    return apply


def _expected(planes: np.ndarray, values: np.ndarray, slopes: np.ndarray, across: np.ndarray) -> np.ndarray:
    """By place, out and tone, one pixel after the other: (16, 3)."""
    expected = np.empty((BLOCK, 3))
    for pixel in range(BLOCK):
        color, residual = (
            np.array([planes[start + channel * PLANE + pixel] for channel in range(3)], np.float64)
            for start in (COLORS, TABLE)
        )
        toned = color * 0.5 + residual
        tone = np.clip(toned @ REC709_LUMA, 0, 1) * 7
        by_tone = values + across[pixel] * slopes  # (12, 8)
        matrix = np.array([np.interp(tone, np.arange(8), row) for row in by_tone]).reshape(3, 4)
        expected[pixel] = residual + matrix @ [*toned, 1]
    return expected


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_every_width_of_vector_gives_the_same_affine_maps(lanes: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(render_lanes, "_lanes_for_tones", lambda _context: lanes)
    random = np.random.default_rng(lanes)
    planes = random.random(SCRATCH_SIZE, np.float32)
    planes[COLORS], planes[COLORS + 1] = -9, 9  # lumas below 0 and above 1
    values, slopes = random.standard_normal((2, 12, 8)).astype(np.float32)
    across = random.random(PLANE, np.float32)
    packed = [np.concatenate([part, np.diff(part, append=part[:, -1:])], axis=1) for part in (values, slopes)]
    expected = _expected(planes, values, slopes, across)
    before = planes.copy()
    _compiled()(planes, *packed, across)
    result = np.stack([planes[GRID + channel * PLANE :][:BLOCK] for channel in range(3)], axis=1)
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-5)
    assert np.array_equal(planes[:GRID], before[:GRID])
    assert np.array_equal(planes[AMOUNT:], before[AMOUNT:])
