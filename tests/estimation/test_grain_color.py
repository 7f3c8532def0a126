"""The share of color of grain: none of gray grain, and what was put there, also where a file keeps less color."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from portrait_atelier.core.estimation.grain_color import color_ratio, color_share
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Grain, Texture


def grainy(color: float) -> np.ndarray:
    tones = np.linspace(0.2, 0.8, 1000, dtype=np.float32)
    plain = np.repeat(np.broadcast_to(tones, (700, 1000))[..., None] * 255, 3, -1).astype(np.uint8)
    grain = Grain(np.full(5, 0.025, np.float32), 1 / 700, 0.0, color)
    look = replace(Look.identity(), texture=Texture(grain=grain))
    return restyle_photo(Photo(pixels=np.ascontiguousarray(plain)), look).pixels


@pytest.mark.parametrize("color", [0.0, 0.3, 0.7])
def test_the_share_is_found(color):
    ratio = color_ratio(grainy(color).astype(np.float32) / 255)
    assert ratio is not None
    assert color_share([ratio]) == pytest.approx(color, abs=0.08)


def test_subsampled_color_is_accounted_for():
    parameters = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    data = cv2.imencode(".jpg", grainy(0.4)[..., ::-1], parameters)[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    ratio = color_ratio(np.ascontiguousarray(decoded[..., ::-1], np.float32) / 255, subsampling=2)
    assert ratio is not None
    assert color_share([ratio]) == pytest.approx(0.4, abs=0.15)


def test_little_to_look_at_says_nothing():
    assert color_ratio(np.zeros((64, 64, 3), np.float32)) is None
    assert color_share([]) == 0
