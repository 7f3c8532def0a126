"""The adapter of the set network: the identity at first; the stored form does the same in numpy."""

import numpy as np
import torch
from learning_material import at_large, finished
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.estimation.adapter import StyleAdapter
from portrait_atelier.core.estimation.color_set import sample_colors
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.learning.look.contents import Contents, read_contents
from portrait_atelier.core.learning.look.material import torch_network
from portrait_atelier.core.networks.light import apply_light, light_maps
from portrait_atelier.core.networks.set_adapter import SetAdapter


def _contents() -> Contents:
    model = load_set_model()
    return read_contents(model, model.read_style(sample_colors(finished().proxies)), at_large().tokens[:3])


def _moved(adapter: SetAdapter) -> SetAdapter:
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for part in (adapter.up, adapter.bias):
            for value in part.values():
                value.add_(0.05 * torch.randn(value.shape, generator=random))
    return adapter


def test_it_changes_nothing_at_first_and_by_parts_afterwards():
    network, contents = torch_network(load_set_model()), _contents()
    adapter = SetAdapter(network, rank=3)
    before = adapter.restyled(network, contents.context, contents.tokens)
    _moved(adapter)
    none, half, whole = (
        adapter.restyled(network, contents.context, contents.tokens, delta_weight) for delta_weight in (0.0, 0.5, 1.0)
    )
    torch.testing.assert_close(none, before)
    assert 0 < (half - before).norm() < (whole - before).norm()


def test_only_the_change_is_trained():
    network, contents = torch_network(load_set_model()), _contents()
    adapter = _moved(SetAdapter(network, rank=3))
    adapter.restyled(network, contents.context, contents.tokens).square().mean().backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in adapter.parameters())
    assert all(value.grad is None for value in network.parameters())


def test_a_style_gives_the_same_colors_in_numpy():
    model, contents = load_set_model(), _contents()
    network = torch_network(model)
    adapter = _moved(SetAdapter(network, rank=3))
    arrays = {kind: {name: value.numpy() for name, value in part.items()} for kind, part in adapter.arrays().items()}
    stored = StyleAdapter(model.hash, arrays["up"], arrays["down"], arrays["bias"], delta_weight=0.75)
    changed = stored.applied_to(model)
    reading = changed.read_style(sample_colors(finished().proxies))
    tokens = at_large().tokens[0]
    context = changed.context(reading, changed.read_content(tokens, np.zeros((16, 16, 2), np.float32)))
    transported_lab = lab_to_srgb(changed.transport_colors(context, tokens[:, :3])).clip(0, 1).astype(np.float32)
    maps = light_maps(torch.from_numpy(tokens[:, 3:5]), torch.from_numpy(tokens[:, 6:8]))
    expected = apply_light(
        torch.from_numpy(transported_lab), maps @ torch.from_numpy(np.float32(changed.light(context)))
    ).numpy()
    with torch.no_grad():
        found = adapter.restyled(network, contents.context, contents.tokens, 0.75)[0].numpy()
    np.testing.assert_allclose(found, srgb_to_lab(expected.clip(0, 1)), atol=0.1)
