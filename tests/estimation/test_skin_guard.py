"""Protection of skin: every complexion moves as people at large do, and hue and chroma stay in the style's band."""

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.look_effect import look_at_colors
from portrait_atelier.core.estimation.skin_guard import SkinColors, protect_skin
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_colors, table_shape
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.networks.regions import REGIONS

COMPLEXIONS = {"light": (78, 12, 18), "tan": (60, 15, 24), "dark": (38, 12, 15)}


def look_of(transform) -> Look:
    """The look that changes Lab by a function."""
    colors = table_colors()
    made = lab_to_srgb(transform(srgb_to_lab(colors))).clip(0, 1)
    return Look((made - colors).astype(np.float32), np.zeros(grid_shape(), np.float32))


def contrast(lab: np.ndarray) -> np.ndarray:
    """Light becomes lighter, dark darker, and light skin turns to yellow."""
    light = lab[..., :1]
    turned = lab[..., 2:] + 0.15 * (light - 50).clip(0)
    return np.concatenate([50 + 1.3 * (light - 50), lab[..., 1:2], turned], -1)


def black_and_white(lab: np.ndarray) -> np.ndarray:
    return lab * np.array([1.1, 0, 0], np.float32)


def person(lab, *, count: int = 400, skin: int = 255, seed: int = 0) -> ColorSet:
    """Colors of a photo: a quarter is skin around a color, the rest a gray ground."""
    rng = np.random.default_rng(seed)
    is_skin = np.arange(count) % 4 == 0
    colors = np.where(is_skin[:, None], np.array(lab) + rng.normal(0, 2, (count, 3)), [45, 0, 0])
    regions = np.zeros((1, count, len(REGIONS)), np.uint8)
    regions[0, is_skin, :3] = (255, 255, skin)
    pixels = (lab_to_srgb(colors).clip(0, 1) * 255 + 0.5).astype(np.uint8)[None]
    return ColorSet(pixels, np.ones(1, np.float32), np.full((1, count, 2), 128, np.uint8), regions)


def tone(content: ColorSet, look: Look | None = None) -> np.ndarray:
    """Lightness, chroma and hue in degrees of the mean skin."""
    lightness, red, yellow = SkinColors.of(content).means(look)[0]
    return np.array([lightness, np.hypot(red, yellow), np.degrees(np.arctan2(yellow, red))])


def on_skin(look: Look) -> Look:
    assert look.skin is not None
    return replace(look, table=look.skin, skin=None)


def test_all_complexions_get_one_shift():
    look = look_of(contrast)
    off, held = [], []
    for lab in COMPLEXIONS.values():
        content = person(lab)
        off.append(tone(content, look) - tone(content))
        held.append(tone(content, on_skin(protect_skin(look, look, content, None, 1.0))) - tone(content))
    assert np.ptp([shift[0] for shift in off]) > 8
    assert np.ptp([shift[0] for shift in held]) < 0.3
    assert np.ptp([shift[2] for shift in off]) > 5
    assert np.ptp([shift[2] for shift in held]) < 1


def test_a_look_that_takes_a_complexion_for_bad_light_moves_no_complexion_more():
    """Of photos of light people alone, whose band does not hold dark skin."""
    typical = look_of(lambda lab: lab * np.array([1, 1.2, 1.2], np.float32))
    style = ColorSet.joined([person((78, 12, 18 + 0.1 * one), seed=one) for one in range(12)])
    for lab in COMPLEXIONS.values():
        content = person(lab)
        corrected = look_of(lambda color, lab=lab: color + np.array([70 - lab[0], 6, -0.8 * lab[2]], np.float32) * 0.5)
        held = tone(content, on_skin(protect_skin(corrected, typical, content, style, 1.0)))
        before = tone(content)
        np.testing.assert_allclose(held / before, [1, 1.2, 1], atol=0.03)
        assert np.abs(tone(content, corrected) / before - [1, 1.2, 1]).max() > 0.15


