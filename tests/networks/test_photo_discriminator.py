"""The discriminator of sampled colors: independent of their order, dependent on regions, and small."""

import torch
from portrait_atelier.core.networks.photo_discriminator import PhotoDiscriminator, discriminator_input


def _seen(photos: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(photos, 40, 3), torch.rand(photos, 40, 4)


def test_the_order_of_colors_says_nothing():
    torch.manual_seed(0)
    network, (colors, regions), order = PhotoDiscriminator(), _seen(), torch.randperm(40)
    logits = network(colors, regions)
    assert logits.shape == (3, 1)
    torch.testing.assert_close(network(colors[:, order], regions[:, order]), logits)
    assert not torch.allclose(network(colors, regions[:, order]), logits, atol=1e-3)  # which color is skin does


def test_photos_are_judged_each_by_itself():
    torch.manual_seed(0)
    network, (colors, regions) = PhotoDiscriminator(), _seen()
    torch.testing.assert_close(network(colors[:1], regions[:1]), network(colors, regions)[:1])


def test_a_photo_of_one_color_has_a_finite_gradient():
    torch.manual_seed(0)
    colors = torch.zeros(1, 40, 3, requires_grad=True)
    PhotoDiscriminator()(colors, torch.zeros(1, 40, 4)).sum().backward()
    assert colors.grad is not None
    assert colors.grad.isfinite().all()


def test_it_is_small():
    assert sum(value.numel() for value in PhotoDiscriminator().parameters()) < 10_000


def test_it_sees_lab_in_units_and_regions():
    tokens = torch.zeros(1, 2, 12)
    tokens[..., :3] = torch.tensor([75.0, 5.0, 8.0])
    tokens[0, 0, 6:] = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 1.0])
    colors, regions = discriminator_input(tokens)
    torch.testing.assert_close(colors[0, 0], torch.tensor([1.0, 0.0, 0.0]))
    assert regions[0].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
