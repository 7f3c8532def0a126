"""The base model in use."""

from pathlib import Path

import numpy as np
import pytest
import torch
from base_material import made_up_people
from generator_material import NUM_EVIDENCE, photos_of_people, random_base
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.networks.generator import LookGenerator
from portrait_atelier.core.networks.low_rank import LowRankDelta
from portrait_atelier.core.styles.base_model import BASE_FILE, MAX_CONTENTS, BaseModel, Start, load_base
from portrait_atelier.core.styles.candidates import Evidence
from portrait_atelier.core.styles.light_estimate import estimate_stops
from portrait_atelier.core.styles.local_light import grid_of_stops
from portrait_atelier.core.styles.places import PlaceEvidence, mean_places
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.portraits import square_pixels
from portrait_atelier.core.styles.table import MAX_SLOPE, largest_slopes, node_colors
from portrait_atelier.core.styles.transport import look_of_evidence, map_of_evidence
from safetensors.torch import save


def _evidence(photos: list[Proxy]) -> Evidence:
    neutral = made_up_people((12,)).people.neutral()
    style, content = measure_population(photos[1:]), measure_population(photos[:1])
    return Evidence(style, style.weights, neutral, neutral.weights, content)


def _start(photos: list[Proxy]) -> Start:
    """Of the first photo in the style of the others."""
    return Start.of(_evidence(photos), photos[:1], mean_places([photo.pixels for photo in photos[1:]]))


def test_a_start_is_the_closed_form_and_what_is_known_of_it():
    photos = photos_of_people(5)
    evidence, start = _evidence(photos), _start(photos)
    assert np.array_equal(start.table, look_of_evidence(evidence).table)
    assert start.evidence.shape == (1, NUM_EVIDENCE)
    carried, places = map_of_evidence(evidence), mean_places([photo.pixels for photo in photos[1:]])
    seen = PlaceEvidence(evidence, places, [square_pixels(photos[0].pixels)])
    np.testing.assert_array_equal(start.stops, estimate_stops(seen, carried))
    np.testing.assert_array_equal(start.places[0], seen.differences(carried))
    assert start.gray.tolist() == [False]
    gray = [Proxy.opaque(photo.pixels.mean(-1, keepdims=True).repeat(3, -1)) for photo in photos_of_people(5)]
    assert _start(gray).gray.tolist() == [True]


def test_an_untrained_generator_gives_the_closed_form():
    photos = photos_of_people(5)
    model = BaseModel(LookGenerator(num_evidence=NUM_EVIDENCE).eval())
    start = _start(photos)
    look = model.look(start, model.style_code(photos[1:]), model.maps_of(photos[:1]))
    assert np.allclose(look.table, start.table, atol=0.02)  # calmed twice
    assert np.array_equal(look.grid, grid_of_stops(start.stops.numpy()))  # the light of the closed form, nothing else
    assert look.has_grid


def test_own_untouched_photos_decide_the_light():
    photos = photos_of_people(5)
    own = mean_places([photo.pixels for photo in photos[1:]])
    plain = _start(photos)
    start = Start.of(_evidence(photos), photos[:1], own, own)
    assert not torch.equal(start.stops, plain.stops)
    assert torch.equal(start.places[:, :3], start.places[:, 3:])  # one idea of the untouched people, not two


def test_looks_stay_calm_whatever_the_generator_says():
    photos, model = photos_of_people(5), random_base(0.3)
    look = model.look(_start(photos), model.style_code(photos[1:]), model.maps_of(photos[:1]))
    assert largest_slopes(look.table + node_colors()).max() < 1.1 * MAX_SLOPE
    assert look.has_grid


def test_noise_gives_another_print_and_none_the_same():
    photos, model = photos_of_people(5), random_base()
    given = _start(photos), model.style_code(photos[1:]), model.maps_of(photos[:1])
    first, second = (model.look(*given) for _ in range(2))
    other = model.look(*given, z=np.ones_like(given[1]))
    assert np.array_equal(first.table, second.table)
    assert not np.array_equal(first.table, other.table)


