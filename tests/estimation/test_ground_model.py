"""The ground network in numpy, and the looks it makes."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.estimation import ground_model, set_readings
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.ground_model import GroundModel, load_ground_model
from portrait_atelier.core.estimation.set_model import SetModel, load_set_model
from portrait_atelier.core.networks.ground_network import GroundNetwork, region_statistics, with_base
from portrait_atelier.core.networks.set_network import SetNetwork
from portrait_atelier.core.networks.set_statistics import pair_statistics, set_moments
from torch import nn


def _colors(rng: np.random.Generator, photos: int, count: int, *, regions: bool = True) -> ColorSet:
    base = rng.uniform(20, 230, (photos, 1, 3)) + rng.normal(0, 35, (photos, count, 3))
    marks = rng.integers(0, 256, (photos, count, 5), np.uint8) if regions else None
    places = rng.integers(0, 256, (photos, count, 2), np.uint8)
    return ColorSet(base.clip(0, 255).astype(np.uint8), np.ones(photos, np.float32), places, marks)


def _random(network: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5 if parameter.ndim > 1 else 0.05)
    return network.eval()


def _arrays(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("own", [False, True])
def test_numpy_computes_what_the_network_computes(own: bool):
    rng, base, network = np.random.default_rng(1), SetNetwork(), GroundNetwork()
    _random(base), _random(network)
    style, content = _colors(rng, 4, 96), _colors(rng, 1, 200)
    untouched = _colors(rng, 3, 64) if own else None
    prior = set_moments(torch.from_numpy(_colors(rng, 6, 64).tokens)[None])
    parts = {f"prior.{name}": getattr(prior, name).numpy() for name in ("all", "regions", "histograms")}
    model = SetModel(_arrays(base) | parts)
    model.__dict__["ground"] = GroundModel(_arrays(network) | {"typical": np.zeros(64, np.float32)})
    colors = rng.uniform(5, 90, (50, 3)).astype(np.float32)

    tokens = [None if part is None else torch.from_numpy(part.tokens)[None] for part in (style, content, untouched)]
    with torch.no_grad():
        context = base.context(tokens[0], tokens[1], pair_statistics(tokens[0], tokens[1], prior, tokens[2]), tokens[2])
        statistics, means, of_style = region_statistics(tokens[0], tokens[1], prior, tokens[2])
        mapped = base.transport_colors(context, torch.cat([torch.from_numpy(colors)[None], means], 1))
        statistics = with_base(statistics, mapped[:, 50:], of_style)
        encoded = network.context(context, statistics, *tokens)
        expected = network.colors(encoded, statistics, torch.from_numpy(colors)[None], mapped[:, :50])[0]

    reading = model.read_style(style, untouched)
    found_content = model.read_content(content.tokens[0], np.zeros((16, 16, 2), np.float32))
    pair, sets = model.context(reading, found_content), set_readings.region_sets(reading, found_content)
    facts = sets.facts(model.transport_colors(pair, sets.means.astype(np.float32)))
    found = model.ground.encode(set_readings.ground_inputs(reading, pair), facts)
    np.testing.assert_allclose(found, encoded[0].numpy(), rtol=2e-3, atol=3e-3)
    base_colors = model.transport_colors(pair, colors)
    result = model.ground.colors(found, sets.transports(), colors, base_colors)  # (2, Q, 3)
    np.testing.assert_allclose(result, expected.permute(1, 0, 2).numpy(), rtol=3e-3, atol=2e-2)


def test_a_style_without_regions_has_one_table():
    rng, model = np.random.default_rng(0), load_set_model()
    style = model.read_style(_colors(rng, 4, 96, regions=False))
    content = model.read_content(_colors(rng, 1, 200).tokens[0], np.zeros((16, 16, 2), np.float32))
    assert model.look(style, content).ground is None


def test_a_closed_gate_leaves_the_look_as_it_was(monkeypatch: pytest.MonkeyPatch):
    rng, model = np.random.default_rng(0), load_set_model()
    style = model.read_style(_colors(rng, 8, 96))
    content = model.read_content(_colors(rng, 1, 200).tokens[0], np.zeros((16, 16, 2), np.float32))
    monkeypatch.setattr(GroundModel, "share", lambda self, encoded: 0.0)
    plain = model.look(style, content)
    monkeypatch.setattr(GroundModel, "share", lambda self, encoded: 0.5)
    half = model.look(style, content)
    monkeypatch.setattr(GroundModel, "share", lambda self, encoded: 1.0)
    full = model.look(style, content)
    assert plain.ground is None
    assert half.ground is not None
    assert full.ground is not None
    np.testing.assert_allclose(half.table, (plain.table + full.table) / 2, atol=1e-6)
    np.testing.assert_allclose(half.ground, (plain.table + full.ground) / 2, atol=1e-6)


def test_a_missing_file_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(ground_model, "weights_folder", lambda: tmp_path)
    load_ground_model.cache_clear()
    try:
        with pytest.raises(Exception, match=r"ground\.safetensors.*reinstall"):
            load_ground_model()
    finally:
        load_ground_model.cache_clear()
