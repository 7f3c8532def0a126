"""Pictures of any size: tiles leave no seam, transparent pixels count nowhere, the same every time."""

import numpy as np
import pytest
import torch
from pixel_material import lively_generator, picture
from portrait_atelier.core.networks import painting
from portrait_atelier.core.networks.painting import Brush, paint_picture


@pytest.fixture(scope="module")
def generator():
    return lively_generator()


@pytest.fixture(scope="module")
def brush(generator):
    return Brush(generator.modulation(torch.randn(1, 64, generator=torch.Generator().manual_seed(1))))


@pytest.mark.parametrize(("height", "width"), [(128, 128), (131, 97), (201, 66), (9, 150)])
def test_tiled_equals_whole_to_two_steps_of_eight_bits(generator, brush, height, width):
    pixels = picture(height, width)
    whole = paint_picture(generator, pixels, brush)
    tiled = paint_picture(generator, pixels, brush, tile_size=32)
    assert whole.shape == pixels.shape
    assert np.abs(whole - pixels).mean() > 0.02  # it did paint
    assert np.abs(whole - tiled).max() < 2 / 255


def test_a_large_picture_is_measured_at_nine_places_only_once(generator, brush, monkeypatch):
    monkeypatch.setattr(painting, "_MEASURED_WHOLE", 100)
    monkeypatch.setattr(painting, "_PLACE_SIZE", 32)
    pixels = picture(120, 90)
    assert len(painting._measured_places(120, 92)) == 9
    whole = paint_picture(generator, pixels, brush, tile_size=512)
    tiled = paint_picture(generator, pixels, brush, tile_size=40)
    assert np.abs(whole - tiled).max() < 2 / 255


def test_noise_follows_its_seed_and_nothing_else(generator, brush):
    pixels = picture(48, 48)
    first = paint_picture(generator, pixels, brush)
    np.testing.assert_array_equal(paint_picture(generator, pixels, brush), first)
    other = paint_picture(generator, pixels, Brush(brush.modulation, seed=7))
    assert np.abs(other - first).mean() > 1e-3


def test_pixels_of_no_weight_do_not_move_the_statistics(generator, brush):
    pixels = picture(200, 96)
    weights = np.ones((200, 96), np.float32)
    weights[104:] = 0
    changed = pixels.copy()
    changed[104:] = 1
    first, second = (paint_picture(generator, each, brush, weights=weights) for each in (pixels, changed))
    # Some rows see across the border; those far above it only by the statistics.
    counted = np.abs(first[:20] - second[:20]).max()
    free = np.abs(paint_picture(generator, pixels, brush)[:20] - paint_picture(generator, changed, brush)[:20]).max()
    assert counted < 0.3 * free


def test_tiles_of_other_sizes_than_the_network_can_take_are_refused(generator, brush):
    with pytest.raises(ValueError, match="multiple of 4, got 30"):
        paint_picture(generator, picture(32, 32), brush, tile_size=30)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 20), (8, 8)])
def test_the_smallest_pictures_can_be_painted(generator, brush, height, width):
    painted = paint_picture(generator, picture(height, width), brush)
    assert painted.shape == (height, width, 3)
    assert np.isfinite(painted).all()


def test_progress_counts_tiles_is_told_within_them_and_ends_the_work_by_what_it_raises(generator, brush):
    told = []
    paint_picture(generator, picture(64, 40), brush, tile_size=32, progress=lambda *step: told.append(step))
    assert sorted(set(told)) == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert told == sorted(told)
    assert told.count((2, 4)) > 10  # in each layer
    told.clear()
    paint_picture(generator, picture(64, 40), brush, progress=lambda *step: told.append(step))
    assert set(told) == {(0, 1), (1, 1)}, "one tile, painted while it is measured"

    def stop(done: int, _total: int) -> None:
        if done == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        paint_picture(generator, picture(64, 40), brush, tile_size=32, progress=stop)


def test_one_tile_is_painted_by_its_own_measured_statistics(generator, brush):
    pixels = picture(64, 40)
    place = painting.Place(0, 0, 64, 40)
    with torch.inference_mode():
        _, statistics = painting._measured(generator, pixels, brush, None)
        context = painting.ForwardContext(brush.modulation, fixed=statistics)
        again = generator.paint(*painting._inputs(generator, pixels, [place], brush.seed), context)
    expected = again[0].clamp(0, 1).movedim(0, -1).numpy()
    np.testing.assert_allclose(paint_picture(generator, pixels, brush), expected, atol=1e-5)
