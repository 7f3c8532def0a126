"""Adversarial losses of generator and discriminator, and the R1 penalty.

All take logits, so D = sigmoid(logits), and are computed without overflow. E is the mean over all logits: over photos,
and over patches for a discriminator of patches.
"""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu, softplus

from .settings import GanLoss


def minimax_value(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The value of the game: E[log D(x, y)] + E[log(1 - D(x, G(x, z)))] (Goodfellow et al. 2014, eq. 1).

    The discriminator maximizes it, the generator minimizes it. It is at most 0, and -2 log 2 where D = 1/2.

    Args:
        real_logits: any shape, of photos y.
        fake_logits: any shape, of generated ones.
    """
    return logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor, gan_loss: GanLoss = "non_saturating") -> Tensor:
    """Return what the discriminator minimizes: real up, fake down.

    - minimax and non_saturating: minus the value of the game
    - hinge: E[max(0, 1 - real)] + E[max(0, 1 + fake)] (Lim and Ye 2017)
    - least_squares: 1/2 E[(real - 1)^2] + 1/2 E[fake^2] (Mao et al. 2017, eq. 9)

    Args:
        real_logits, fake_logits: any shape; the fake photos should be detached.
        gan_loss: form of the loss; the generator's must be the same.
    """
    _check(gan_loss)
    if gan_loss == "hinge":
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()
    if gan_loss == "least_squares":
        return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2
    return -minimax_value(real_logits, fake_logits)


def generator_loss(fake_logits: Tensor, gan_loss: GanLoss = "non_saturating") -> Tensor:
    """Return L_GAN, what the generator minimizes: fake up.

    - minimax: E[log(1 - D(x, G(x, z)))], its part of the value of the game
    - non_saturating: -E[log D(x, G(x, z))], which still has a gradient where D is sure (Goodfellow et al. 2014, sec. 3)
    - hinge: -E[fake]
    - least_squares: 1/2 E[(fake - 1)^2]

    Args:
        fake_logits: any shape.
        gan_loss: form of the loss.
    """
    _check(gan_loss)
    if gan_loss == "minimax":
        return logsigmoid(-fake_logits).mean()
    if gan_loss == "hinge":
        return -fake_logits.mean()
    if gan_loss == "least_squares":
        return (fake_logits - 1).square().mean() / 2
    return softplus(-fake_logits).mean()


def r1_penalty(real_logits: Tensor, photos: Tensor, *, gamma: float = 1.0, interval: int = 1) -> Tensor:
    """Penalize the discriminator's gradient at real photos: gamma / 2 * E[|dD/dy|^2] (Mescheder et al. 2018, eq. 9).

    Lazy (Karras et al. 2020, appendix B): computed in every `interval`-th step only, and then `interval` times as
    strong.

    Args:
        real_logits: (B, ...) computed from photos; the logits of a photo's patches are summed.
        photos: (B, C, H, W), with requires_grad set before the discriminator saw them.
        gamma: weight of the penalty.
        interval: steps between two steps with this penalty.

    Returns:
        A scalar, through which the discriminator's weights get their gradient.

    Raises:
        ValueError: photos need no gradient, or interval is below 1.
    """
    if not photos.requires_grad:
        raise ValueError("photos must have requires_grad set before the discriminator sees them")
    if interval < 1:
        raise ValueError(f"interval must be at least 1, got {interval}")
    (gradient,) = torch.autograd.grad(real_logits.sum(), photos, create_graph=True)
    return gamma / 2 * interval * gradient.square().sum() / len(photos)


def _check(gan_loss: str) -> None:
    if gan_loss not in get_args(GanLoss):
        raise ValueError(f"gan_loss must be one of {', '.join(get_args(GanLoss))}, got {gan_loss!r}")