def test_a_change_is_read_by_its_names():
    photos, model = photos_of_people(5), random_base()
    given = _start(photos), model.style_code(photos[1:]), model.maps_of(photos[:1])
    nothing = {name: value.numpy() for name, value in LowRankDelta(model.generator).state_dict().items()}
    plain = model.look(*given)
    assert np.array_equal(model.look(*given, delta=nothing).grid, plain.grid)
    something = {**nothing, "bias.grid_head": np.ones_like(nothing["bias.grid_head"])}
    assert not np.array_equal(model.look(*given, delta=something).grid, plain.grid)
    half = {name: value.astype(np.float16) for name, value in something.items()}
    np.testing.assert_allclose(
        model.look(*given, delta=half).grid, model.look(*given, delta=something).grid, atol=1e-3, rtol=0
    )


def test_the_order_of_photos_does_not_matter():
    photos, model = photos_of_people(6), random_base()
    np.testing.assert_allclose(model.style_code(photos), model.style_code(photos[::-1]), atol=1e-5)


def test_a_code_is_of_so_many_photos_spread_evenly():
    photos, model = photos_of_people(5), random_base()
    few = model.style_code(photos, most=3)
    assert (few == model.style_code([photos[0], photos[2], photos[4]])).all()
    assert not np.allclose(few, model.style_code(photos), atol=1e-5)


def test_a_series_is_seen_as_its_mean_and_nothing_as_the_mean_portrait():
    photos, model = photos_of_people(2), random_base()
    both = model.maps_of(photos)
    mean = (model.maps_of(photos[:1]) + model.maps_of(photos[1:])) / 2
    torch.testing.assert_close(both, mean)
    assert torch.equal(model.maps_of([])[0], model.generator.typical_maps)


def test_a_long_series_is_seen_by_some_of_it():
    photos, model = photos_of_people(2), random_base()
    series = photos[:1] * MAX_CONTENTS + photos[1:] * MAX_CONTENTS
    torch.testing.assert_close(model.maps_of(series), model.maps_of(photos), atol=1e-5, rtol=1e-4)


def test_weights_are_read_in_half_precision_too(tmp_path: Path):
    generator = random_base().generator
    for name, kind in (("whole", torch.float32), ("half", torch.float16)):
        (tmp_path / name).write_bytes(save({k: v.to(kind).contiguous() for k, v in generator.state_dict().items()}))
    photos = photos_of_people(3)
    whole, half = (BaseModel.read(tmp_path / name) for name in ("whole", "half"))
    np.testing.assert_allclose(whole.style_code(photos), half.style_code(photos), atol=1e-2)
    assert (len(whole.hash), len(half.hash)) == (16, 16)
    assert whole.hash != half.hash
    assert not any(parameter.requires_grad for parameter in whole.generator.parameters())


def test_something_else_is_refused(tmp_path: Path):
    (tmp_path / "base.safetensors").write_bytes(b"nothing")
    with pytest.raises(AtelierError, match="the base model cannot be read .*reinstall portrait-atelier"):
        BaseModel.read(tmp_path / "base.safetensors")
    with pytest.raises(AtelierError, match="the base model cannot be read"):
        BaseModel.read(tmp_path / "missing.safetensors")
    (tmp_path / "base.safetensors").write_bytes(save({"center": torch.zeros(NUM_EVIDENCE)}))
    with pytest.raises(AtelierError, match=r"base\.safetensors: the base model cannot be read .*Missing key"):
        BaseModel.read(tmp_path / "base.safetensors")


@pytest.mark.skipif(not BASE_FILE.exists(), reason="weights/base.safetensors is not there yet")
def test_the_shipped_base_model_gives_looks():
    photos, model = photos_of_people(5), load_base()
    assert len(model.generator.center) == NUM_EVIDENCE
    assert model.generator.typical_maps.any()
    look = model.look(_start(photos), model.style_code(photos[1:]), model.maps_of([]))
    assert np.isfinite(look.table).all()
    assert np.isfinite(look.grid).all()
