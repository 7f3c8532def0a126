"""What a style shows in each place, beside what neutral portraits would."""

from collections.abc import Sequence

import numpy as np
import pytest
from generator_material import photos_of_people
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.styles.adapted_look import gather_evidence
from portrait_atelier.core.styles.candidates import Evidence
from portrait_atelier.core.styles.content import Content
from portrait_atelier.core.styles.places import PlaceEvidence, content_squares, mean_places
from portrait_atelier.core.styles.population import Population, measure_population
from portrait_atelier.core.styles.portraits import load_portraits
from portrait_atelier.core.styles.prior import load_prior

PHOTOS = photos_of_people(6)


def _as_it_is(colors: np.ndarray) -> np.ndarray:
    return colors


def _colors(style: Population) -> Evidence:
    return gather_evidence(style, Content.mean_portrait())


def _spread(style: Population) -> float:
    return PlaceEvidence(_colors(style), np.zeros((16, 16, 3), np.float32)).spread


def _measured(photos: Sequence[np.ndarray]) -> Population:
    return measure_population([Proxy.opaque(photo.astype(np.float32)) for photo in photos])


def test_the_mean_is_of_places_and_of_photos_of_any_size():
    left_dark = np.ones((32, 64, 3), np.float32)
    left_dark[:, :32] = 0
    gray = np.full((48, 20, 3), [0.2, 0.4, 0.6], np.float32)
    mean = mean_places([left_dark, gray])
    assert mean.shape == (16, 16, 3)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean[:, :8], np.broadcast_to([0.1, 0.2, 0.3], (16, 8, 3)), atol=1e-6)
    np.testing.assert_allclose(mean[:, 8:], np.broadcast_to([0.6, 0.7, 0.8], (16, 8, 3)), atol=1e-6)


def test_neutral_portraits_as_they_are_differ_in_nothing():
    everyone = mean_places([load_portraits().mean_of()])
    found = PlaceEvidence(_colors(load_prior()), everyone).differences(_as_it_is)
    assert found.shape == (6, 16, 16)
    assert not found.any()


def test_own_untouched_photos_take_the_place_of_the_prior():
    own = mean_places([photo.pixels for photo in PHOTOS])
    evidence = PlaceEvidence(_colors(load_prior()), own, content_squares(PHOTOS[:1]), own)
    assert not evidence.differences(_as_it_is).any()


def test_contents_are_compared_with_people_like_them():
    everyone = mean_places([load_portraits().mean_of()])
    found = PlaceEvidence(_colors(load_prior()), everyone, content_squares(PHOTOS[:2])).differences(_as_it_is)
    assert not found[:3].any()
    assert np.abs(found[3:]).max() > 0.1


def test_differences_are_told_in_tens_of_lab_and_where_they_are():
    style = np.full((16, 16, 3), 0.5, np.float32)
    own = style.copy()
    own[0, 0] = 0  # black has lightness 0, the middle gray about 53.4
    found = PlaceEvidence(_colors(load_prior()), style, own=own).differences(_as_it_is)
    assert found[0, 0, 0] == pytest.approx(5.34, abs=0.01)
    assert np.count_nonzero(np.abs(found) > 1e-4) == 2  # of both pools, lightness in this place alone


def test_the_closed_form_is_taken_off():
    own = np.full((16, 16, 3), 0.5, np.float32)
    found = PlaceEvidence(_colors(load_prior()), own, own=own).differences(lambda lab: lab + np.array([0, 20.0, 0]))
    np.testing.assert_allclose(found[1], -2, atol=1e-5)
    np.testing.assert_allclose(found[[0, 2]], 0, atol=1e-5)


def test_portraits_at_large_are_spread_by_one_and_photos_all_alike_by_little():
    assert _spread(load_prior()) == 1
    assert _spread(_measured([PHOTOS[0].pixels] * 5)) == pytest.approx(0.1)


def test_photos_that_differ_more_are_spread_more_whatever_the_contrast():
    rng = np.random.default_rng(0)
    texture = rng.uniform(0, 1, (40, 40, 1)) * np.ones(3)

    def photos(apart: float, contrast: float = 1.0) -> list[np.ndarray]:
        shifts = apart * np.linspace(-0.05, 0.05, 6)
        return [0.5 + contrast * (0.6 * (texture - 0.5) + shift) for shift in shifts]

    narrow, wide, faded = (_spread(_measured(photos(*given))) for given in ((1.0,), (1.5,), (1.5, 0.6)))
    assert 0.1 < narrow < wide < 1
    assert wide == pytest.approx(2.25 * narrow, rel=0.1)  # a variance
    assert faded == pytest.approx(wide, rel=0.15)
