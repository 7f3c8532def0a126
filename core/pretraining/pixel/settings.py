"""Settings of the pretraining of the pixel generator, with all defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ...learning.stored_settings import StoredSettings


@dataclass(frozen=True)
class PixelPretrainSettings(StoredSettings):
    """Settings of pretraining; stored in checkpoints.

    Attributes:
        num_steps: optimizer steps; the learning rate decays to 0 at the last.
        num_sets: painters in a batch.
        num_crops: crops of one photo by one painter, which share their statistics.
        crop_size: pixels a side, a multiple of 4.
        num_patches: most patches of other paintings by the same painter, for the style code.
        patch_size: pixels a side of these.
        held_out_every: every so-many-th photo is held out.
        num_validation_sets: painters of validation.
        learning_rate: peak rate.
        modulation_rate: learning rate of the layers from code to modulation, as a share of `learning_rate`.
        ema_decay: of the averaged generator, which is validated and kept.
        noise: standard deviation of z, in half of the sets.
        pixel_weight: of the mean absolute difference from the answer.
        lab_weight: of the distance from the answer in Lab.
        reading_weight: of the squared difference between the codes of patches and of the description.
        content_weight, style_weight, tv_weight: lambda 1 to 3; terms are about 1 at the start.
        adversarial_weight: of L_GAN of patches.
        adversarial_from: first step with the discriminator; before, the answers alone train faster.
        discriminator_rate: learning rate of the discriminator, as a multiple of `learning_rate`.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        half_precision: whether to compute in bfloat16 where that is safe.
        save_every: steps between checkpoints.
        score_every: steps between validations.
        seed: the same seed and number of threads give the same weights on the CPU.
    """

    num_steps: int = 1500
    num_sets: int = 6
    num_crops: int = 2
    crop_size: int = 80
    num_patches: int = 2
    patch_size: int = 96
    held_out_every: int = 20
    num_validation_sets: int = 48
    learning_rate: float = 3e-3
    modulation_rate: float = 0.2
    ema_decay: float = 0.99
    noise: float = 0.1
    pixel_weight: float = 10.0
    lab_weight: float = 0.1
    reading_weight: float = 1.0
    content_weight: float = 0.25
    style_weight: float = 0.15
    tv_weight: float = 0.01
    adversarial_weight: float = 0.1
    adversarial_from: int = 900
    discriminator_rate: float = 0.3
    r1_gamma: float = 1.0
    r1_every: int = 8
    half_precision: bool = True
    save_every: int = 100
    score_every: int = 250
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "num_sets", "num_crops", "num_patches", "num_validation_sets")
        self.require_counts("save_every", "r1_every")
        self.require_sizes("crop_size", "patch_size")
        if self.held_out_every < 2:
            raise ValueError(f"held_out_every must be at least 2, got {self.held_out_every}")
