"""Losses of content, style and total variation, and their weighted total, as published (Gatys et al. 2016).

`reduction="sum"` is the published form. `reduction="mean"` divides by the number of elements, so that a loss does not
grow with the size of photos and batches: training uses this form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from .settings import LossWeights

Reduction = Literal["sum", "mean"]
_NEGLIGIBLE = 1e-8
_MAX_SCALE = 1e4  # limit for terms near 0 at the start, which may grow


def content_loss(content: Tensor, generated: Tensor, *, reduction: Reduction = "sum") -> Tensor:
    """Content loss: 1/2 * sum (C - G)^2 (Gatys et al. 2016, eq. 1).

    Args:
        content, generated: C and G, the content layer's maps of the two photos, of one shape, mostly (B, C, H, W).
        reduction: `mean` is 1/2 * mean (C - G)^2.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: the shapes differ.
    """
    if content.shape != generated.shape:
        raise ValueError(f"maps must be of one shape, got {tuple(content.shape)} and {tuple(generated.shape)}")
    return _reduced((content - generated).square().sum() / 2, content.numel(), reduction)


def gram_matrix(features: Tensor) -> Tensor:
    """Correlations of feature maps: G_ij = sum_k F_ik F_jk (Gatys et al. 2016, eq. 3).

    i and j are feature maps, k positions; nothing is divided by their number.

    Args:
        features: (B, C, H, W), any range.

    Returns:
        (B, C, C), symmetric.

    Raises:
        ValueError: features is not 4-dimensional.
    """
    if features.ndim != 4:
        raise ValueError(f"features must be (B, C, H, W), got shape {tuple(features.shape)}")
    flat = features.flatten(2)  # (B, C, H*W)
    return flat @ flat.mT


def style_loss(
    style: Mapping[str, Tensor],
    generated: Mapping[str, Tensor],
    *,
    layer_weights: Mapping[str, float] | None = None,
    reduction: Reduction = "sum",
) -> Tensor:
    """Style loss: sum_l w_l / (N_l^2 M_l^2) * sum_ij (G_ij - A_ij)^2.

    A and G are the Gram matrices of the style photo and of the generated one, N_l is the number of feature maps of
    layer l and M_l the number of positions. Gatys et al. (2016, eq. 4 and 5) have a further factor of 1/4, which is
    part of the weight of the whole loss here. Each Gram matrix is divided by its own M_l, so the sizes of the two
    photos may differ.

    Args:
        style, generated: by layer (B, C, H, W); one style photo (1, C, H, W) serves a whole batch.
        layer_weights: w_l; by default 1 / (number of layers) each.
        reduction: `mean` divides by B. The elements of a Gram matrix are averaged by 1 / N_l^2 already.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: the layers of style, generated and layer_weights are not the same.
    """
    weights = layer_weights or dict.fromkeys(style, 1 / max(1, len(style)))
    if not style or not set(style) == set(generated) == set(weights):
        raise ValueError(f"layers must be the same, got {sorted(style)}, {sorted(generated)}, {sorted(weights)}")
    terms = [weights[layer] * _gram_difference(style[layer], generated[layer]) for layer in style]
    return _reduced(torch.stack(terms).sum(), len(next(iter(generated.values()))), reduction)


def mean_gram(features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return by layer the mean over a set of photos of G / M: (C, C), with G by `gram_matrix`."""
    return {layer: (gram_matrix(maps) / maps[0, 0].numel()).mean(0) for layer, maps in features.items()}


def set_style_loss(style: Mapping[str, Tensor], generated: Mapping[str, Tensor]) -> Tensor:
    """`style_loss` between two sets: their mean Gram matrices are compared, not those of single photos.

    A style is what a set of photos has in common. Compared with one photo at a time, a generated photo would also have
    to match that photo's clothes and backdrop. Each layer counts in units of its style's own Gram matrix: w_l = N_l^2 /
    sum_ij A_ij^2 / (number of layers), so that no layer dominates.

    Args:
        style, generated: by layer the mean Gram matrix (C, C), as `mean_gram` gives it.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: the layers of style and generated are not the same.
    """
    if not style or set(style) != set(generated):
        raise ValueError(f"layers must be the same, got {sorted(style)}, {sorted(generated)}")
    terms = []
    for layer, target in style.items():
        apart = (generated[layer] - target).square().sum() / target.numel()
        own = target.square().sum() / target.numel() * len(style)
        terms.append(apart / own.clamp(min=_NEGLIGIBLE))
    return torch.stack(terms).sum()


