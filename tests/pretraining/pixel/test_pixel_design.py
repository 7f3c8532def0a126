"""Pixel styles designed as painters: described, fitted, the same every time."""

import json

import numpy as np
from pixel_material import lively_model, picture
from portrait_atelier.core.pretraining.pixel.design import DesignSettings, design_pixel_style
from portrait_atelier.core.pretraining.pixel.painters import Linocut, Stipple
from portrait_atelier.core.styles.style_file import style_hash

PHOTO = (picture(96, 96) * 255).astype(np.uint8)
UNFITTED = DesignSettings(num_steps=0)


def test_a_description_alone_gives_a_code_of_its_own():
    model = lively_model()
    first, second = (
        design_pixel_style(painter, "cut", [PHOTO], UNFITTED, model=model) for painter in (Linocut(), Stipple())
    )
    assert first.pixel is not None
    assert second.pixel is not None
    assert first.pixel.delta is None
    assert np.abs(first.pixel.code - second.pixel.code).mean() > 0.05
    assert json.loads(json.dumps(dict(first.settings)))["painter"] == "Linocut"


def test_fitting_is_the_same_every_time_and_moves_the_style():
    settings = DesignSettings(num_steps=2, crop_size=32)
    first, second = (design_pixel_style(Linocut(), "cut", [PHOTO], settings, model=lively_model()) for _ in range(2))
    assert style_hash(first) == style_hash(second)
    start = design_pixel_style(Linocut(), "cut", [PHOTO], UNFITTED, model=lively_model())
    assert style_hash(first) != style_hash(start)
