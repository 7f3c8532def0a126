"""Light by place: what stops do to tones, and that it can be learnt from nothing."""

import pytest
import torch
from portrait_atelier.core.networks.light import apply_light

COLORS = torch.tensor([[0.2, 0.3, 0.4], [0.5, 0.4, 0.3], [0.8, 0.7, 0.6]])


def test_no_light_changes_nothing():
    torch.testing.assert_close(apply_light(COLORS, torch.zeros(3, 5)), COLORS)


def test_every_value_has_a_gradient_where_there_is_no_light_yet():
    values = torch.zeros(3, 5, requires_grad=True)
    apply_light(COLORS, values)[:, 0].sum().backward()
    assert values.grad is not None
    assert (values.grad.abs() > 1e-3).all()


@pytest.mark.parametrize("stops", [-1.0, 1.0])
def test_light_keeps_black_and_white_in_the_cube(stops: float):
    ends = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    made = apply_light(ends, torch.tensor([stops, stops, stops, 0.0, 0.0]).expand(2, 5))
    white = 1.0 if stops > 0 else 2 ** (stops / 2.2)
    torch.testing.assert_close(made, torch.tensor([[0.0] * 3, [white] * 3]))
