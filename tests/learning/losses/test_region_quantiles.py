"""Color distributions by region: shifts, regions, standard errors."""

import pytest
import torch
from portrait_atelier.core.learning.losses.region_quantiles import (
    distance,
    distance_weights,
    quantiles,
    region_weights,
    standard_error,
)

SKIN, BACKDROP = 1, 4


def _tokens(photos: int, colors: int = 64, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    tokens = torch.zeros(photos, colors, 12)
    tokens[..., :3] = 50 + 15 * torch.randn(photos, colors, 3, generator=random)
    tokens[..., 11] = 1
    tokens[:, : colors // 2, 6] = tokens[:, : colors // 2, 8] = 1  # subject and skin; the rest is backdrop
    return tokens


def _quantiles(tokens: torch.Tensor) -> torch.Tensor:
    return quantiles(tokens[..., :3].flatten(0, 1), region_weights(tokens))


@pytest.mark.parametrize("shift", [(4.0, 0.0, 0.0), (0.0, -2.0, 0.0), (1.0, 2.0, 2.0)])
def test_a_shifted_set_is_as_far_as_it_is_shifted(shift: tuple[float, float, float]):
    tokens = _tokens(4)
    moved = tokens.clone()
    moved[..., :3] += torch.tensor(shift)
    far = torch.tensor(shift).norm().item()
    assert distance(_quantiles(tokens), _quantiles(moved), distance_weights(tokens)).item() == pytest.approx(
        far, rel=0.06
    )


def test_what_happens_to_skin_is_seen_in_skin_and_in_the_whole():
    tokens = _tokens(4)
    moved = tokens.clone()
    moved[:, :32, 0] += 10
    apart = (_quantiles(moved) - _quantiles(tokens)).abs().mean((1, 2))
    assert apart[SKIN] > apart[0] > 1
    assert apart[BACKDROP] < 0.1 * apart[SKIN]


def test_photos_count_by_their_weights():
    tokens = torch.cat([_tokens(1, 60), _tokens(1, 60, seed=1) + 20])
    only_first = quantiles(tokens[..., :3].flatten(0, 1), region_weights(tokens, torch.tensor([1.0, 0.0])))
    apart = (only_first - _quantiles(tokens[:1])).abs().mean((1, 2))
    assert apart[[0, SKIN, BACKDROP]].max() < 0.3


def test_the_gradient_reaches_the_colors():
    tokens = _tokens(2)
    lab = tokens[..., :3].flatten(0, 1).requires_grad_()
    quantiles(lab, region_weights(tokens)).square().mean().backward()
    assert lab.grad is not None
    assert lab.grad.isfinite().all()
    assert (lab.grad != 0).any(1).float().mean() > 0.9


def test_more_photos_stray_less():
    def stray(count: int) -> float:
        tokens = _tokens(count)
        tokens[..., :3] += 10 * torch.randn(count, 1, 3, generator=torch.Generator().manual_seed(5))
        return standard_error(tokens, torch.Generator().manual_seed(0)).mean().item()

    assert stray(64) < 0.6 * stray(8)
