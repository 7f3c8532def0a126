"""Discriminators: shapes, both forms, training, spectral norm."""

import pytest
import torch
from portrait_atelier.core.learning.losses.adversarial import discriminator_loss, r1_penalty
from portrait_atelier.core.networks.discriminator import Discriminator, patch_discriminator
from torch import nn

TINY = (4, 4)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def test_a_whole_photo_gets_one_logit_and_patches_one_each():
    photos = torch.rand(2, 3, 16, 24)
    assert Discriminator(widths=TINY)(photos).shape == (2, 1)
    assert Discriminator(widths=TINY, patches=True)(photos).shape == (2, 1, 4, 6)
    assert patch_discriminator(widths=TINY)(photos).shape == (2, 1, 4, 6)


def test_conditional_form_depends_on_the_content():
    discriminator = Discriminator(num_content_channels=3, widths=TINY)
    photos, content = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    assert discriminator(photos, content).shape == (2, 1)
    assert not torch.equal(discriminator(photos, content), discriminator(photos, content.flip(0)))


def test_a_discriminator_of_feature_maps_leaves_them_as_they_are():
    discriminator = patch_discriminator(num_features=6, conditional=True, widths=(4,))
    features = torch.rand(2, 6, 8, 8) * 30
    assert (discriminator.center, discriminator.scale) == (0, 1)
    assert discriminator(features, features).shape == (2, 1, 4, 4)


def test_wrong_inputs_are_named():
    discriminator, conditional = Discriminator(widths=TINY), Discriminator(num_content_channels=3, widths=TINY)
    photos = torch.rand(2, 3, 16, 16)
    with pytest.raises(ValueError, match=r"photos must be \(B, 3, H, W\), got \(2, 1, 16, 16\)"):
        discriminator(photos[:, :1])
    with pytest.raises(ValueError, match="4 pixels or more a side"):
        discriminator(photos[..., :2])
    with pytest.raises(ValueError, match="content must be None"):
        discriminator(photos, photos)
    with pytest.raises(ValueError, match="content must be given"):
        conditional(photos)
    with pytest.raises(ValueError, match=r"content must be \(2, 3, 16, 16\), got \(2, 3, 8, 8\)"):
        conditional(photos, photos[..., :8, :8])
    with pytest.raises(ValueError, match="widths must name at least one layer"):
        Discriminator(widths=())


def test_spectral_norm_holds_every_layer_at_one():
    discriminator = Discriminator(widths=(8, 8), use_spectral_norm=True)
    for _ in range(50):
        discriminator(torch.rand(1, 3, 8, 8))
    discriminator.eval()
    layers = [module for module in discriminator.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len(layers) == 3
    for layer in layers:
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("patches", [False, True])
@pytest.mark.parametrize("spectral", [False, True])
def test_it_learns_to_tell_warm_photos_from_cool_ones_with_r1(patches: bool, spectral: bool):
    discriminator = Discriminator(widths=(8, 8), patches=patches, use_spectral_norm=spectral)
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-2)
    tint = torch.tensor([0.2, 0.0, -0.2])[:, None, None]
    for _ in range(60):
        photos = torch.rand(8, 3, 16, 16) * 0.5 + 0.25
        real, fake = (photos[:4] + tint).requires_grad_(), photos[4:] - tint
        real_logits = discriminator(real)
        loss = discriminator_loss(real_logits, discriminator(fake)) + r1_penalty(real_logits, real, gamma=0.01)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    photos = torch.rand(4, 3, 16, 16) * 0.5 + 0.25
    assert discriminator(photos + tint).mean() > 0 > discriminator(photos - tint).mean()


def test_conditional_form_tells_the_right_answer_from_another():
    """Real is the content made brighter, fake the content made darker: only the pair tells."""
    discriminator = Discriminator(num_content_channels=3, widths=(8, 8))
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-2)
    for _ in range(150):
        content = torch.rand(16, 3, 1, 1).expand(-1, -1, 8, 8) * 0.6 + 0.2
        loss = discriminator_loss(discriminator(content + 0.1, content), discriminator(content - 0.1, content))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    content = torch.rand(64, 3, 1, 1).expand(-1, -1, 8, 8) * 0.6 + 0.2
    assert (discriminator(content + 0.1, content) > 0).float().mean() > 0.9
    assert (discriminator(content - 0.1, content) < 0).float().mean() > 0.9


def test_same_seed_same_weights():
    torch.manual_seed(5)
    first = Discriminator(num_content_channels=3, widths=TINY)
    torch.manual_seed(5)
    second = Discriminator(num_content_channels=3, widths=TINY)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


def test_a_flat_photo_has_a_finite_gradient():
    photo = torch.full((1, 3, 16, 16), 0.5).requires_grad_()
    (gradient,) = torch.autograd.grad(Discriminator(widths=TINY)(photo).sum(), photo)
    assert gradient.isfinite().all()
