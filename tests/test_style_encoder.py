"""Codes of sets of photos."""

import pytest
import torch
from portrait_atelier.core.networks.style_encoder import ConvolutionStack, StyleEncoder, coordinates


def _encoder() -> StyleEncoder:
    torch.manual_seed(0)
    return StyleEncoder(code_size=6, widths=(4, 4)).eval()


def test_the_order_of_photos_does_not_matter():
    photos = torch.rand(5, 3, 16, 16)
    encoder = _encoder()
    shuffled = encoder(photos[[3, 0, 4, 2, 1]], [5])
    assert torch.allclose(encoder(photos, [5]), shuffled, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 50])
def test_sets_have_any_number_of_photos(count: int):
    code = _encoder()(torch.rand(count, 3, 16, 16), [count])
    assert code.shape == (1, 6)
    assert code.isfinite().all()


def test_sets_do_not_mix():
    photos, encoder = torch.rand(5, 3, 16, 16), _encoder()
    together = encoder(photos, [2, 3])
    apart = torch.cat([encoder(photos[:2], [2]), encoder(photos[2:], [3])])
    assert torch.allclose(together, apart, atol=1e-5)


def test_the_spread_of_a_set_is_seen():
    photos, encoder = torch.rand(1, 3, 16, 16), _encoder()
    alike = encoder(photos.expand(4, -1, -1, -1), [4])
    assert not torch.allclose(alike, encoder(torch.rand(4, 3, 16, 16), [4]), atol=1e-3)


def test_gradients_of_sets_of_one_are_finite():
    photos = torch.rand(1, 3, 16, 16, requires_grad=True)
    _encoder()(photos, [1]).sum().backward()
    assert photos.grad is not None
    assert photos.grad.isfinite().all()


@pytest.mark.parametrize("counts", [[2], [3, 0], []])
def test_counts_must_fit(counts: list[int]):
    with pytest.raises(ValueError, match="counts must be positive and add up to 3"):
        _encoder()(torch.rand(3, 3, 16, 16), counts)


def test_one_layer_is_too_few():
    with pytest.raises(ValueError, match="at least two"):
        StyleEncoder(widths=(4,))


def test_each_layer_halves_the_sides():
    assert ConvolutionStack((4, 5, 6))(torch.rand(2, 3, 32, 24)).shape == (2, 6, 4, 3)


def test_coordinates_stand_at_half_pixels():
    x, y = coordinates(torch.zeros(1, 3, 2, 4))[0]
    assert x[0].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert y[:, 0].tolist() == [-0.5, 0.5]
