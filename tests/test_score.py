"""How near two sets of photos are in color."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.learning.score import (
    SCORE_SIZE,
    color_quantiles,
    distance,
    distance_between,
)
from torch import Tensor


def _muted(count: int, seed: int = 0) -> Tensor:
    """(count, 3, 64, 64): photos in middle tones of little color."""
    rng = np.random.default_rng(seed)
    lab = rng.normal(size=(count, SCORE_SIZE, SCORE_SIZE, 3)) * [8, 3, 3] + [55, 0, 0]
    return _photos(lab)


def _photos(lab: np.ndarray) -> Tensor:
    return torch.from_numpy(lab_to_srgb(lab)).float().clamp(0, 1).permute(0, 3, 1, 2)


def _shifted(photos: Tensor, *shift: float) -> Tensor:
    return _photos(srgb_to_lab(photos.permute(0, 2, 3, 1).numpy().astype(np.float64)) + np.array(shift))


def test_quantiles_are_of_the_whole_and_the_middle():
    assert color_quantiles(_muted(2)).shape == (2, 48, 128)


@pytest.mark.parametrize("shift", [(6, 0, 0), (-6, 0, 0), (0, 6, 0), (0, 0, 6), (3, -4, 5)])
def test_a_set_that_lies_so_much_further_has_that_distance(shift: tuple[float, float, float]):
    photos = _muted(3)
    found = distance_between(photos, _shifted(photos, *shift))
    assert found == pytest.approx(np.linalg.norm(shift), rel=0.05)


def test_a_set_is_no_way_from_itself():
    photos = _muted(3)
    assert distance_between(photos, photos) == 0
    assert distance_between(photos, photos[[2, 0, 1]]) < 1e-3
    assert distance_between(photos, torch.cat([photos, photos])) < 0.1


def test_it_is_as_far_there_as_back():
    first, second = _muted(2), _shifted(_muted(3, seed=1), 5, 2, -3)
    assert distance_between(first, second) == pytest.approx(distance_between(second, first))
    assert distance_between(first, second) == distance(color_quantiles(first), color_quantiles(second))


def test_places_do_not_matter_in_the_whole_and_the_middle_counts_itself():
    photos = torch.full((1, 3, SCORE_SIZE, SCORE_SIZE), 0.3)
    middle, corner = photos.clone(), photos.clone()
    middle[..., 22:38, 24:40] = 0.8
    corner[..., :16, :16] = 0.8
    assert distance_between(photos, middle) > 2 * distance_between(photos, corner)
    whole = (color_quantiles(middle)[0] - color_quantiles(corner)[0]).abs().max()
    assert whole < 1e-4


def test_spread_counts_too():
    photos = _muted(3)
    lab = srgb_to_lab(photos.permute(0, 2, 3, 1).numpy().astype(np.float64))
    wider = _photos((lab - [55, 0, 0]) * [2, 1, 1] + [55, 0, 0])
    assert 1 < distance_between(photos, wider) < 8
