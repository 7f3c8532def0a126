"""The change that one style makes to the generator: small, by itself nothing, and the generator stays as it is."""

import pytest
import torch
from generator_material import C, D, moved, tiny_generator, tiny_inputs
from portrait_atelier.core.networks.generator import LookResidual
from portrait_atelier.core.networks.low_rank import RANK, TUNED_LAYERS, LowRankDelta
from torch import Tensor, nn


def _decoded(delta: LowRankDelta, generator, *, gray: bool = False, z: Tensor | None = None) -> LookResidual:
    content, code, evidence, places, _ = tiny_inputs()
    maps = generator.encode_content(content).detach()
    return delta.decode(generator, maps, code, evidence, places, torch.full((2,), gray), z)


def _learnt(generator, *, rank: int = RANK) -> LowRankDelta:
    """A change as training may leave it."""
    delta = LowRankDelta(generator, rank=rank)
    torch.manual_seed(3)
    for parameter in (delta.code, *delta.up.values(), *delta.bias.values()):
        nn.init.normal_(parameter, std=0.3)
    return delta


@pytest.mark.parametrize("z", [None, torch.ones(2, C)])
def test_it_starts_as_the_generator_itself(z: Tensor | None):
    generator = moved(tiny_generator())
    before, after = generator(*tiny_inputs(), z=z), _decoded(LowRankDelta(generator), generator, z=z)
    for name in ("table", "grid", "subject"):
        assert torch.equal(getattr(before, name), getattr(after, name))


def test_gradients_reach_the_change_and_not_the_layers_it_changes():
    generator = moved(tiny_generator())
    delta = LowRankDelta(generator)
    residual = _decoded(delta, generator)
    (residual.table.square().sum() + residual.grid.square().sum()).backward()
    assert all(generator.get_parameter(f"{name}.weight").grad is None for name in TUNED_LAYERS)
    assert all(delta.up[name].grad is not None and delta.up[name].grad.any() for name in TUNED_LAYERS)
    assert all(value.grad is not None and value.grad.any() for value in (delta.code, *delta.bias.values()))
    # At the start U is zero, and the gradient of D is U's transpose times something.
    assert all(delta.down[name].grad is not None and not delta.down[name].grad.any() for name in TUNED_LAYERS)


def test_no_gradient_at_all_reaches_a_frozen_generator():
    generator = moved(tiny_generator()).requires_grad_(False)
    delta = _learnt(generator)
    _decoded(delta, generator).table.sum().backward()
    assert all(parameter.grad is None for parameter in generator.parameters())
    assert delta.down["trunk"].grad is not None


def test_a_change_is_w_plus_u_d():
    generator = moved(tiny_generator())
    delta = _learnt(generator, rank=2)
    changed = delta.changed(generator)
    apart = changed["grid_head.weight"] - generator.grid_head.weight
    torch.testing.assert_close(apart.flatten(1), delta.up["grid_head"] @ delta.down["grid_head"])
    assert torch.linalg.matrix_rank(apart.flatten(1), atol=1e-4) == 2
    torch.testing.assert_close(changed["table_head.bias"], delta.bias["table_head"].data)  # the generator's own is 0
    assert set(changed) == {f"{name}.weight" for name in TUNED_LAYERS} | {f"{name}.bias" for name in delta.bias}


def test_the_generator_stays_as_it_is():
    generator = moved(tiny_generator())
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    changed = _decoded(_learnt(generator), generator)
    assert not torch.allclose(changed.table, generator(*tiny_inputs()).table)
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_black_and_white_stays_so():
    generator = moved(tiny_generator())
    residual = _decoded(_learnt(generator), generator, gray=True)
    assert (residual.table.amax(-1) - residual.table.amin(-1)).max() == 0
    assert (residual.grid.amax(-2) - residual.grid.amin(-2)).max() == 0


def test_the_same_seed_gives_the_same_directions():
    generator = tiny_generator()
    first, second, other = (LowRankDelta(generator, seed=seed).down["mixing"] for seed in (0, 0, 1))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_it_draws_no_random_numbers_of_others():
    generator = tiny_generator()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    LowRankDelta(generator)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("rank", [1, 3])
def test_it_comes_back_from_its_tensors(rank: int):
    generator = moved(tiny_generator())
    delta = _learnt(generator, rank=rank)
    again = LowRankDelta.from_tensors(generator, delta.state_dict())
    assert again.down["trunk"].shape == (rank, 16)
    assert not any(parameter.requires_grad for parameter in again.parameters())
    first, second = _decoded(delta, generator), _decoded(again, generator)
    assert torch.equal(first.table, second.table)
    assert torch.equal(first.grid, second.grid)


def test_a_change_of_another_generator_is_refused():
    tensors = LowRankDelta(tiny_generator()).state_dict()
    with pytest.raises(ValueError, match=r"the change does not fit the base model \(.*size mismatch for down.trunk"):
        LowRankDelta.from_tensors(tiny_generator(hidden_size=12), tensors)


@pytest.mark.parametrize("missing", ["code", "up.mixing"])
def test_a_missing_tensor_is_named(missing: str):
    generator = tiny_generator()
    tensors = {name: value for name, value in LowRankDelta(generator).state_dict().items() if name != missing}
    with pytest.raises(ValueError, match=rf"does not fit the base model \(.*Missing key.*{missing}"):
        LowRankDelta.from_tensors(generator, tensors)


def test_nothing_and_too_much_are_refused():
    generator = tiny_generator()
    with pytest.raises(ValueError, match="does not fit the base model"):
        LowRankDelta.from_tensors(generator, {})
    with pytest.raises(ValueError, match="Unexpected key.*other"):
        LowRankDelta.from_tensors(generator, {**LowRankDelta(generator).state_dict(), "other": torch.zeros(D)})


def test_a_rank_is_at_least_one():
    with pytest.raises(ValueError, match="rank must be at least 1, got 0"):
        LowRankDelta(tiny_generator(), rank=0)
