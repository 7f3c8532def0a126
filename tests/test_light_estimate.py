"""Light in places, estimated in closed form from photos of made-up people whose light is known."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.imaging.look_tensors import apply_grid
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.styles.adapted_look import gather_evidence
from portrait_atelier.core.styles.content import Content
from portrait_atelier.core.styles.light_estimate import estimate_stops, light_grid
from portrait_atelier.core.styles.local_light import Light, grid_of, grid_of_stops, light_field
from portrait_atelier.core.styles.places import PlaceEvidence, mean_places
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.portraits import load_portraits
from portrait_atelier.core.styles.transport import LabMap, map_of_evidence

VIGNETTE = Light("surround", -1.0, (0.5, 0.5), (0.7, 0.7), softness=0.8)
SHADE_RIGHT = Light("side", -1.0, angle=0)


def _people(count: int, seed: int) -> np.ndarray:
    """(count, 32, 32, 3): people whom nobody photographed, drawn from the statistics that ship."""
    return load_portraits().draw(np.random.default_rng(seed), count)


def _lit(photos: np.ndarray, light: Light) -> np.ndarray:
    grid = torch.from_numpy(grid_of((light,))).expand(len(photos), -1, -1, -1, -1, -1)
    return apply_grid(torch.from_numpy(photos).movedim(-1, 1), grid).clamp(0, 1).movedim(1, -1).numpy()


def _seen(style: np.ndarray, own: np.ndarray | None = None) -> tuple[PlaceEvidence, LabMap]:
    proxies, untouched = ([Proxy.opaque(photo) for photo in photos] for photos in (style, () if own is None else own))
    neutral = measure_population(untouched) if untouched else None
    colors = gather_evidence(measure_population(proxies), Content.mean_portrait(), neutral)
    places = PlaceEvidence(colors, mean_places(list(style)), own=None if own is None else mean_places(list(own)))
    return places, map_of_evidence(colors)


def _stops(style: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    return estimate_stops(*_seen(style, own))


def _truth(light: Light) -> np.ndarray:
    field = light.stops * light_field(light)
    return field - field.mean()


def _share(found: np.ndarray, light: Light) -> float:
    """How much of a light is found: 1 all of it."""
    return float((found * _truth(light)).sum() / (_truth(light) ** 2).sum())


def _error(found: np.ndarray, light: Light) -> float:
    """What is wrong, as a part of the light."""
    return float((found - _truth(light)).std() / _truth(light).std())


@pytest.mark.parametrize("light", [VIGNETTE, SHADE_RIGHT])
@pytest.mark.parametrize("seed", [0, 1])
def test_light_is_found_in_photos_of_many_people(light: Light, seed: int):
    stops = _stops(_lit(_people(60, seed), light))
    assert stops.shape == (16, 16)
    assert stops.dtype == np.float32
    assert _error(stops, light) < 0.35
    assert 0.65 < _share(stops, light) < 1.2


def test_a_vignette_is_dark_in_all_corners_and_bright_in_the_middle():
    stops = _stops(_lit(_people(60, 0), VIGNETTE))
    assert max(stops[0, 0], stops[0, -1], stops[-1, 0], stops[-1, -1]) < -0.2
    assert stops[7:9, 7:9].min() > 0.2


def test_the_side_that_shade_lies_on_is_told():
    stops = _stops(_lit(_people(60, 0), SHADE_RIGHT))
    assert stops[:, :4].mean() > 0.2 > -0.2 > stops[:, -4:].mean()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_light_is_found_where_there_is_none(seed: int):
    assert np.abs(_stops(_people(60, seed))).max() < 0.02


@pytest.mark.parametrize("count", [1, 5, 40])
def test_what_some_places_gain_others_lose(count: int):
    assert _stops(_lit(_people(count, 0), VIGNETTE)).mean() == pytest.approx(0, abs=1e-6)


def test_few_photos_say_less_than_many():
    few, some, many = (
        np.mean([_share(_stops(_lit(_people(count, seed), VIGNETTE)), VIGNETTE) for seed in range(3)])
        for count in (4, 16, 100)
    )
    assert 0 <= few < 0.5 < some
    assert few < many < 1.1
    assert many > 0.75


@pytest.mark.parametrize("seed", [0, 1])
def test_own_untouched_photos_help_where_photos_are_not_many(seed: int):
    style, own = _lit(_people(16, seed), VIGNETTE), _people(40, seed + 10)
    assert _error(_stops(style, own), VIGNETTE) < 0.4
    assert np.abs(_stops(_people(40, seed), own)).max() < 0.05


def test_light_that_untouched_photos_have_too_is_no_part_of_the_style():
    style, own = _lit(_people(40, 0), VIGNETTE), _lit(_people(40, 10), VIGNETTE)
    # The shipped statistics keep a part of their say: 15 photos' against 40.
    assert _share(_stops(style, own), VIGNETTE) < 0.4 < _share(_stops(style), VIGNETTE)


def test_the_grid_is_that_of_the_stops():
    seen = _seen(_lit(_people(10, 0), VIGNETTE))
    assert np.array_equal(light_grid(*seen), grid_of_stops(estimate_stops(*seen)))
