"""Procedural painters: always the same, in range, free of seams, and each doing what it is called."""

import numpy as np
import pytest
from pixel_material import picture
from portrait_atelier.core.imaging.textures import Place
from portrait_atelier.core.networks.pixel_generator import NUM_TRAITS
from portrait_atelier.core.pretraining.pixel.painter_tools import along_flow, flow_of, patched, soft_step
from portrait_atelier.core.pretraining.pixel.painters import Engraving, Halftone, Linocut, Sheet, Stipple, Strokes
from portrait_atelier.core.pretraining.pixel.random_painters import (
    FAMILIES,
    draw_from,
    draw_painter,
    traits_of,
)

PLACE = Place(100, 200, 64, 80)


@pytest.mark.parametrize("family", FAMILIES)
def test_paintings_are_in_range_and_the_same_by_seed(family: str):
    pixels = picture(64, 80)
    for seed in range(3):
        first, second = (draw_from(family, np.random.default_rng(seed))(pixels, PLACE) for _ in range(2))
        assert (first.shape, first.dtype) == (pixels.shape, np.float32)
        assert first.min() >= 0
        assert first.max() <= 1
        np.testing.assert_array_equal(first, second)
        assert np.abs(first - pixels).mean() > 0.02


@pytest.mark.parametrize("family", FAMILIES)
def test_a_crop_with_its_margin_is_painted_as_in_the_whole(family: str):
    pixels = picture(128, 128)
    painter = draw_from(family, np.random.default_rng(1))
    whole = painter(pixels, Place(40, 40, 128, 128))[40:88, 40:88]
    part = painter(np.ascontiguousarray(pixels[20:108, 20:108]), Place(60, 60, 88, 88))[20:68, 20:68]
    assert np.abs(whole - part).mean() < 2e-3


def test_drawing_without_end_draws_every_family_and_traits_tell_them():
    rng = np.random.default_rng(0)
    traits = np.stack([traits_of(draw_painter(rng)) for _ in range(60)])
    assert traits.shape == (60, NUM_TRAITS)
    np.testing.assert_array_equal(traits[:, : len(FAMILIES)].sum(1), 1)
    assert traits[:, : len(FAMILIES)].any(0).all()
    assert np.abs(traits).max() < 4


@pytest.mark.parametrize("painter", [Halftone(), Engraving(num_layers=1, outline=0), Stipple(), Linocut()])
def test_dark_photos_take_more_ink(painter):
    flat = [np.full((64, 80, 3), tone, np.float32) for tone in (0.1, 0.5, 0.9)]
    light = [float(painter(pixels, PLACE).mean()) for pixels in flat]
    assert light[0] <= light[1] <= light[2]
    assert light[0] < light[2] - 0.4


def test_a_halftone_of_middle_gray_covers_half_of_the_paper():
    sheet = Sheet(ink=(0, 0, 0), paper=(1, 1, 1))
    printed = Halftone(softness=0.02, sheet=sheet)(np.full((64, 80, 3), 0.5, np.float32), PLACE)
    assert printed.mean() == pytest.approx(0.5, abs=0.03)


def test_strokes_run_along_edges():
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:, 32:] = 1
    flow = flow_of(pixels[..., 0], 3.0)
    assert np.abs(flow[1][20:44, 30:34]).min() > 0.99  # straight down or up, as the edge
    noise = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    calm = along_flow(noise, flow, 6)[20:44, 28:36]
    assert np.abs(np.diff(calm, axis=0)).mean() < 0.5 * np.abs(np.diff(calm, axis=1)).mean()
    assert Strokes()(pixels, Place(0, 0, 64, 64)).shape == pixels.shape


def test_patches_keep_edges_and_lose_noise():
    rng = np.random.default_rng(0)
    pixels = np.zeros((48, 48, 3), np.float32) + 0.2
    pixels[:, 24:] = 0.8
    noisy = (pixels + rng.normal(0, 0.05, pixels.shape)).astype(np.float32)
    calm = patched(noisy, 4)[8:-8, 8:-8]
    assert np.abs(calm - pixels[8:-8, 8:-8]).mean() < 0.5 * np.abs(noisy - pixels).mean()


def test_the_soft_step_is_a_half_at_0_and_does_not_overflow():
    with np.errstate(all="raise"):
        steps = soft_step(np.array([-1e6, 0, 1e6]), 0.01)
    np.testing.assert_allclose(steps, [0, 0.5, 1], atol=1e-9)
