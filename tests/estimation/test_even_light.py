"""Exposure and white balance brought to what is expected, whatever a person wears and looks like."""

from dataclasses import replace

import numpy as np
import pytest
from people_material import portrait
from portrait_atelier.core.color.srgb import linear_to_srgb, srgb_to_linear
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.even_light import MAX_STOPS, LightChange, light_change
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy, proxy_of
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_colors
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style, look_of_series
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.fitting import fit_look
from portrait_atelier.core.styles.style import Style

PLAIN = Style("plain", "fixed", look=Look.identity())


def under_light(stops) -> Photo:
    """The astronaut's portrait, float, under gains of red, green and blue."""
    pixels = astronaut().pixels.astype(np.float32) / 255
    return Photo(linear_to_srgb(srgb_to_linear(pixels) * 2.0 ** np.array(stops)).clip(0, 1).astype(np.float32))


def found(photo: Photo) -> np.ndarray:
    return light_change(Content.of([proxy_of(photo)]).pooled).stops


@pytest.mark.parametrize("stops", [(-1.0, -1.0, -1.0), (0.25, 0.0, -0.35), (-0.9, -0.6, -0.2)])
def test_most_of_another_light_is_found(stops):
    neutral = found(under_light((0, 0, 0)))
    change = found(under_light(stops)) - neutral
    level = np.mean(stops)
    if abs(level) > 0.3:
        assert change.mean() == pytest.approx(-level, rel=0.4)
    cast = np.array(stops) - level
    if np.ptp(cast) > 0.1:
        assert (change - change.mean()) @ -cast / (cast @ cast) == pytest.approx(0.8, abs=0.4)


def test_the_lightness_of_skin_alone_is_no_reason():
    photo = Content.of([proxy_of(under_light((0, 0, 0)))]).pooled
    assert photo.regions is not None
    is_skin = photo.regions[..., 2] > 127
    dark = photo.colors.copy()
    dark[is_skin] = (linear_to_srgb(srgb_to_linear(dark[is_skin] / 255) * 0.25) * 255).astype(np.uint8)
    before, after = (light_change(one).stops.mean() for one in (photo, replace(photo, colors=dark)))
    assert after == pytest.approx(before, abs=0.12)


def test_gray_photos_get_no_cast_and_nothing_goes_beyond_the_limits():
    gray = np.repeat(portrait(1).mean(-1, keepdims=True), 3, -1)
    stops = light_change(Content.of([Proxy.opaque(gray)]).pooled).stops
    assert np.ptp(stops) == pytest.approx(0, abs=1e-9)
    black = light_change(Content.of([Proxy.opaque(gray * 0.001)]).pooled).stops
    assert np.abs(black).max() <= MAX_STOPS + 1e-9


def test_own_photos_say_what_is_expected():
    dark = [proxy_of(under_light((-1, -1, -1)))] * 12
    own = Content.of(dark).pooled
    photo = Content.of([proxy_of(under_light((0, 0, 0)))]).pooled
    assert light_change(photo, own).stops.mean() < light_change(photo).stops.mean() - 0.3


@pytest.mark.parametrize(
    ("stops", "words"),
    [
        ((0.4, 0.4, 0.4), "+0.4 stops"),
        ((-1.0, -1.0, -1.0), "-1.0 stops"),
        ((0.05, 0.05, 0.05), ""),
        ((0.1, 0.0, -0.1), "warmer by 500 K"),
        ((-0.5, -0.3, 0.0), "-0.3 stops, cooler by 1850 K"),
    ],
)
def test_what_was_done_is_said_in_words(stops, words):
    assert LightChange(np.array(stops)).words == words


def test_gains_come_before_the_table_in_linear_light():
    rng = np.random.default_rng(0)
    look = Look(rng.normal(0, 0.02, table_colors().shape).astype(np.float32), np.zeros(grid_shape(), np.float32))
    change = LightChange(np.array([-0.7, -0.5, -0.2]))
    pixels = table_colors().reshape(1, -1, 3)
    apart = render(change.of_colors(pixels), look)
    np.testing.assert_allclose(render(pixels, change.before(look)), apart, atol=1e-5)
    np.testing.assert_allclose(
        srgb_to_linear(change.of_colors(pixels)), srgb_to_linear(pixels) * 2.0**change.stops, atol=1e-5
    )
    both = change.before(replace(look, skin=look.table))
    np.testing.assert_array_equal(both.skin, both.table)


def test_curves_stay_exact_where_nothing_becomes_brighter_and_else_the_loss_is_known():
    steep = np.stack([np.log1p(200 * np.linspace(0, 1, 1025)) / np.log(201)] * 3).astype(np.float32)
    table = np.random.default_rng(0).normal(0, 0.02, table_colors(9).shape).astype(np.float32)
    look = Look(table, np.zeros(grid_shape(), np.float32), curves=steep)
    colors = np.random.default_rng(1).random((1, 4000, 3), np.float32) ** 2
    darker, brighter = LightChange(np.array([-0.7, -0.5, 0.0])), LightChange(np.array([0.5, 0.4, -0.2]))
    np.testing.assert_allclose(
        render(colors, darker.before(look)), render(darker.of_colors(colors), look), rtol=0, atol=2e-4
    )
    assert darker.loss_before(look) == 0
    loss = brighter.loss_before(look)
    off = np.abs(render(colors, brighter.before(look)) - render(brighter.of_colors(colors), look)).max()
    assert 2 / 255 < off < 1.2 * loss
    assert brighter.loss_before(replace(look, curves=None)) == 0


def test_what_a_tables_curves_lose_by_being_evened_is_told():
    steep = np.stack([np.linspace(0, 1, 1025) ** 0.3] * 3).astype(np.float32)
    dark = under_light((-1.5, -1.5, -1.5))
    told = fit_look(dark, replace(PLAIN, look=replace(Look.identity(), curves=steep)), Controls(even=True))
    assert told.light is not None
    assert told.light.stops.max() > 0
    assert any("held at 65 points an axis; colors differ by at most" in text for text in told.remarks)
    assert not any("points an axis" in text for text in fit_look(dark, PLAIN, Controls(even=True)).remarks)


def test_nothing_is_brighter_than_white():
    assert LightChange(np.full(3, 2.0)).of_colors(table_colors()).max() <= 1


def test_photos_under_several_lights_come_out_more_alike_and_it_is_said():
    photos = [under_light(stops) for stops in ((0, 0, 0), (-1.2, -1.2, -1.2), (-0.3, -0.5, -0.9))]
    plain, evened = (
        np.std([apply_style(photo, PLAIN, Controls(even=even)).pixels.mean((0, 1)) for photo in photos], 0).mean()
        for even in (False, True)
    )
    assert evened < 0.5 * plain
    remark = fit_look(photos[1], PLAIN, Controls(even=True)).remarks[0]
    assert remark.startswith("evened first: +")
    assert fit_look(photos[1], PLAIN, Controls()).remarks == ()


def test_a_series_is_evened_photo_by_photo():
    photos = [under_light(stops) for stops in ((0, 0, 0), (-1.2, -1.2, -1.2))]
    style, controls = resolve_style("golden-hour"), Controls(even=True)
    look = look_of_series(map(proxy_of, photos), style, controls)
    alone, together = (
        [apply_style(photo, style, controls, look=given).pixels for photo in photos] for given in (None, look)
    )
    np.testing.assert_array_equal(alone, together)
