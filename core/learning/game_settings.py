"""The adversarial game's settings, without the weight of torch: forms, lambdas, augmentation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

AdversarialForm = Literal["minimax", "non_saturating", "hinge", "least_squares"]
FORMS: tuple[str, ...] = get_args(AdversarialForm)
FEATURES = ("vgg19", "vgg16", "resnet50", "compact")  # networks of the content and style losses


@dataclass(frozen=True)
class LossWeights:
    """The lambdas. Terms are about 1 at the start (see `TermScales`), so 1 means: as much say as the adversary."""

    adversarial_weight: float = 1.0  # of L_GAN, 1 as published; 0 learns without an adversary
    content_weight: float = 1.0  # lambda 1; higher keeps the person and the light, lower lets the look go further
    style_weight: float = 1.0  # lambda 2; higher brings colors and textures nearer to the photographer's
    tv_weight: float = 0.05  # lambda 3; higher smooths noise and banding, then detail

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"{field.name} must be 0 or more, got {value}")


@dataclass(frozen=True)
class AugmentationSettings:
    """How photos are changed before the discriminator sees them."""

    flip_chance: float = 0.5  # of a mirrored photo
    shift: float = 0.125  # most by which a photo moves, as a part of its side; its edge is mirrored into the gap
    hole_chance: float = 0.5  # of a photo with a hole
    hole_size: float = 0.3  # side of the hole, as a part of the photo's

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} must be in [0, 1], got {getattr(self, field.name)}")
