"""Adversarial losses and R1: values computed by hand, extreme logits, gradients."""

from math import log

import pytest
import torch
from portrait_atelier.core.learning.losses.adversarial import (
    discriminator_loss,
    generator_loss,
    minimax_value,
    r1_penalty,
)
from torch.autograd import gradcheck

GAN_LOSSES = ("minimax", "non_saturating", "hinge", "least_squares")


def logits_of(*chances: float) -> torch.Tensor:
    return torch.logit(torch.tensor(chances, dtype=torch.float64))


def test_value_of_the_game_by_hand():
    # D = 0.8 and 0.5 on real, 0.1 on fake: (log 0.8 + log 0.5) / 2 + log 0.9
    value = minimax_value(logits_of(0.8, 0.5), logits_of(0.1))
    assert value.item() == pytest.approx((log(0.8) + log(0.5)) / 2 + log(0.9))


def test_value_is_minus_two_log_two_where_nothing_can_be_told():
    assert minimax_value(torch.zeros(3, 1), torch.zeros(5, 1, 2, 2)).item() == pytest.approx(-2 * log(2))


def test_value_does_not_overflow():
    far = torch.tensor([1e4])
    assert minimax_value(far, -far).item() == 0
    assert minimax_value(-far, far).item() == pytest.approx(-2e4)


def test_discriminator_losses_by_hand():
    real, fake = logits_of(0.8, 0.5), logits_of(0.1)
    game = -((log(0.8) + log(0.5)) / 2 + log(0.9))
    assert discriminator_loss(real, fake, "minimax").item() == pytest.approx(game)
    assert discriminator_loss(real, fake).item() == pytest.approx(game)
    real, fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.5])
    # hinge: (0 + 0.5 + 2) / 3 + (0 + 1.5) / 2
    assert discriminator_loss(real, fake, "hinge").item() == pytest.approx(2.5 / 3 + 0.75)
    # least squares: ((1 + 0.25 + 4) / 3 + (9 + 0.25) / 2) / 2
    assert discriminator_loss(real, fake, "least_squares").item() == pytest.approx((1.75 + 4.625) / 2)


def test_generator_losses_by_hand():
    fake = logits_of(0.1, 0.6)
    assert generator_loss(fake, "minimax").item() == pytest.approx((log(0.9) + log(0.4)) / 2)
    assert generator_loss(fake).item() == pytest.approx(-(log(0.1) + log(0.6)) / 2)
    fake = torch.tensor([-3.0, 0.5])
    assert generator_loss(fake, "hinge").item() == pytest.approx(1.25)
    assert generator_loss(fake, "least_squares").item() == pytest.approx((16 + 0.25) / 4)


def test_minimax_generator_minimizes_its_part_of_the_value():
    real, fake = torch.randn(4, 1), torch.randn(4, 1).requires_grad_()
    (of_value,) = torch.autograd.grad(minimax_value(real, fake), fake)
    (of_loss,) = torch.autograd.grad(generator_loss(fake, "minimax"), fake)
    torch.testing.assert_close(of_value, of_loss)


def test_only_the_saturating_form_has_no_gradient_where_the_discriminator_is_sure():
    for gan_loss in GAN_LOSSES:
        fake = torch.tensor([-30.0], requires_grad=True)
        (gradient,) = torch.autograd.grad(generator_loss(fake, gan_loss), fake)
        assert gradient.item() <= 0  # up, whatever the form
        assert (abs(gradient.item()) < 1e-6) == (gan_loss == "minimax")


@pytest.mark.parametrize("gan_loss", GAN_LOSSES)
def test_gradients_in_double_precision(gan_loss):
    generator = torch.Generator().manual_seed(3)
    real, fake = (torch.randn(4, 2, dtype=torch.float64, generator=generator).requires_grad_() for _ in range(2))
    assert gradcheck(lambda a, b: discriminator_loss(a, b, gan_loss), (real, fake))
    assert gradcheck(lambda b: generator_loss(b, gan_loss), (fake,))
    assert gradcheck(minimax_value, (real, fake))


def test_unknown_forms_are_refused():
    for loss in (
        lambda gan_loss: discriminator_loss(torch.zeros(1), torch.zeros(1), gan_loss),
        lambda gan_loss: generator_loss(torch.zeros(1), gan_loss),
    ):
        with pytest.raises(ValueError, match="gan_loss must be one of minimax, non_saturating, hinge, least_squares"):
            loss("wasserstein")


def test_r1_of_a_linear_discriminator_by_hand():
    # D(y) = 3 * y1 - 4 * y2, gradient (3, -4), squared norm 25 for each photo; 2 / 2 * 25
    photos = torch.rand(5, 2, 1, 1).requires_grad_()
    logits = (photos * torch.tensor([3.0, -4.0])[:, None, None]).sum((1, 2, 3))[:, None]
    assert r1_penalty(logits, photos, gamma=2).item() == pytest.approx(25)
    assert r1_penalty(logits, photos, gamma=2, interval=16).item() == pytest.approx(400)


def test_r1_reaches_the_weights_and_its_gradient_is_right():
    weight = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    photos = torch.rand(3, 2, 1, 1, dtype=torch.float64)

    def penalty(weight: torch.Tensor) -> torch.Tensor:
        seen = photos.clone().requires_grad_()
        return r1_penalty((weight[:, None, None] * seen).sum((1, 2, 3)).tanh(), seen, gamma=10)

    assert gradcheck(penalty, (weight,))


def test_r1_says_what_it_needs():
    photos = torch.rand(1, 3, 2, 2)
    with pytest.raises(ValueError, match="requires_grad"):
        r1_penalty(photos.sum()[None], photos)
    with pytest.raises(ValueError, match="interval must be at least 1, got 0"):
        r1_penalty(photos.sum()[None], photos.requires_grad_(), interval=0)
