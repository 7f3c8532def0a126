"""The smooth functions that looks are built from."""

import pytest
import torch
from portrait_atelier.core.networks.look_basis import table_basis, tone_basis


def test_the_first_function_is_one_everywhere():
    assert torch.equal(table_basis(3)[0], torch.ones(17, 17, 17))
    assert torch.equal(tone_basis(3)[0], torch.ones(8))


def test_functions_are_cosines_along_their_axis():
    basis = table_basis(2)  # blue varies first
    assert basis.shape == (8, 17, 17, 17)
    assert torch.allclose(basis[1][3, 5], torch.cos(torch.pi * torch.linspace(0, 1, 17)) / 2)
    assert torch.allclose(basis[4][:, 3, 5], torch.cos(torch.pi * torch.linspace(0, 1, 17)) / 2)


def test_functions_are_independent():
    flat = table_basis(4).flatten(1)
    assert torch.linalg.matrix_rank(flat) == 64


@pytest.mark.parametrize("count", [0, 18])
def test_too_few_or_too_many_frequencies_are_refused(count: int):
    with pytest.raises(ValueError, match="num_frequencies must be 1 to 17"):
        table_basis(count)
