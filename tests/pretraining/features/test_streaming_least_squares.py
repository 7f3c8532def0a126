"""Streaming least squares: batches and decay."""

import pytest
import torch
from portrait_atelier.core.pretraining.features.streaming_least_squares import StreamingLeastSquares


def rotated(seen: torch.Tensor) -> torch.Tensor:
    """A known linear map from 2 to 3 channels, with a constant."""
    first, second = seen[:, :1], seen[:, 1:]
    return torch.cat([first + 2 * second, 5 - first, 0 * first + 1], 1)


def test_a_linear_map_is_found():
    seen = torch.randn(4, 2, 8, 8)
    lift = StreamingLeastSquares()
    for half in (seen[:2], seen[2:]):
        lift.add(half, rotated(half))
    torch.testing.assert_close(lift(seen), rotated(seen), atol=2e-2, rtol=0)
    torch.testing.assert_close(lift.solved(), torch.tensor([[1.0, -1, 0], [2, 0, 0], [0, 5, 1]]), atol=2e-2, rtol=0)


def test_what_is_old_fades():
    seen = torch.randn(2, 2, 8, 8)
    lift = StreamingLeastSquares(decay=0.5)
    lift.add(seen, -rotated(seen))
    for _ in range(20):
        lift.add(seen, rotated(seen))
    torch.testing.assert_close(lift(seen), rotated(seen), atol=2e-2, rtol=0)


def test_gradients_flow_to_the_maps_alone():
    seen = torch.randn(1, 2, 4, 4, requires_grad=True)
    lift = StreamingLeastSquares()
    lift.add(seen, rotated(seen))
    assert not lift.solved().requires_grad
    (gradient,) = torch.autograd.grad(lift(seen)[:, 0].sum(), seen)
    torch.testing.assert_close(gradient, lift.solved()[:2, 0][None, :, None, None].expand_as(gradient))


def test_maps_that_are_all_zero_are_no_problem():
    seen = torch.zeros(1, 3, 4, 4)
    lift = StreamingLeastSquares()
    lift.add(seen, torch.full((1, 2, 4, 4), 7.0))
    torch.testing.assert_close(lift(seen), torch.full((1, 2, 4, 4), 7.0))


def test_its_state_can_be_kept():
    seen, other = torch.randn(1, 2, 4, 4), StreamingLeastSquares()
    lift = StreamingLeastSquares()
    lift.add(seen, rotated(seen))
    other.restore(lift.tensors())
    assert torch.equal(lift(seen), other(seen))


def test_nothing_and_nonsense_are_refused():
    with pytest.raises(ValueError, match="at least one batch"):
        StreamingLeastSquares().solved()
    with pytest.raises(ValueError, match=r"decay must be in \(0, 1\], got 0"):
        StreamingLeastSquares(decay=0)
