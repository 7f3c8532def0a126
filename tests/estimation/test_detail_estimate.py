"""Gains of detail from finished photos: what the structures show beyond chance, and nothing else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from portrait_atelier.core.estimation.detail_estimate import detail_of, load_structures, luma_gain_of
from portrait_atelier.core.estimation.fine_structure import (
    NUM_TRAITS,
    SHAPE,
    LumaGain,
    StructureSample,
    sample_structures,
)
from portrait_atelier.core.estimation.grain_estimate import GrainSample
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look, table_colors
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Detail, Grain, Texture

SOFT, NONE = (0.5, 0.5, 0.65, 0.85), (1.0,) * 4


def samples_of(gains: np.ndarray, count: int, shared: np.ndarray | float = 0.0) -> list[StructureSample]:
    """Photos of people who differ as neutral ones do, but not on average, under gains (8,), plus what they share."""
    neutral, rng = load_structures(), np.random.default_rng(3)
    logarithms = np.log(gains)
    change = np.where(logarithms < 0, *neutral.response) @ logarithms
    people = rng.multivariate_normal(np.zeros(len(neutral.mean)), neutral.between, count)
    rows = neutral.mean + change + shared + people - people.mean(0)
    return [StructureSample(row[:-NUM_TRAITS].reshape(SHAPE), np.zeros(SHAPE), row[-NUM_TRAITS:]) for row in rows]


def picture() -> np.ndarray:
    """(1024, 800, 3) uint8: mid-gray structures of all sizes."""
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, (1024, 800)).astype(np.float32)
    parts = [cv2.GaussianBlur(noise, (0, 0), sigma) * sigma for sigma in (1, 2, 4, 8)]
    return np.repeat(((0.5 + 0.01 * sum(parts))[..., None] * 255).round().clip(0, 255).astype(np.uint8), 3, -1)


def all_skin() -> np.ndarray:
    regions = np.zeros((5, 80, 80), np.float32)
    regions[2] = 1
    return regions


def luma_of_photo(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels[..., 0], np.float32) / 255


def test_gains_that_made_the_difference_are_found():
    found = detail_of(samples_of(np.array([*SOFT, *NONE]), 20), [1.0] * 20)
    assert found is not None
    np.testing.assert_allclose(found.gains[:, 0, 1], SOFT, atol=0.15)
    assert (found.gains[:, 0, 1] > np.array(SOFT) - 0.05).all()  # held back, not overdone
    assert (found.gains[:, 1] == 1).all()


def test_what_looks_and_cameras_do_is_not_taken_for_gains():
    neutral, rng = load_structures(), np.random.default_rng(5)
    shared = rng.multivariate_normal(np.zeros(len(neutral.mean)), neutral.shared, 40)
    assert sum(detail_of(samples_of(np.ones(8), 20, row), [1.0] * 20) is not None for row in shared) <= 1


@pytest.mark.parametrize("count", [1, 3, 8, 25])
def test_neutral_portraits_have_none(count):
    assert detail_of(samples_of(np.ones(8), count), [1.0] * count) is None


def test_what_does_not_count_changes_nothing():
    soft = samples_of(np.array([*SOFT, *NONE]), 20)
    assert detail_of(soft, [0.0] * 20) is None
    assert detail_of([], []) is None


def test_structures_show_gains_and_their_size():
    photo = Photo(pixels=picture())
    before = sample_structures(luma_of_photo(photo.pixels), all_skin(), LumaGain.none()).strengths[0]
    detail = Detail.of(skin=(0.6, 0.6, 1, 1), other=(0.6, 0.6, 1, 1))
    softened = restyle_photo(photo, replace(Look.identity(), texture=Texture(detail=detail)))
    after = sample_structures(luma_of_photo(softened.pixels), all_skin(), LumaGain.none()).strengths[0]
    change = np.nanmean(after - before, 0)
    assert (change[6:10] < -0.03).all()
    assert change[6:10].max() < change[0]


def test_contrast_and_grain_are_taken_off():
    pixels = picture()
    before = sample_structures(luma_of_photo(pixels), all_skin(), LumaGain.none()).strengths[0]
    steeper = (0.5 + 1.5 * (luma_of_photo(pixels) - 0.5)).astype(np.float32)
    same = sample_structures(steeper, all_skin(), LumaGain(np.full((2, 2), 1.5))).strengths[0]
    np.testing.assert_allclose(same[:, :9], before[:, :9], atol=0.05)
    grain = Grain(np.full(5, 0.003, np.float32), 1 / 900)
    grainy = restyle_photo(Photo(pixels=pixels), replace(Look.identity(), texture=Texture(grain=grain))).pixels
    known = GrainSample(1 / 900, 0.0, np.array([0.0, 1.0]), np.array([0.003, 0.003]), np.ones(2), True)
    with_it, without = (
        np.nanmean(sample_structures(luma_of_photo(grainy), all_skin(), LumaGain.none(), part).strengths[0] - before, 0)
        for part in (None, known)
    )
    assert with_it[8] > 2 * abs(without[8])


def test_the_gain_of_luma_is_that_of_the_look():
    np.testing.assert_allclose(luma_gain_of(Look.identity()).gains, 1, atol=0.02)
    half = replace(Look.identity(), table=(-0.5 * (table_colors() - 0.5)).astype(np.float32))
    np.testing.assert_allclose(luma_gain_of(half).gains[:, 10:22], 0.5, atol=0.03)
