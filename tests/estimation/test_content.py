"""What a look is decided from."""

from dataclasses import replace

import numpy as np
import pytest
from people_material import photos_of_people
from portrait_atelier.core.estimation.content import MAX_PHOTOS, NUM_COLORS, Content
from portrait_atelier.core.estimation.set_model import load_set_model


def test_a_photo_is_known_by_its_colors_and_where_the_person_is():
    content = Content.of(photos_of_people(1))
    assert content.colors[0].colors.shape == (1, NUM_COLORS, 3)
    assert content.region_grids[0].shape == (16, 16, 2)
    subject = content.region_grids[0][..., 0]
    assert subject[8, 8] > 0.5 > subject[0, 0]


def test_a_series_is_the_mean_of_its_photos():
    photos = photos_of_people(2)
    both, alone = Content.of(photos).reading, [Content.of([photo]).reading for photo in photos]
    np.testing.assert_allclose(both.embedding, np.mean([one.embedding for one in alone], 0), atol=1e-5)
    np.testing.assert_allclose(both.statistics.all, np.mean([one.statistics.all for one in alone], 0), atol=1e-5)


def test_without_photos_it_is_the_typical_portrait():
    assert Content.mean_portrait().reading is load_set_model().typical


def test_no_photos_are_refused():
    with pytest.raises(ValueError, match="at least one photo"):
        Content.of([])


def test_a_long_series_is_thinned_out_evenly_and_read_once():
    photo = photos_of_people(1)[0]
    content = Content.of(replace(photo, pixels=_gray(photo.pixels, index / 255)) for index in range(100))
    kept = [int(colors.colors[0, 0, 0]) for colors in content.colors]
    assert kept == list(range(0, 100, 2))
    assert len(kept) <= 2 * MAX_PHOTOS


def test_blank_frames_count_only_where_there_are_no_others():
    photo = photos_of_people(1)[0]
    white = replace(photo, pixels=np.ones_like(photo.pixels))
    mixed = Content.of([white, photo, white])
    assert np.array_equal(mixed.pooled.colors, Content.of([photo]).pooled.colors)
    assert not mixed.is_blank
    assert Content.of([white, white]).is_blank
    assert len(Content.of([white]).colors) == 1
    assert not Content.mean_portrait().is_blank


def _gray(pixels: np.ndarray, value: float) -> np.ndarray:
    """One gray, over a white line."""
    gray = np.full_like(pixels, value)
    gray[-1] = 1
    return gray
