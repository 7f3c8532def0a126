"""A style applied to a photo, and to a series of photos that shall match."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people_material import photos_of_people
from pixel_material import pixel_style
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style, look_of_series
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.region_masks import mask_of
from portrait_atelier.core.styles.style import Style

CPU = Controls(device="cpu")


@pytest.fixture(scope="module")
def instant() -> Style:
    """A style that gives every photo another look."""
    return style_from_proxies(photos_of_people(6), "mine", cover=False)


def _photos() -> list[Photo]:
    """Two people; the second photo darker."""
    first, second = (proxy.pixels for proxy in photos_of_people(8)[6:])
    return [Photo(first.astype(np.float32)), Photo((second * 0.6).astype(np.float32))]


def test_a_photo_alone_is_a_series_of_one(instant: Style):
    photo = _photos()[0]
    look = look_of_series([proxy_of(photo)], instant, CPU)
    assert look is not None
    np.testing.assert_array_equal(
        apply_style(photo, instant, CPU).pixels, apply_style(photo, instant, CPU, look=look).pixels
    )


def test_the_photos_of_a_series_get_one_look_made_of_all(instant: Style):
    photos = _photos()
    look = look_of_series(map(proxy_of, photos), instant, CPU)
    assert look is not None
    alone = [look_of_series([proxy_of(photo)], instant, CPU) for photo in photos]
    assert all(not np.allclose(look.table, other.table, atol=1e-3) for other in alone if other is not None)
    same = replace(photos[1], pixels=photos[0].pixels.copy())
    together = [apply_style(photo, instant, CPU, look=look).pixels for photo in (photos[0], same)]
    np.testing.assert_array_equal(*together)


def test_a_series_follows_the_variation(instant: Style):
    proxies = [proxy_of(photo) for photo in _photos()]
    plain, varied = (look_of_series(proxies, instant, replace(CPU, variation=seed)) for seed in (0, 5))
    assert plain is not None
    assert varied is not None
    assert not np.allclose(plain.table, varied.table, atol=1e-4)


def test_a_pixel_style_has_no_look_for_a_series():
    assert look_of_series([proxy_of(_photos()[0])], pixel_style(), CPU) is None


def test_a_series_of_nothing_is_refused(instant: Style):
    with pytest.raises(ValueError, match="at least one photo"):
        look_of_series([], instant)


def test_strength_zero_asks_for_no_look(monkeypatch: pytest.MonkeyPatch, instant: Style):
    monkeypatch.setattr(Style, "look_for", lambda *_, **__: pytest.fail("a look was computed for nothing"))
    photo = _photos()[0]
    assert apply_style(photo, instant, replace(CPU, strength=0)) is photo
    gray = Photo(np.full((20, 20), 0.5, np.float32), path=Path("gray.png"))
    shown = apply_style(gray, instant, replace(CPU, strength=0, rgb=True)).pixels
    np.testing.assert_allclose(shown, 0.5, atol=1e-3)


def test_a_given_look_is_what_is_applied(instant: Style):
    photo = _photos()[0]
    assert apply_style(photo, instant, CPU, look=Look.identity()) is photo


def test_nothing_to_see_is_refused_whether_or_not_a_style_adapts(instant: Style):
    clear = Photo(np.zeros((9, 8, 3), np.uint8), alpha=np.zeros((9, 8), np.uint8))
    for style in (instant, Style("plain", "fixed", look=Look.identity())):
        with pytest.raises(PhotoError, match="the photo: every pixel is transparent"):
            apply_style(clear, style, CPU)


def test_protected_skin_alone_changes(instant: Style):
    photo = astronaut()
    for style in (resolve_style("cool-cinema"), instant):
        plain, held = (
            apply_style(photo, style, replace(CPU, protect_skin=amount, grain=0)).pixels.astype(int)
            for amount in (0.0, 1.0)
        )
        skin = mask_of(photo, "skin")
        assert np.abs(held - plain)[skin > 0.9].mean() > 0.5
        assert np.abs(held - plain)[skin == 0].max() <= 1  # dithering


def test_a_series_is_protected_by_the_skin_of_all(instant: Style):
    proxies = [proxy_of(photo) for photo in (astronaut(), astronaut())]
    look = look_of_series(proxies, instant, replace(CPU, protect_skin=1.0))
    assert look is not None
    assert look.skin is not None
    alone = look_of_series(proxies[:1], instant, replace(CPU, protect_skin=1.0))
    assert alone is not None
    np.testing.assert_allclose(look.skin, alone.skin, atol=1e-4)
