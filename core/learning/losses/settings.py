"""Adversarial losses by name, and loss weights; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from ...texts import Text

GanLoss = Literal["minimax", "non_saturating", "hinge", "least_squares"]
GAN_LOSSES: tuple[str, ...] = get_args(GanLoss)
FEATURES = ("vgg19", "vgg16", "resnet50", "compact")  # networks of the content and style losses


@dataclass(frozen=True)
class LossWeights:
    """Loss weights. Terms are about 1 at the start (see `LossNormalizer`), so 1 equals the adversarial loss."""

    adversarial_weight: float = 1.0  # of L_GAN, 1 as published; 0 trains without a discriminator
    content_weight: float = 1.0  # lambda 1; higher keeps shapes and light, lower allows a stronger look
    style_weight: float = 1.0  # lambda 2; higher brings colors and textures closer to the style
    tv_weight: float = 0.05  # lambda 3; higher smooths noise and banding, then detail

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                raise ValueError(Text("{name} must be 0 or more, got {value}", name=field.name, value=value))
