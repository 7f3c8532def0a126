"""Crops, textures and looks for distillation."""

import numpy as np
import pytest
import torch
from PIL import Image
from portrait_atelier.core.pretraining.features.photos import (
    change_look,
    draw_batch,
    draw_crop,
    draw_texture,
    read_photos,
)

GRADIENT = np.repeat(np.linspace(0, 255, 40, dtype=np.uint8)[None, :, None], 50, 0).repeat(3, 2)


def test_a_batch_has_each_crop_in_two_looks():
    batch = draw_batch([GRADIENT], 16, 3, np.random.default_rng(0))
    assert batch.shape == (6, 3, 16, 16)
    assert batch.dtype == torch.float32
    assert batch.min() >= 0
    assert batch.max() <= 1
    for index in range(3):
        assert not torch.equal(batch[index], batch[3 + index])


def test_the_same_numbers_draw_the_same_batch():
    first, second, other = (draw_batch([GRADIENT], 16, 2, np.random.default_rng([7, seed])) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_crops_are_parts_of_the_photo_mirrored_or_not():
    rng = np.random.default_rng(3)
    slopes = set()
    for _ in range(40):
        crop = draw_crop(GRADIENT, 8, rng)
        assert crop.shape == (8, 8, 3)
        steps = np.diff(crop[0, :, 0])
        if np.ptp(crop, axis=0).max() < 1e-6:  # a crop, not a texture
            slopes.add(bool((steps > 0).all()))
    assert slopes == {True, False}


def test_textures_are_in_range_and_not_flat():
    rng = np.random.default_rng(4)
    for _ in range(10):
        texture = draw_texture(16, rng)
        assert texture.dtype == np.float32
        assert 0 <= texture.min() <= texture.max() <= 1
    assert texture.std() > 0


def test_looks_are_in_range_and_some_are_gray():
    rng = np.random.default_rng(5)
    crop = np.random.default_rng(6).random((8, 8, 3)).astype(np.float32)
    changed = [change_look(crop, rng) for _ in range(40)]
    assert all(0 <= photo.min() <= photo.max() <= 1 for photo in changed)
    spreads = [np.ptp(photo, axis=-1).max() for photo in changed]
    assert min(spreads) < 0.01 < max(spreads)


def test_photos_are_read_small(tmp_path):
    Image.fromarray(GRADIENT).resize((600, 300)).save(tmp_path / "a.png")
    (photo,) = read_photos([tmp_path / "a.png"])
    assert photo.shape == (128, 256, 3)
    assert photo.dtype == np.uint8
    assert photo[0].mean() == pytest.approx(127, abs=2)
