"""What a look is decided from."""

import numpy as np
import pytest
from generator_material import photos_of_people
from portrait_atelier.core.styles.content import Content
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