def test_half_of_it_goes_half_the_way():
    look, content = look_of(contrast), person(COMPLEXIONS["dark"])
    lightness = [
        tone(content, look)[0],
        *(tone(content, on_skin(protect_skin(look, look, content, None, amount)))[0] for amount in (0.5, 1)),
    ]
    assert lightness[1] - lightness[0] == pytest.approx((lightness[2] - lightness[0]) / 2, rel=0.2)


def test_nothing_is_done_at_zero_or_without_skin():
    look = look_of(contrast)
    assert protect_skin(look, look, person(COMPLEXIONS["tan"]), None, 0.0) is look
    assert protect_skin(look, look, person(COMPLEXIONS["tan"], skin=0), None, 1.0) is look
    unknown = replace(person(COMPLEXIONS["tan"]), regions=None)
    assert protect_skin(look, look, unknown, None, 1.0) is look


def test_a_look_that_whitens_only_this_person_is_held_to_what_the_style_does():
    content = person(COMPLEXIONS["dark"])
    typical = look_of(lambda lab: lab)
    whitening = look_of(lambda lab: lab + np.array([15, 0, 0], np.float32) * np.sin(np.pi * lab[..., :1] / 100))
    held = on_skin(protect_skin(whitening, typical, content, None, 1.0))
    assert tone(content, whitening)[0] - tone(content)[0] > 10
    assert tone(content, held)[0] == pytest.approx(tone(content)[0], abs=0.3)


def test_hue_and_chroma_outside_the_style_are_pulled_to_its_border():
    style = ColorSet.joined([person((65, 14 + 0.2 * one, 16), seed=one) for one in range(20)])
    green = look_of(lambda lab: lab + np.array([0, -14, 6], np.float32))
    content = person(COMPLEXIONS["tan"])
    plain = tone(content, green)
    held = tone(content, on_skin(protect_skin(green, look_of(lambda lab: lab), content, style, 1.0)))
    believable = np.degrees(np.arctan2(16, 16))
    assert abs(held[2] - believable) < 0.6 * abs(plain[2] - believable)
    again = protect_skin(green, look_of(lambda lab: lab), content, style, 1.0)
    np.testing.assert_array_equal(again.table, green.table)


def test_black_and_white_stays_without_color():
    look, content = look_of(black_and_white), person(COMPLEXIONS["dark"])
    held = protect_skin(look, look, content, None, 1.0)
    printed = render(SkinColors.of(content).colors[None], on_skin(held))
    assert np.ptp(printed, axis=-1).max() < 2 / 255


@pytest.mark.parametrize("complexion", COMPLEXIONS)
def test_tones_keep_their_order_and_black_and_white_their_place(complexion):
    look = look_of(contrast)
    held = on_skin(protect_skin(look, look, person(COMPLEXIONS[complexion]), None, 1.0))
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, 2)
    before, after = (render(ramp, one)[0].mean(-1) for one in (look, held))
    assert np.diff(after).min() >= -1e-3
    np.testing.assert_allclose(after[[0, -1]], before[[0, -1]], atol=0.02)


def test_a_series_counts_all_its_photos():
    pair = ColorSet.joined([person(COMPLEXIONS["light"]), person(COMPLEXIONS["dark"])])
    found = SkinColors.of(pair)
    assert found.num_people == 2
    np.testing.assert_allclose(np.bincount(found.person, found.weights), 1)
    np.testing.assert_allclose(found.means()[:, 0], [78, 38], atol=1)


def test_a_look_at_single_colors_is_what_is_rendered():
    rng = np.random.default_rng(3)
    table, grid = (rng.normal(0, 0.05, shape).astype(np.float32) for shape in (table_shape(), grid_shape()))
    look = Look(table, grid)
    pixels = rng.random((20, 30, 3), np.float32)
    places = np.stack(np.meshgrid((np.arange(20) + 0.5) / 20, (np.arange(30) + 0.5) / 30, indexing="ij"), -1)
    found = look_at_colors(look, pixels.reshape(-1, 3), places.reshape(-1, 2))
    np.testing.assert_allclose(found.reshape(pixels.shape), render(pixels, look), atol=2e-5)
