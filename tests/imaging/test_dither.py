"""The noise that hides the steps of 8 bits."""

import numpy as np
from portrait_atelier.core.imaging.dither import TILE_SIZE, dither_thresholds


def test_each_channel_holds_every_threshold_once_strictly_between_0_and_1():
    thresholds = dither_thresholds()
    assert thresholds.shape == (3, TILE_SIZE, TILE_SIZE)
    expected = (np.arange(TILE_SIZE**2, dtype=np.float32) + np.float32(0.5)) / TILE_SIZE**2
    for channel in thresholds:
        assert np.array_equal(np.sort(channel.ravel()), expected)


def test_channels_differ_and_nobody_can_change_them():
    red, green, blue = dither_thresholds()
    assert not np.array_equal(red, green)
    assert not np.array_equal(green, blue)
    assert not dither_thresholds().flags.writeable


def test_noise_is_blue_so_that_the_eye_does_not_see_it():
    tile = dither_thresholds()[0]
    power = np.abs(np.fft.fft2(tile - tile.mean())) ** 2
    assert power[:8, :8].mean() < 0.01 * power.mean()


def test_noise_repeats_without_a_seam():
    tile = dither_thresholds()[0]
    across_seam = np.abs(np.diff(tile, axis=1, append=tile[:, :1]))[:, -1].mean()
    inside = np.abs(np.diff(tile, axis=1)).mean()
    assert abs(across_seam - inside) < 0.1
