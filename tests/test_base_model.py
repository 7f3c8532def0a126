"""The base model in use."""

from pathlib import Path

import numpy as np
import pytest
import torch
from base_material import made_up_people
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.networks.generator import LookGenerator
from portrait_atelier.core.styles.base_model import BaseModel
from portrait_atelier.core.styles.candidates import Evidence
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.table import MAX_SLOPE, largest_slopes, node_colors
from portrait_atelier.core.styles.transport import look_of_evidence
from safetensors.torch import save


def _photos(count: int) -> list[Proxy]:
    return [Proxy.opaque(photo.astype(np.float32) / 255) for photo in made_up_people((count,)).small]


def _evidence(photos: list[Proxy]) -> Evidence:
    neutral = made_up_people((12,)).people.neutral()
    style, content = measure_population(photos[1:]), measure_population(photos[:1])
    return Evidence(style, style.weights, neutral, neutral.weights, content)


def _generator(*, moved: bool) -> LookGenerator:
    torch.manual_seed(0)
    generator = LookGenerator(num_evidence=386).eval()
    if moved:
        torch.nn.init.normal_(generator.table_head.weight, std=0.3)
        torch.nn.init.normal_(generator.grid_head.weight, std=0.3)
    return generator


def test_an_untrained_generator_gives_the_closed_form():
    photos = _photos(5)
    evidence, model = _evidence(photos), BaseModel(_generator(moved=False))
    look, start = model.look(evidence, model.style_code(photos[1:]), photos[0]), look_of_evidence(evidence)
    assert torch.allclose(look.table, start.table, atol=0.02)  # calmed twice
    assert not look.has_grid


def test_looks_stay_calm_whatever_the_generator_says():
    photos, model = _photos(5), BaseModel(_generator(moved=True))
    look = model.look(_evidence(photos), model.style_code(photos[1:]), photos[0])
    assert largest_slopes(look.table.numpy() + node_colors()).max() < 1.1 * MAX_SLOPE
    assert look.has_grid


def test_noise_gives_another_print_and_none_the_same():
    photos, model = _photos(5), BaseModel(_generator(moved=True))
    evidence, code = _evidence(photos), model.style_code(photos[1:])
    first, second = (model.look(evidence, code, photos[0]) for _ in range(2))
    other = model.look(evidence, code, photos[0], z=np.ones_like(code))
    assert torch.equal(first.table, second.table)
    assert not torch.equal(first.table, other.table)


def test_the_order_of_photos_does_not_matter():
    photos, model = _photos(6), BaseModel(_generator(moved=False))
    np.testing.assert_allclose(model.style_code(photos), model.style_code(photos[::-1]), atol=1e-5)


def test_weights_are_read_in_half_precision_too(tmp_path: Path):
    generator = _generator(moved=True)
    for name, kind in (("whole", torch.float32), ("half", torch.float16)):
        (tmp_path / name).write_bytes(save({k: v.to(kind).contiguous() for k, v in generator.state_dict().items()}))
    photos = _photos(3)
    whole, half = (BaseModel.read(tmp_path / name).style_code(photos) for name in ("whole", "half"))
    np.testing.assert_allclose(whole, half, atol=1e-2)


def test_something_else_is_refused(tmp_path: Path):
    (tmp_path / "base.safetensors").write_bytes(b"nothing")
    with pytest.raises(AtelierError, match="the base model cannot be read"):
        BaseModel.read(tmp_path / "base.safetensors")
    with pytest.raises(AtelierError, match="the base model cannot be read"):
        BaseModel.read(tmp_path / "missing.safetensors")
