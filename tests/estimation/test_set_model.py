import numpy as np
import pytest
import torch
from portrait_atelier.core.color.lab import lab_to_srgb
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.set_model import SetModel
from portrait_atelier.core.networks.set_network import SetNetwork
from portrait_atelier.core.networks.set_statistics import pair_statistics, set_moments


def _color_set(
    rng: np.random.Generator, photos: int, colors: int, *, gray: bool = False, marks: bool = True
) -> ColorSet:
    base = rng.uniform(20, 230, (photos, 1, 3)) + rng.normal(0, 35, (photos, colors, 3))
    values = np.repeat(base[..., :1], 3, -1) if gray else base
    places = rng.integers(0, 256, (photos, colors, 2), np.uint8) if marks else None
    regions = rng.integers(0, 256, (photos, colors, 5), np.uint8) if marks else None
    return ColorSet(values.clip(0, 255).astype(np.uint8), np.ones(photos, np.float32), places, regions)


def _network() -> SetNetwork:
    torch.manual_seed(0)
    network = SetNetwork().eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5 if parameter.ndim > 1 else 0.05)
    return network


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("marks", [False, True])
def test_numpy_computes_what_the_network_computes(own: bool, gray: bool, marks: bool):
    rng, network = np.random.default_rng(1), _network()
    style, content = _color_set(rng, 4, 96, gray=gray, marks=marks), _color_set(rng, 1, 200)
    untouched = _color_set(rng, 3, 64) if own else None
    people = torch.from_numpy(_color_set(rng, 6, 64).tokens)
    prior = set_moments(people[None])
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    arrays |= {f"prior.{name}": getattr(prior, name).numpy() for name in ("all", "regions", "histograms")}
    model = SetModel(arrays)
    z, colors = rng.normal(size=4).astype(np.float32), rng.uniform(0, 90, (50, 3)).astype(np.float32)

    tensors = [None if part is None else torch.from_numpy(part.tokens)[None] for part in (style, content, untouched)]
    statistics = pair_statistics(tensors[0], tensors[1], prior, tensors[2])
    with torch.no_grad():
        context = network.context(tensors[0], tensors[1], statistics, tensors[2])
        transported_lab = network.transport_colors(context, torch.from_numpy(colors)[None], torch.from_numpy(z)[None])[
            0
        ]
        expected = [transported_lab, network.light(context)[0], network.expected_error(context)]

    found = model.context(
        model.read_style(style, untouched), model.read_content(content.tokens[0], np.zeros((16, 16, 2), np.float32))
    )
    results = [model.transport_colors(found, colors, z), model.light(found), np.array([model.expected_error(found)])]

    assert bool(statistics.is_monochrome[0]) == found.is_monochrome == gray
    for mine, theirs in zip(results, expected, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=2e-3, atol=5e-3)
    assert np.isfinite(lab_to_srgb(results[0])).all()
