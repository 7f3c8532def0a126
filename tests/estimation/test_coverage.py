"""How far a photo lies outside what a style's photos covered."""

import numpy as np
import pytest
from people_material import photos_of_people, portrait
from portrait_atelier.core.estimation.coverage import LEAST_PHOTOS, OUTSIDE, Coverage, share_within
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.fitting import fit_look
from portrait_atelier.core.styles.style import Style


@pytest.fixture(scope="module")
def style() -> Style:
    return style_from_proxies(photos_of_people(20), "mine", cover=False)


@pytest.fixture(scope="module")
def outsider() -> Photo:
    """No person, in colors that nobody wears."""
    stripes = np.zeros((96, 72, 3), np.float32)
    stripes[::2] = (0.0, 1.0, 0.1)
    stripes[1::2] = (0.9, 0.0, 1.0)
    return Photo(stripes)


def test_photos_like_the_styles_own_are_at_the_middle_and_others_far_out():
    rng = np.random.default_rng(0)
    coverage = Coverage.of(rng.normal(2, 1, (30, 96)))
    assert coverage is not None
    same = np.array([coverage.distance(photo) for photo in rng.normal(2, 1, (500, 96))])
    assert np.median(same) == pytest.approx(0, abs=0.5)
    assert (same > OUTSIDE).mean() < 0.03
    assert coverage.distance(np.full(96, 5.0)) > OUTSIDE


def test_the_number_is_the_share_of_the_styles_photos_within():
    assert [round(share_within(distance), 1) for distance in (0, 1, OUTSIDE)] == [50.0, 84.1, 99.4]


def test_people_like_those_of_the_style_are_let_pass_and_others_are_told(style: Style, outsider: Photo):
    usual = [fit_look(Photo(portrait(seed)), style, Controls()) for seed in range(40, 60)]
    assert sum(fit.is_outside for fit in usual) <= 5  # some of the people are rare
    assert all(fit.remarks == () for fit in usual if not fit.is_outside)
    fit = fit_look(outsider, style, Controls())
    assert fit.is_outside
    assert len(fit.remarks) == 1
    assert "is unlike the photos that the style was learnt from (farther out than 99.9 % of them)" in fit.remarks[0]


def test_designed_styles_and_those_of_few_photos_say_nothing(outsider: Photo):
    few = style_from_proxies(photos_of_people(LEAST_PHOTOS - 1), "few", cover=False)
    for style in (few, resolve_style("golden-hour")):
        fit = fit_look(outsider, style, Controls())
        assert (fit.distance, fit.is_outside, fit.remarks) == (None, False, ())
