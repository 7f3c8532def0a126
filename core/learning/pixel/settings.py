"""Settings of the training of a pixel style, with all defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ...texts import Text
from ..stored_settings import StoredSettings

MAX_PICTURES = 32  # of a set, spread evenly, since they are large; more improve little


@dataclass(frozen=True)
class PixelTrainSettings(StoredSettings):
    """Settings of the training of a pixel style; stored in the style file.

    Attributes:
        num_steps: optimizer steps; 0 keeps the style code of the encoder.
        num_crops: crops of one content photo in a step, and as many of the style photos.
        crop_size: pixels a side, a multiple of 4.
        learning_rate: of code and delta at the start; it decays linearly to 0.
        adversarial_weight: of L_GAN; 0 trains without a discriminator.
        content_weight, style_weight, tv_weight: lambda 1 to 3; terms are about 1 at the start.
        pull_weight: of the mean squared change of code and delta.
        discriminator_rate: learning rate of the discriminator.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        validate_every: steps between two validations, which select what is kept.
        seed: the same seed and number of threads give the same style on the CPU.
    """

    num_steps: int = 200
    num_crops: int = 4
    crop_size: int = 128
    learning_rate: float = 1e-2
    adversarial_weight: float = 0.2
    content_weight: float = 0.3
    style_weight: float = 1.0
    tv_weight: float = 0.02
    pull_weight: float = 1.0
    discriminator_rate: float = 1e-3
    r1_gamma: float = 0.01
    r1_every: int = 8
    validate_every: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_steps < 0:
            raise ValueError(Text("num_steps must be 0 or more, got {steps}", steps=self.num_steps))
        self.require_counts("num_crops", "r1_every", "validate_every")
        self.require_sizes("crop_size")
