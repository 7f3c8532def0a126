"""What a look is decided from."""

from dataclasses import replace

import numpy as np
import pytest
from generator_material import photos_of_people
from portrait_atelier.core.styles.content import MAX_PROXIES, Content
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.prior import load_prior


def test_a_photo_is_known_by_its_colors_and_itself():
    photo = photos_of_people(1)[0]
    content = Content.of([photo])
    assert content.proxies == (photo,)
    assert (content.population.colors == measure_population([photo]).colors).all()


def test_a_series_is_pooled():
    photos = photos_of_people(3)
    content = Content.of(photos)
    assert content.population.num_photos == 3
    assert len(content.proxies) == 3
    np.testing.assert_allclose(content.population.weights, 1)


def test_the_mean_portrait_is_the_prior_without_photos():
    content = Content.mean_portrait()
    assert content.population is load_prior()
    assert content.proxies == ()


def test_no_photos_are_refused():
    with pytest.raises(ValueError, match="at least one photo"):
        Content.of([])


def test_a_long_series_is_thinned_out_evenly_and_read_once():
    photo = photos_of_people(1)[0]
    made = (replace(photo, weights=np.full_like(photo.weights, (index + 1) / 100)) for index in range(100))
    content = Content.of(made)
    assert content.population.num_photos == 100
    kept = [round(float(proxy.weights[0, 0]) * 100) - 1 for proxy in content.proxies]
    assert kept == list(range(0, 100, 2))
    assert len(kept) <= 2 * MAX_PROXIES
