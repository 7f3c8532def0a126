"""Training photos: number, lattices of colors, neutralization."""

import numpy as np
import pytest
from learning_material import CAST, finished, untouched
from people_material import photos_of_people
from portrait_atelier.core.estimation.color_set import sample_colors
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.photos import (
    MAX_PHOTOS,
    TrainingPhotos,
    lattice_tokens,
    neutral_lab,
    neutralized,
)


def test_of_too_many_photos_some_are_taken_evenly():
    proxies = [Proxy.opaque(np.full((4, 4, 3), shade, np.float32)) for shade in np.linspace(0, 1, 2 * MAX_PHOTOS)]
    taken = TrainingPhotos.of(proxies)
    assert len(taken) == MAX_PHOTOS
    assert [one is proxies[place] for place, one in zip((1, 3, 5), taken.proxies, strict=False)] == [True] * 3
    assert TrainingPhotos.of(proxies[:3]).proxies == tuple(proxies[:3])


def test_a_lattice_holds_the_photo_row_by_row():
    pixels = np.zeros((40, 40, 3), np.float32)
    pixels[:20] = 1
    tokens = lattice_tokens(TrainingPhotos((Proxy.opaque(pixels),)), 4)
    assert tokens.shape == (1, 16, 12)
    np.testing.assert_allclose(tokens[0, :, 0], [100] * 8 + [0] * 8, atol=0.01)
    np.testing.assert_allclose(tokens[0, 1, 3:6], [0.125, 0.375, 1])
    assert (tokens[0, :, 11] == 1).all()


def test_finished_photos_are_carried_back_toward_people_at_large():
    model, photos = load_set_model(), finished(6)
    style = sample_colors(photos.proxies)
    back = neutral_lab(style.tokens, style, model)
    goal = model.prior.all[1:4]
    before, after = (np.abs(lab.mean((0, 1)) - goal) for lab in (style.tokens[..., :3], back))
    assert (after < before).all()
    assert after.max() < 6


def test_black_and_white_photos_stay_so():
    gray = [Proxy.opaque(np.repeat(photo.pixels[..., :1], 3, -1)) for photo in photos_of_people(6)]
    style = sample_colors(gray)
    back = neutral_lab(style.tokens, style, load_set_model())
    assert (back[..., 1:] == 0).all()
    assert back[..., 0].std() > 5


def test_a_cast_is_gone_from_neutralized_photos():
    photos = [Proxy.opaque(photo.pixels * CAST) for photo in photos_of_people(6)]
    blue_before, blue_after = (
        np.mean([p.pixels[..., 2].mean() for p in some]) for some in (photos, neutralized(photos))
    )
    assert blue_after > blue_before + 0.1
    assert all(0 <= photo.pixels.min() <= photo.pixels.max() <= 1 for photo in neutralized(photos))


class _Unwanted(Exception):  # noqa: N818
    pass


def test_reading_can_be_given_up():
    def check_cancelled() -> None:
        raise _Unwanted

    with pytest.raises(_Unwanted):
        lattice_tokens(untouched(1), check_cancelled=check_cancelled)
