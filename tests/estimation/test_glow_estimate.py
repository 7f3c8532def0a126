"""Glow read off finished photos: what was put there is found, and nothing where nothing is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from portrait_atelier.core.estimation.glow_estimate import GlowSample, glow_of, sample_glow
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Glow, Grain, Texture

GRAIN = Grain(np.full(5, 0.025, np.float32), 1 / 400)


def sample(seed: int, *glows: Glow, grain: Grain | None = None) -> GlowSample | None:
    """White shapes before uneven darkness, under glows and grain."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0.05, 0.4, (5, 6, 3)).astype(np.float32)
    pixels = cv2.resize(coarse, (512, 400), interpolation=cv2.INTER_CUBIC).clip(0.03, 0.5)
    for _ in range(4):
        center = (int(rng.integers(40, 470)), int(rng.integers(40, 360)))
        cv2.circle(pixels, center, int(rng.integers(12, 45)), (0.97, 0.97, 0.97), -1, cv2.LINE_AA)
    pixels = pixels + rng.normal(0, 0.004, pixels.shape).astype(np.float32)
    photo = Photo(pixels=(pixels.clip(0, 1) * 255).round().astype(np.uint8))
    done = restyle_photo(photo, replace(Look.identity(), texture=Texture(None, glows, grain, seed))).pixels
    return sample_glow(done.astype(np.float32) / 255, is_grainy=grain is not None)


def found_in(*glows: Glow, grain: Grain | None = None) -> tuple[Glow, ...]:
    samples = [sample(seed, *glows, grain=grain) for seed in range(6)]
    return glow_of([part for part in samples if part is not None])


def shining(threshold: float) -> float:
    """The share of the light of the white shapes that glows."""
    part = min(1.0, max(0.0, (0.97 - threshold) / 0.1))
    return part * part * (3 - 2 * part)


@pytest.mark.parametrize("radius", [1 / 120, 1 / 40])
def test_radius_amount_and_color_are_found(radius):
    (found,) = found_in(Glow(0.8, radius, 0.2, np.array([1, 0.6, 0.3], np.float32)))
    assert found.radius == pytest.approx(radius, rel=0.3)
    # A higher threshold with a larger amount is the same glow, since all that shines is equally bright.
    assert found.amount * shining(found.threshold) == pytest.approx(0.2 * shining(0.8), rel=0.35)
    np.testing.assert_allclose(found.color, [1, 0.6, 0.3], atol=0.15)


@pytest.mark.parametrize("radius", [1 / 120, 1 / 40])
def test_glow_is_found_under_grain(radius):
    (found,) = found_in(Glow(0.8, radius, 0.2, np.array([1, 0.6, 0.3], np.float32)), grain=GRAIN)
    assert found.radius == pytest.approx(radius, rel=0.3)
    assert found.amount * shining(found.threshold) == pytest.approx(0.2 * shining(0.8), rel=0.35)
    np.testing.assert_allclose(found.color, [1, 0.6, 0.3], atol=0.2)


@pytest.mark.parametrize("grain", [None, GRAIN])
def test_photos_without_glow_have_none(grain):
    assert found_in(grain=grain) == ()


def test_few_photos_and_those_without_highlights_tell_nothing():
    glow = Glow(0.8, 1 / 40, 0.2, np.ones(3, np.float32))
    samples = [sample(seed, glow) for seed in range(3)]
    assert glow_of([part for part in samples if part is not None]) == ()
    assert sample_glow(np.full((400, 512, 3), 0.3, np.float32)) is None
