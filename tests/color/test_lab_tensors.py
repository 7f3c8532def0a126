"""CIE Lab in torch."""

import numpy as np
import torch
from portrait_atelier.core.color.lab import srgb_to_lab as in_numpy
from portrait_atelier.core.color.lab_tensors import srgb_to_lab


def test_numbers_are_those_of_numpy():
    colors = torch.rand(500, 3, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(srgb_to_lab(colors).numpy(), in_numpy(colors.numpy()), atol=2e-3)


def test_white_black_and_beyond():
    lab = srgb_to_lab(torch.tensor([[1.0, 1, 1], [0, 0, 0], [1.5, 1.2, 3.0], [-1, -0.1, 0]]))
    expected = torch.tensor([[100.0, 0, 0], [0, 0, 0], [100, 0, 0], [0, 0, 0]])
    assert torch.allclose(lab, expected, atol=1e-3)


def test_gradients_are_right():
    colors = (0.05 + 0.9 * torch.rand(6, 3, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(srgb_to_lab, colors)


def test_gradients_of_black_are_finite():
    colors = torch.zeros(1, 3, requires_grad=True)
    srgb_to_lab(colors).sum().backward()
    assert colors.grad is not None
    assert colors.grad.isfinite().all()
