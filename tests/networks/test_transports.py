"""Curves by channel, from the quantiles of untouched people to those of a style."""

from __future__ import annotations

import torch
from portrait_atelier.core.networks.token_layout import NUM_BINS, NUM_CURVES
from portrait_atelier.core.networks.transports import SetMoments, channel_curves, curved

_NONE = (torch.zeros(1, 13), torch.zeros(1, 4, 13))


def _set(values: torch.Tensor) -> SetMoments:
    """Colors (T, 3) in [0, 1]."""
    counts = torch.stack([torch.histc(values[:, i], NUM_BINS, 0, 1) for i in range(3)])
    return SetMoments(*_NONE, (counts / len(values))[None])


def test_curves_find_what_was_done_to_each_channel():
    people = torch.rand(50_000, 3, generator=torch.Generator().manual_seed(0))
    finished = torch.stack([people[:, 0] ** 2, 0.1 + 0.8 * people[:, 1], 1 - people[:, 2] * 0.5], 1)
    curves = channel_curves(_set(finished), _set(people), _set(people), _set(people))
    assert curves.shape == (1, NUM_CURVES, 3, NUM_BINS + 1)
    asked = torch.tensor([[[0.2, 0.5, 0.3], [0.6, 0.9, 0.7]]])
    found = curved(curves, asked)[0]  # (Q, K, 3)
    true = torch.stack([asked[0, :, 0] ** 2, 0.1 + 0.8 * asked[0, :, 1]], -1)
    assert (found[..., :2] - true[:, None]).abs().max() < 0.02
    assert (found[..., 2] - (0.5 + 0.5 * asked[0, :, None, 2])).abs().max() < 0.02, "quantiles keep the order of tones"


def test_a_set_of_one_color_gets_finite_curves():
    one, people = _set(torch.full((100, 3), 0.4)), _set(torch.rand(1000, 3))
    curves = channel_curves(one, people, one, people)
    assert torch.isfinite(curves).all()
    assert curves.min() >= 0
    assert curves.max() <= 1
    assert (curved(curves, torch.full((1, 1, 3), 0.5)) - 0.4).abs().max() < 1.5 / NUM_BINS


def test_colors_between_the_nodes_are_interpolated_and_others_take_the_nearest():
    line = torch.linspace(0, 1, NUM_BINS + 1).expand(1, 1, 3, -1)
    asked = torch.tensor([[[-0.5, 0.015, 0.71], [0.5, 1.0, 1.7]]])
    torch.testing.assert_close(curved(line, asked)[:, :, 0], asked.clamp(0, 1))
