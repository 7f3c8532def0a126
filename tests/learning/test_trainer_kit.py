"""Shared parts of trainers: schedules and averages by hand, R1 per photo, states that are restored."""

from pathlib import Path

import pytest
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning.losses.adversarial import r1_penalty
from portrait_atelier.core.learning.trainer_kit import (
    LazyR1,
    TrainerState,
    averaged_copy,
    check_same_run,
    linear_decay,
    restoring,
    warm_cosine,
    warm_up,
)
from torch import nn


def test_rates_by_hand():
    assert [warm_up(4)(step) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert [linear_decay(4)(step) for step in range(6)] == [1, 0.75, 0.5, 0.25, 0, 0]
    assert linear_decay(0)(0) == 1
    cosine = warm_cosine(8, warm_up_steps=2, last=0.2)
    assert [cosine(step) for step in (1, 4, 8, 9)] == pytest.approx([0.2 + 0.8 * 0.96194, 0.6, 0.2, 0.2], abs=1e-5)
    assert cosine(0) == 0.5


def _scalar(value: float) -> nn.Linear:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def _averages(values: list[float], **how: float) -> list[float]:
    """Return the average after each value of a network with one weight, which starts at 0."""
    network = _scalar(0.0)
    average = averaged_copy(network, 0.9, **how)  # pyright: ignore[reportArgumentType]
    found = []
    for value in values:
        nn.init.constant_(network.weight, value)
        average.update_parameters(network)
        found.append(float(average.module.get_parameter("weight").detach()))
    return found


def test_an_average_begins_with_the_first_weights_it_sees_or_young():
    assert _averages([1.0, 2.0, 2.0]) == pytest.approx([1.0, 1.1, 1.19])
    # The decay is 1/4, then 2/5, and at most 0.9.
    assert _averages([1.0, 2.0], warm_up_updates=3, first_update=1) == pytest.approx([0.75, 1.5])
    assert _averages([1.0], warm_up_updates=3, first_update=1000) == pytest.approx([0.1])


def test_buffers_are_averaged_too_and_counters_copied():
    network = nn.BatchNorm1d(1)
    average = averaged_copy(network, 0.5, first_update=1)
    network(torch.tensor([[10.0], [10.0]]))
    average.update_parameters(network)
    found = average.module
    assert float(found.get_buffer("running_mean")) == pytest.approx(0.5)  # of 0 and 1
    assert int(found.get_buffer("num_batches_tracked")) == 1


def test_r1_is_per_photo_whatever_the_batch_and_as_strong_on_average_at_any_interval():
    photo = torch.rand(1, 2, 3)
    critic, lazy = nn.Sequential(nn.Flatten(), nn.Linear(6, 4)), LazyR1(gamma=2.0, every=3)

    def penalty(photos: torch.Tensor, r1: LazyR1) -> float:
        photos = photos.clone().requires_grad_()
        return float(r1.penalty(critic(photos), photos).detach())

    assert [lazy.is_due(step) for step in range(4)] == [True, False, False, True]
    one = penalty(photo, lazy)
    assert penalty(photo.expand(5, -1, -1), lazy) == pytest.approx(one)
    assert penalty(photo, LazyR1(gamma=2.0, every=1)) == pytest.approx(one / 3)
    seen = photo.clone().requires_grad_()
    assert one == pytest.approx(float(r1_penalty(critic(seen), seen, gamma=2.0, interval=3).detach()))


def _state(layer: nn.Linear) -> tuple[TrainerState, torch.optim.Adam]:
    optimizer = torch.optim.Adam([{"params": layer.parameters(), "lr": 0.1}])
    return TrainerState({"layer": layer}, {"optimizer": (optimizer, linear_decay(4))}), optimizer


def _stepped(layer: nn.Linear, state: TrainerState, optimizer: torch.optim.Adam, count: int) -> list[float]:
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        layer.weight.square().sum().backward()
        optimizer.step()
        state.advance()
    return rates


def test_a_state_goes_on_where_it_was():
    whole, first, second = (_scalar(3.0) for _ in range(3))
    rates = _stepped(whole, *_state(whole), 4)
    assert rates == pytest.approx([0.1, 0.075, 0.05, 0.025])
    state, optimizer = _state(first)
    _stepped(first, state, optimizer, 2)
    again, resumed = _state(second)
    again.restore({name: value.clone() for name, value in state.tensors().items()}, 2)
    assert again.step == 2
    assert _stepped(second, again, resumed, 2) == rates[2:]
    assert torch.equal(second.weight, whole.weight)


def test_another_run_is_named_by_what_differs():
    mine = {"key": "k", "settings": {"seed": 1, "widths": (1, 2), "weights": {"tv": 0.1}, "num_steps": 3}}
    theirs = {"key": "k", "settings": {"seed": 1, "widths": [1, 2], "weights": {"tv": 0.1}, "num_steps": 9}}
    check_same_run(Path("c"), theirs, mine)
    other = {"key": "k", "settings": {**theirs["settings"], "weights": {"tv": 0.2}, "seed": 2}}
    with pytest.raises(LearningError, match=r"c: was begun with other photos or settings \(seed, tv\); start without"):
        check_same_run(Path("c"), other, mine)
    with pytest.raises(LearningError, match=r"\(key, settings\)"):
        check_same_run(Path("c"), {}, mine)


def test_what_cannot_be_restored_is_named():
    state, _ = _state(_scalar(1.0))
    with (
        pytest.raises(LearningError, match="c: is not a checkpoint .*; delete it and start anew"),
        restoring(Path("c")),
    ):
        state.restore({"other.weight": torch.zeros(1)}, 1)
