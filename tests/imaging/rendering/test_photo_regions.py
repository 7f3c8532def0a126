"""Tables for ground and skin: every renderer gives what the definition says, with clean edges."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering import strips
from portrait_atelier.core.imaging.rendering.look import Look, Window, table_shape
from portrait_atelier.core.imaging.rendering.look_tensors import apply_look, region_tensors_of, tensors_of
from portrait_atelier.core.imaging.rendering.photo_regions import NUM_REGIONS, SKIN, SUBJECT, PhotoRegions
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Detail, Grain, Texture
from portrait_atelier.core.networks.regions import REGIONS
from rendering import DTYPES, half_maps, limit_of, random_look, random_photo, use_back_end

BACK_ENDS = ("kernel", "numpy", "torch")
SIZE = (90, 160)


def table_of(red: float, green: float, blue: float) -> np.ndarray:
    """A table that adds the same to every color."""
    return np.broadcast_to(np.float32([red, green, blue]), table_shape()).copy()


def looks() -> dict[str, Look]:
    ground, skin = (random_look(seed, 0.1).table for seed in (5, 6))
    plain = random_look(1, 0.1)
    return {
        "ground": replace(plain, ground=ground),
        "skin": replace(plain, skin=skin),
        "both": replace(plain, ground=ground, skin=skin),
        "no grid": replace(random_look(1, 0.1, grid=False), ground=ground, skin=skin),
    }


def regions_of(look: Look, pixels: np.ndarray) -> PhotoRegions:
    floats = (pixels / limit_of(pixels.dtype.type)).astype(np.float32).clip(0, 1)
    return PhotoRegions.of(look, half_maps(), cv2.resize(floats, (80, 45), interpolation=cv2.INTER_AREA), SIZE)


def wanted(pixels: np.ndarray, look: Look, regions: PhotoRegions, strength: float, mask: np.ndarray) -> np.ndarray:
    """The definition, not rounded to the depth."""
    limit = limit_of(pixels.dtype.type)
    floats = (pixels / limit).astype(np.float32)
    image, weight = torch.from_numpy(floats).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None]
    apart = region_tensors_of(look, regions.weights(floats, 0))
    found = apply_look(image, *tensors_of(look), strength=strength, mask=weight, regions=apart)
    return found[0].permute(1, 2, 0).numpy() * limit


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", looks())
def test_every_renderer_gives_what_the_definition_says(
    back_end: str, dtype: type, name: str, monkeypatch: pytest.MonkeyPatch
):
    use_back_end(back_end, monkeypatch)
    pixels, look = random_photo(*SIZE, dtype), looks()[name]
    mask = np.random.default_rng(0).random(SIZE, np.float32).round(1)
    regions = regions_of(look, pixels)
    found = render(pixels, look, strength=1.2, mask=mask, regions=regions, dither=False)
    expected = wanted(pixels, look, regions, 1.2, mask)
    if dtype != np.float32:
        expected = expected.clip(0, limit_of(dtype))
    assert np.abs(found - expected).max() <= (2e-5 if dtype == np.float32 else 0.51 + limit_of(dtype) * 2e-5)
    np.testing.assert_array_equal(found[mask == 0], pixels[mask == 0])


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_tiles_equal_the_whole(back_end: str, monkeypatch: pytest.MonkeyPatch):
    use_back_end(back_end, monkeypatch)
    pixels, look = random_photo(*SIZE), looks()["both"]
    regions = regions_of(look, pixels)
    whole = render(pixels, look, regions=regions)
    tiles = np.zeros_like(pixels)
    for rows in (slice(0, 31), slice(31, 90)):
        window = Window(rows.start, 0, *SIZE)
        tiles[rows] = render(pixels[rows], look, window=window, regions=regions)
    np.testing.assert_array_equal(tiles, whole)
    part = render(pixels[10:50, 20:90], look, window=Window(10, 20, *SIZE), regions=regions)
    np.testing.assert_allclose(part, whole[10:50, 20:90], atol=2e-5)


def test_regions_are_in_the_order_of_the_network():
    assert (len(REGIONS), REGIONS[SUBJECT], REGIONS[SKIN]) == (NUM_REGIONS, "subject", "skin")


def test_only_what_the_look_asks_for_is_refined():
    pixels = random_photo(*SIZE).clip(0, 1)
    soft = Texture(Detail.of(skin=(0.5, 1, 1, 1), other=(1, 1, 1, 1)))
    asked = {
        "ground": (looks()["ground"], True, False),
        "skin": (looks()["skin"], False, True),
        "texture": (replace(Look.identity(), texture=soft), False, True),
        "nothing": (random_look(1), False, False),
    }
    for name, (look, subject, skin) in asked.items():
        found = regions_of(look, pixels)
        assert (found.subject is not None, found.skin is not None) == (subject, skin), name
        assert look.needs_regions == (subject or skin), name
    with pytest.raises(ValueError, match=r"regions must be \(5, h, w\), got shape \(4, 2, 2\)"):
        PhotoRegions.of(looks()["ground"], np.zeros((4, 2, 2), np.float32), pixels, SIZE)


def test_without_regions_a_look_is_its_table():
    pixels, look = random_photo(*SIZE, np.uint8), looks()["both"]
    plain = replace(look, ground=None, skin=None)
    np.testing.assert_array_equal(render(pixels, look), render(pixels, plain))
    styled = restyle_photo(Photo(pixels=pixels), look).pixels
    np.testing.assert_array_equal(styled, restyle_photo(Photo(pixels=pixels), plain).pixels)


def test_regions_change_nothing_for_a_look_that_does_not_ask_for_them():
    pixels, look = random_photo(*SIZE, np.uint8), random_look(1)
    found = restyle_photo(Photo(pixels=pixels), look, regions=half_maps()).pixels
    np.testing.assert_array_equal(found, restyle_photo(Photo(pixels=pixels), look).pixels)


@pytest.mark.parametrize("by", ["kernel", "numpy"])
@pytest.mark.parametrize("gray", [False, True])
def test_each_region_gets_its_table_up_to_the_edge(by: str, gray: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strips, "is_kernel_worth_it", lambda _num_pixels: by == "kernel")
    step = np.full((400, 800, 3), 0.3, np.float32)
    step[:, :400] = 0.6
    step += np.random.default_rng(0).normal(0, 0.004, (*step.shape[:2], 1)).astype(np.float32)
    look = replace(Look.identity(), table=table_of(0.1, 0.1, 0.1), ground=table_of(-0.1, -0.1, -0.1))
    photo = Photo(pixels=step[..., 0].copy() if gray else step)
    soft = cv2.GaussianBlur(half_maps(80, 80).transpose(1, 2, 0), (0, 0), 1.0).transpose(
        2, 0, 1
    )  # as networks draw edges
    change = restyle_photo(photo, look, regions=soft).pixels - photo.pixels
    change = change if gray else change[..., 0]
    np.testing.assert_allclose(change[:, :350], 0.1, atol=0.005)
    np.testing.assert_allclose(change[:, 450:], -0.1, atol=0.005)
    columns = change.mean(0)
    assert columns[:400].min() > 0.06
    assert columns[400:].max() < -0.06
    assert np.abs(change).max() < 0.105  # no halo on either side


def test_skin_is_told_from_the_rest_by_texture_and_table_alike():
    pixels = np.full((200, 400, 3), 0.5, np.float32)
    noise = np.random.default_rng(0).normal(0, 0.01, (200, 400, 1)).astype(np.float32)
    texture = Texture(Detail.of(skin=(0.5, 0.5, 1, 1), other=(1, 1, 1, 1)))
    look = replace(Look.identity(), skin=table_of(0.1, 0, 0), texture=texture)
    photo = Photo(pixels=pixels + noise)
    found = restyle_photo(photo, look, regions=half_maps()).pixels
    skin, rest = (slice(20, 60), slice(20, 150)), (slice(130, 180), slice(260, 380))
    assert found[skin][..., 0].mean() == pytest.approx(0.6, abs=0.01)
    assert found[skin][..., 1].std() < 0.8 * photo.pixels[skin][..., 1].std()
    np.testing.assert_allclose(found[rest], photo.pixels[rest], atol=1e-4)


def test_ground_and_grain_go_together_in_every_depth():
    look = replace(looks()["both"], texture=Texture(grain=Grain(np.full(5, 0.02, np.float32), 1 / 300)))
    for dtype in DTYPES:
        pixels = random_photo(*SIZE, dtype)
        found = restyle_photo(Photo(pixels=pixels), look, regions=half_maps()).pixels
        assert (found.shape, found.dtype) == (pixels.shape, dtype)
        assert (found != pixels).mean() > 0.8
