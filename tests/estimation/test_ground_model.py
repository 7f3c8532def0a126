"""The ground network in numpy, and the looks it makes."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.estimation import ground_model
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.ground_model import GroundModel, load_ground_model
from portrait_atelier.core.estimation.set_model import SetModel, load_set_model
from portrait_atelier.core.networks.ground_network import GroundNetwork, tokens_alone
from portrait_atelier.core.networks.set_network import SetNetwork
from portrait_atelier.core.networks.set_statistics import set_moments
from portrait_atelier.core.networks.token_layout import GROUND_PARTS, REGIONS
from portrait_atelier.core.networks.transports import SetMoments
from portrait_atelier.core.pretraining.look.cases import Batch
from portrait_atelier.core.pretraining.look.ground_trainer import GroundPretrainer, GroundSettings
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


def _numbers(moments: SetMoments) -> dict[str, np.ndarray]:
    return {f"prior.{name}": value.numpy() for name, value in vars(moments).items()}


def _arrays(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("own", [False, True])
def test_numpy_computes_what_the_network_computes(own: bool):
    rng, base, network = np.random.default_rng(1), SetNetwork(), GroundNetwork()
    _random(base), _random(network)
    style, content = _colors(rng, 4, 96), _colors(rng, 1, 200)
    untouched = _colors(rng, 3, 64) if own else None
    people = torch.from_numpy(_colors(rng, 6, 64).tokens)
    prior, *alone = (set_moments(found[None]) for found in (people, *(tokens_alone(people, part) for part in (0, 1))))
    model = SetModel(_arrays(base) | _numbers(prior))
    of_parts = {
        f"{name}.{key}": value
        for name, of in zip(GROUND_PARTS, alone, strict=True)
        for key, value in _numbers(of).items()
    }
    model.__dict__["ground"] = GroundModel(_arrays(network) | of_parts | {"typical": np.zeros(64, np.float32)})
    colors = rng.uniform(5, 90, (50, 3)).astype(np.float32)

    tokens = [None if part is None else torch.from_numpy(part.tokens)[None] for part in (style, content, untouched)]
    trainer = GroundPretrainer(GroundSettings(), base, prior, alone)
    batch = Batch(tokens[0], tokens[2], tokens[1], *[torch.zeros(1, 1, 12)] * 3, torch.zeros(1, dtype=torch.bool))
    with torch.no_grad():
        context, statistics, mapped, of_alone = trainer.mapped(batch, torch.from_numpy(colors)[None])
        encoded = network.context(context, statistics, *tokens)
        expected = network.colors(encoded, statistics, torch.from_numpy(colors)[None], mapped, of_alone)[0]

    reading = model.read_style(style, untouched)
    found_content = model.read_content(content.tokens[0], np.zeros((16, 16, 2), np.float32))
    pair = model.context(reading, found_content)
    gate = model.gate(reading, found_content, pair)
    assert gate is not None
    np.testing.assert_allclose(gate.encoded, encoded[0].numpy(), rtol=2e-3, atol=3e-3)
    for model_alone, found, part in zip(model.alone, gate.alone, of_alone[0].unbind(1), strict=True):
        np.testing.assert_allclose(model_alone.transport_colors(found, colors), part.numpy(), rtol=2e-3, atol=2e-2)
    base_colors = model.transport_colors(pair, colors)
    colors_alone = np.stack([part.numpy() for part in of_alone[0].unbind(1)], 1)
    result = model.ground.colors(gate.encoded, gate.sets, colors, base_colors, colors_alone)  # (2, Q, 3)
    np.testing.assert_allclose(result, expected.permute(1, 0, 2).numpy(), rtol=3e-3, atol=2e-2)


def test_photo_facts_tell_a_ground_without_color():
    rng, regions = np.random.default_rng(2), np.zeros((3, 200, 6), np.float32)
    regions[..., -1] = 1  # known
    regions[:, :100, 0] = 1  # the first half is the subject
    lab = rng.normal((60, 12, 15), (10, 6, 5), (3, 200, 3))
    lab[:, 100:, 1:] = 0
    tokens = np.concatenate([lab, np.full((3, 200, 3), 0.5), regions], -1).astype(np.float32)
    facts = ground_model.photo_facts(tokens, np.ones(3, np.float32))
    subject, ground = facts[7:10] * 4, facts[10:13] * 4  # logarithms of variances of L, a, b
    np.testing.assert_allclose(subject, np.log([100, 36, 25]), atol=0.3)
    np.testing.assert_allclose(ground, [np.log(100), np.log(0.05), np.log(0.05)], atol=0.3)


@pytest.mark.parametrize("part", [0, 1])
def test_a_part_alone_has_the_colors_of_nothing_else(part: int):
    rng = np.random.default_rng(4)
    photos = _colors(rng, 3, 300)
    assert photos.regions is not None
    shares = np.where(np.arange(300) % 3 == 0, rng.integers(150, 256, (3, 300)), rng.integers(0, 100, (3, 300)))
    photos.regions[..., 0] = shares  # a third is the subject
    alone = photos.alone(part)
    assert alone.colors.shape == (3, 256, 3)
    assert ((alone.tokens[..., REGIONS][..., 0] > 0.5) == (part == 0)).all()
    torch.testing.assert_close(torch.from_numpy(alone.tokens), tokens_alone(torch.from_numpy(photos.tokens), part))


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
