"""The torch renderer: its tiles and its devices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.rendering.look import Window
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.rendering.render_torch import pick_device
from rendering import DTYPES, defined, limit_of, random_look, random_photo, use_back_end


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("grid", [False, True])
def test_tiles_equal_the_whole_bit_for_bit(dtype: type, grid: bool, monkeypatch: pytest.MonkeyPatch):
    use_back_end("torch", monkeypatch)
    pixels, look = random_photo(90, 333, dtype), random_look(grid=grid)
    mask = np.random.default_rng(2).random((90, 333), np.float32)
    whole = render(pixels, look, mask=mask)
    monkeypatch.setattr("portrait_atelier.core.imaging.rendering.render_torch.CPU_TILE_PIXELS", 100)  # less than a row
    assert np.array_equal(render(pixels, look, mask=mask), whole)
    tiles = np.zeros_like(pixels)
    for rows in (slice(0, 17), slice(17, 90)):
        for columns in (slice(0, 1), slice(1, 66), slice(66, 203), slice(203, 333)):
            window = Window(rows.start, columns.start, 90, 333)
            tiles[rows, columns] = render(pixels[rows, columns], look, mask=mask[rows, columns], window=window)
    assert np.array_equal(tiles, whole)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_a_missing_device_is_named():
    with pytest.raises(AtelierError, match=r"cuda:1: no such device .* use --device auto"):
        render(np.zeros((4, 4, 3), np.uint8), random_look(), device="cuda:1")
    assert pick_device("cpu").type == "cpu"


def test_auto_renders_somewhere():
    pixels = random_photo(5, 5)
    np.testing.assert_allclose(render(pixels, random_look(), device="auto"), defined(pixels, random_look()), atol=1e-5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_gpu_gives_the_same(dtype: type):
    pixels = random_photo(300, 200, dtype)
    error = np.abs(render(pixels, random_look(), dither=False, device="cuda") - defined(pixels, random_look())).max()
    assert error <= (0.5 if dtype != np.float32 else 0) + limit_of(dtype) * 1e-4