def instance_normalized(features: Tensor) -> Tensor:
    """Instance-normalize feature maps: subtract the mean of each, divide by its deviation (Huang et al. 2018).

    This removes what a look changes. Without it, the content loss of a look generator would be smallest for no look.

    Args:
        features: (B, C, H, W).
    """
    spread = (features.var((2, 3), correction=0, keepdim=True) + 1e-4).sqrt()
    return (features - features.mean((2, 3), keepdim=True)) / spread


def total_variation(photos: Tensor, *, reduction: Reduction = "sum") -> Tensor:
    """Total variation: the sum of squared differences of horizontal and of vertical neighbors.

    sum (y[i, j+1] - y[i, j])^2 + sum (y[i+1, j] - y[i, j])^2 (Mahendran and Vedaldi 2015, with beta = 2)

    Args:
        photos: (B, C, H, W).
        reduction: `mean` divides by B * C * H * W.

    Returns:
        A scalar, at least 0.
    """
    across = (photos[..., :, 1:] - photos[..., :, :-1]).square().sum()
    down = (photos[..., 1:, :] - photos[..., :-1, :]).square().sum()
    return _reduced(across + down, photos.numel(), reduction)


@dataclass(frozen=True)
class GeneratorLosses:
    """Loss terms of a generator, each a scalar tensor."""

    adversarial: Tensor  # L_GAN
    content: Tensor
    style: Tensor
    tv: Tensor


@dataclass(frozen=True)
class LossNormalizer:
    """Factors that scale loss terms to about 1 at the start of training, so that weights are comparable.

    The adversarial term has no factor: it is about 1 by its form, and may be negative.
    """

    content: float = 1.0
    style: float = 1.0
    tv: float = 1.0

    @classmethod
    def from_batch(cls, starts: Sequence[GeneratorLosses]) -> LossNormalizer:
        """Return the inverse of each term's mean over the first batches, at most 10,000; 1 for a term that is 0 there.

        Raises:
            ValueError: there is no batch, or a term is not a number.
        """
        if not starts:
            raise ValueError("starts must hold the terms of at least one batch")
        names = [field.name for field in fields(cls)]
        means = {name: sum(float(getattr(terms, name).detach()) for terms in starts) for name in names}
        return cls(**{name: _inverse(name, total / len(starts)) for name, total in means.items()})

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LossNormalizer:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a key is missing or unknown.
        """
        if set(values) != {field.name for field in fields(cls)}:
            raise ValueError(f"scales must be of content, style and tv, got {sorted(values)}")
        return cls(**{name: float(value) for name, value in values.items()})

    def to_json(self) -> dict[str, float]:
        """Return the factors by name, for a checkpoint."""
        return asdict(self)

    def scaled(self, terms: GeneratorLosses) -> GeneratorLosses:
        """Multiply the terms by their factors."""
        return GeneratorLosses(
            terms.adversarial, terms.content * self.content, terms.style * self.style, terms.tv * self.tv
        )


def total_loss(terms: GeneratorLosses, weights: LossWeights) -> Tensor:
    """Total loss of the generator: L_GAN + lambda1 * content + lambda2 * style + lambda3 * TV.

    L_GAN has the factor `adversarial_weight`, 1 as published.

    Args:
        terms: raw, or normalized by `LossNormalizer.scaled`.
        weights: lambda 1 to 3, and the adversarial weight.
    """
    return (
        weights.adversarial_weight * terms.adversarial
        + weights.content_weight * terms.content
        + weights.style_weight * terms.style
        + weights.tv_weight * terms.tv
    )


def _gram_difference(style: Tensor, generated: Tensor) -> Tensor:
    """1 / N^2 * sum_ij (G_ij / M - A_ij / M')^2, summed over the batch."""
    if style.shape[1] != generated.shape[1] or len(style) not in (1, len(generated)):
        raise ValueError(f"maps must agree, got {tuple(style.shape)} and {tuple(generated.shape)}")
    target, own = (gram_matrix(maps) / maps[0, 0].numel() for maps in (style, generated))
    return (own - target).square().sum() / style.shape[1] ** 2


def _inverse(name: str, mean: float) -> float:
    if not 0 <= mean < float("inf"):
        raise ValueError(f"the {name} term must be 0 or more at the start, got {mean}")
    return 1.0 if mean < _NEGLIGIBLE else min(1 / mean, _MAX_SCALE)


def _reduced(total: Tensor, count: int, reduction: Reduction) -> Tensor:
    if reduction not in get_args(Reduction):
        raise ValueError(f"reduction must be sum or mean, got {reduction!r}")
    return total if reduction == "sum" else total / max(1, count)
