import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.pretraining.designed.local_light import Light, grid_of, light_field
from rendering import defined

EVERYWHERE = {"shape": "surround", "size": (0.001, 0.001)}


def lit(value: float | tuple[float, float, float], *lights: Light) -> np.ndarray:
    """A flat picture of 16 x 16 in that light: (16, 16, 3)."""
    photo = np.broadcast_to(np.float32(value), (16, 16, 3)).copy()
    return defined(photo, Look(Look.identity().table, grid_of(lights)))


def test_no_light_is_no_grid():
    assert not grid_of(()).any()


def test_fields_lie_where_they_are_put():
    pool = light_field(Light("pool", center=(0.2, 0.7), size=(0.2, 0.2)))
    assert divmod(int(pool.argmax()), 16) == (10, 2) or divmod(int(pool.argmax()), 16) == (11, 3)
    surround = light_field(Light("surround", center=(0.5, 0.5), size=(0.5, 0.5), softness=0.5))
    assert surround[8, 8] == 0
    assert surround[0, 0] == 1
    side = light_field(Light("side", angle=180))
    assert (side[:, 0] > 0.99).all()
    assert (np.diff(side, axis=1) < 0).all()
    assert light_field(Light("side", angle=90))[0, 8] > light_field(Light("side", angle=90))[15, 8]


def test_one_stop_down_scales_every_tone_alike():
    for tone in (0.1, 0.5, 1.0):
        assert np.allclose(lit(tone, Light(stops=-1.0, **EVERYWHERE)), tone * 2 ** (-1 / 2.2))


def test_brightening_spares_black_and_white():
    light = Light(stops=1.0, **EVERYWHERE)
    assert np.allclose(lit(1.0, light), 1.0)
    assert np.allclose(lit(0.0, light), 0.0)
    assert lit(0.5, light).min() > 0.55


def test_warmth_moves_red_against_blue():
    red, green, blue = lit(0.5, Light(warmth=0.4, **EVERYWHERE))[8, 8]
    assert red > green > blue


def test_saturation_taken_leaves_the_luma():
    faded = lit((0.8, 0.5, 0.4), Light(saturation=-1.0, **EVERYWHERE))
    luma = 0.2126 * 0.8 + 0.7152 * 0.5 + 0.0722 * 0.4
    assert np.allclose(faded, luma, atol=1e-5)


def test_tones_choose_what_is_lit():
    burn = Light(stops=-1.0, tones=(0.0, 0.0, 1.0), **EVERYWHERE)
    assert np.allclose(lit(1.0, burn), 2 ** (-1 / 2.2))
    assert np.allclose(lit(0.0, burn), 0.0)
    assert lit(0.2, burn).min() > 0.195


def test_balanced_lights_leave_no_edge():
    lights = (Light("pool", stops=0.6), Light("surround", stops=-0.8, size=(0.8, 0.8)))
    red = lit(0.85, *lights)[..., 0]
    assert np.abs(np.diff(red, n=2, axis=1)).max() < 0.012


def test_impossible_lights_are_refused():
    with pytest.raises(ValueError, match="shape must be one of pool, surround, side"):
        Light("spot")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="size must be positive"):
        Light("pool", size=(0.0, 1.0))
