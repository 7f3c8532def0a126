"""The torch renderer: its tiles and its devices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.rendering.render_torch import pick_device
from rendering import DTYPES, defined, limit_of, random_look, random_photo, use_back_end


def test_torch_goes_through_a_photo_tile_by_tile(monkeypatch: pytest.MonkeyPatch):
    use_back_end("torch", monkeypatch)
    pixels, look, mask = random_photo(9, 50), random_look(), np.random.default_rng(3).random((9, 50), np.float32)
    whole = render(pixels, look, mask=mask)
    monkeypatch.setattr("portrait_atelier.core.imaging.rendering.render_torch.CPU_STRIP_PIXELS", 33)
    np.testing.assert_allclose(render(pixels, look, mask=mask), whole, atol=1e-6)


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
