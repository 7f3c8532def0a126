"""Looks outside the training family."""

import numpy as np
import pytest
from portrait_atelier.benchmarks.outside_looks import (
    OUTSIDE_LOOKS,
    bleach_bypass,
    cross_process,
    day_for_night,
    duotone,
    infrared,
    keep_hue,
    posterized,
    sabattier_gray,
    three_color_map,
    two_strip,
)
from portrait_atelier.core.color.lab import srgb_to_lab

RAMP = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[:, None], 3, -1)
SKIN, SKY = np.array([0.85, 0.62, 0.50], np.float32), np.array([0.35, 0.55, 0.85], np.float32)


def chroma(colors: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(srgb_to_lab(colors)[..., 1:], -1, 0))


@pytest.mark.parametrize("look", OUTSIDE_LOOKS, ids=lambda look: look.name)
def test_a_look_is_a_function_of_color_alone(look):
    colors = np.random.default_rng(0).random((6, 7, 3), np.float32)
    given = look(colors)
    assert given.dtype == np.float32
    assert given.shape == colors.shape
    assert 0 <= given.min() <= given.max() <= 1
    np.testing.assert_allclose(look(colors.reshape(-1, 3)[::-1])[::-1], given.reshape(-1, 3), atol=1e-6)
    assert (np.ptp(given, axis=-1).max() < 1e-5) == look.is_gray


def test_there_are_enough_and_names_are_their_own():
    assert len({look.name for look in OUTSIDE_LOOKS}) == len(OUTSIDE_LOOKS) == 12


def test_one_hue_is_kept_and_others_are_gray():
    np.testing.assert_allclose(keep_hue(SKIN, 45.0), SKIN, atol=1e-3)
    assert chroma(keep_hue(SKY, 45.0)) < 0.5
    assert chroma(keep_hue(SKIN, 255.0)) < 0.5
    assert srgb_to_lab(keep_hue(SKIN, 255.0))[0] == pytest.approx(srgb_to_lab(SKIN)[0], abs=0.1)


def test_bleach_bypass_has_more_contrast_and_less_color():
    assert chroma(bleach_bypass(SKIN)) < chroma(SKIN)
    tones = bleach_bypass(RAMP)[:, 0]
    assert tones[25] < 0.25
    assert tones[75] > 0.75


@pytest.mark.parametrize("name", ["solarised", "solarised, black-and-white"])
def test_solarised_tones_rise_and_fall(name):
    look = next(look for look in OUTSIDE_LOOKS if look.name == name)
    tones = look(RAMP)[:, 0]
    peak = int(tones.argmax())
    assert 50 < peak < 80
    assert (np.diff(tones[: peak + 1]) >= 0).all()
    assert tones[-1] < tones[peak] - 0.3


def test_mapped_tones_lie_between_their_colors():
    np.testing.assert_allclose(duotone(RAMP)[[0, -1]], [[0.07, 0.09, 0.30], [1.00, 0.93, 0.76]], atol=1e-5)
    np.testing.assert_allclose(three_color_map(RAMP)[45], [0.85, 0.33, 0.35], atol=1e-5)
    gray = np.full(3, SKY @ np.array([0.2126, 0.7152, 0.0722]), np.float32)
    np.testing.assert_allclose(three_color_map(SKY), three_color_map(gray), atol=1e-3)


def test_cross_process_tints_shadows_and_highlights_against_each_other():
    blue_of = srgb_to_lab(np.clip(cross_process(RAMP[[10, 90]]), 0, 1))[:, 2]
    assert blue_of[0] < -10
    assert blue_of[1] > 10


def test_night_is_dark_and_blue_and_red_goes_first():
    night = day_for_night(RAMP[50])
    assert srgb_to_lab(night)[0] < 30
    assert night[2] > night[0]
    red, green = np.array([0.8, 0.1, 0.1], np.float32), np.array([0.1, 0.8, 0.1], np.float32)
    assert day_for_night(red).max() < 0.25 * day_for_night(green).max()


def test_infrared_swaps_red_and_blue():
    given = infrared(SKY)
    assert given[0] == pytest.approx(0.85)
    assert given[2] == pytest.approx(0.35)


def test_posterized_tones_are_a_staircase_of_five():
    lightness = srgb_to_lab(posterized(RAMP))[:, 0]
    flat = np.abs(np.diff(lightness)) < 0.05
    assert flat.mean() > 0.4
    assert (np.diff(lightness) > -0.05).all()


def test_two_strips_lose_yellow_and_blue():
    yellow, blue = np.array([0.9, 0.9, 0.1], np.float32), np.array([0.1, 0.1, 0.9], np.float32)
    for color in (yellow, blue):
        assert abs(srgb_to_lab(two_strip(color))[2]) < 0.5 * abs(srgb_to_lab(color)[2])


def test_black_and_white_is_the_same_for_all_of_one_luma():
    np.testing.assert_allclose(
        sabattier_gray(SKIN), sabattier_gray(np.full(3, SKIN @ [0.2126, 0.7152, 0.0722])), atol=1e-3
    )
